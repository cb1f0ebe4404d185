// The network in async style, on the instance's way to itself.

#if hasFeature(Embedded)
internal import Kernel

enum NetworkChecks {
  static func run() async {
    let network = System.loopback()
    await echo(network)
    await failures(network)
    await waits(network)
    await datagrams(network)
  }

  /// More than all buffers hold goes there and back, so both ends have to wait for room.
  static func echo(_ network: NetworkInterface) async {
    guard let listener = network.listener(7) else { return print("network port taken") }
    let server = Task { () -> Int in
      guard let connection = await listener.next() else { return 0 }
      var total = 0
      while let bytes = try? await connection.read(), !bytes.isEmpty {
        total += bytes.count
        try? await connection.write(bytes)
      }
      connection.finish()
      return total
    }
    let data = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    do throws(ConnectionError) {
      let client = try await network.connect(to: "localhost", 7)
      let writer = Task { () -> Bool in
        guard (try? await client.write(data)) != nil else { return false }
        client.finish()
        return true
      }
      var back: [UInt8] = []
      while true {
        let bytes = try await client.read(timeout: .seconds(60))
        if bytes.isEmpty { break }
        back += bytes
      }
      let isWritten = await writer.value
      print("network echo \(await server.value) whole \(isWritten && back == data)")
    } catch {
      print("network echo failed: \(error.words)")
    }
    listener.close()
    let next = await listener.next()
    print("network listener ends \(next == nil)")
  }

  static func failures(_ network: NetworkInterface) async {
    for (host, port) in [("127.0.0.1", UInt16(9)), ("nowhere.example", 80), ("a b", 80)] {
      do throws(ConnectionError) {
        _ = try await network.connect(to: host, port)
        print("network connected to \(host)")
      } catch {
        print("network \(host): \(error.words)")
      }
    }
  }

  /// A read that nothing comes for ends by its limit, and by cancellation.
  static func waits(_ network: NetworkInterface) async {
    guard let listener = network.listener(8),
      let client = try? await network.connect(to: "127.0.0.1", 8)
    else { return print("network waits failed") }
    let error = await readError(client, .milliseconds(5))
    let reader = Task { await readError(client, nil) == .cancelled }
    try? await Task.sleep(for: .milliseconds(1))
    reader.cancel()
    print("network late \(error == .timedOut) cancelled \(await reader.value)")
    let other = await listener.next()
    other?.abort()
    print("network broken off \(await readError(client, nil) == .closed(.reset))")
    listener.close()
  }

  static func readError(
    _ connection: AsyncConnection, _ timeout: Nanoseconds?
  ) async -> ConnectionError? {
    do throws(ConnectionError) {
      _ = try await connection.read(timeout: timeout)
      return nil
    } catch {
      return error
    }
  }

  static func datagrams(_ network: NetworkInterface) async {
    guard let socket = network.datagrams(9), let other = network.datagrams() else { return }
    other.send([1, 2, 3], to: Endpoint(IPv4Address(127, 0, 0, 1), 9))
    let received = await socket.receive()
    print("network datagram \(received?.bytes == [1, 2, 3]) \(received?.source.port == other.port)")
    socket.close()
    let last = await socket.receive()
    print("network closed \(last == nil)")
  }
}
#endif
