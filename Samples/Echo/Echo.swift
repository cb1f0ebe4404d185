// Teaches the network in callback style: a port of UDP and one of TCP that send everything back
// (RFC 862). `porthole run Echo --net user --forward 7007:7`, then `nc localhost 7007`. Back-pressure
// is in `relay`: it reads no more than it can write, and who is not read from stops sending.

import Kernel

@main
struct Echo: Application {
  static func start() {
    guard let network = System.network() else {
      Console.write("there is no network card: porthole run Echo --net user\n")
      System.powerOff(status: 1)
    }
    network.onAddress { address in Console.write("echo at \(address), port 7\n") }

    // Each datagram goes back to where it came from; its bytes stay only for this call.
    _ = network.bind(7) { socket, bytes, sender in socket.send(bytes, to: sender) }

    network.listen(7) { connection in
      connection.onReadable = relay
      connection.onWritable = relay
    }
  }

  /// Sends back what has come, as far as there is room for it.
  static func relay(_ connection: Connection) {
    while true {
      let bytes = connection.read(upTo: connection.writableCount)
      if bytes.isEmpty { break }
      connection.write(bytes)
    }
    // The peer has said everything, and has been answered: FIN follows what was written.
    if connection.isAtEnd { connection.finish() }
  }
}
