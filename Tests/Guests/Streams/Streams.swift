// What the bench of the network measures (figures K8, K10, K11, K15): UDP and TCP echo at port 7
// (RFC 862), TCP discard at port 9 (RFC 863), a stream at port 19 as fast as it is taken (RFC 864),
// and at UDP port 11 the bytes of memory in use, in decimal.

import Kernel

@main
struct Streams: Application {
  static func start() {
    guard let network = System.network() else { System.powerOff(status: 1) }
    network.onAddress { address in Console.write("streams at \(address)\n") }
    _ = network.bind(7) { socket, bytes, sender in socket.send(bytes, to: sender) }
    _ = network.bind(11) { socket, _, sender in
      var text = Array(String(System.memory.inUse).utf8)
      text.withUnsafeMutableBytes { _ = socket.send(UnsafeRawBufferPointer($0), to: sender) }
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    buffer.initializeMemory(as: UInt8.self, repeating: 0x2e)
    network.listen(7, backlog: 1024) { connection in
      connection.onReadable = { echo($0, buffer) }
      connection.onWritable = { echo($0, buffer) }
    }
    network.listen(9) { connection in
      connection.onReadable = { connection in
        while connection.read(into: buffer) > 0 {}
        if connection.isAtEnd { connection.finish() }
      }
    }
    network.listen(19) { connection in
      connection.onWritable = { feed($0, buffer) }
      feed(connection, buffer)
    }
  }

  static func echo(_ connection: Connection, _ buffer: UnsafeMutableRawBufferPointer) {
    while true {
      let room = min(connection.writableCount, buffer.count)
      let count = connection.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]))
      if count == 0 { break }
      connection.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    if connection.isAtEnd { connection.finish() }
  }

  static func feed(_ connection: Connection, _ buffer: UnsafeMutableRawBufferPointer) {
    while connection.write(UnsafeRawBufferPointer(buffer)) == buffer.count {}
  }
}
