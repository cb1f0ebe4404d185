// Teaches the network in async style: a name is looked up, a connection opened, and a document fetched
// by HTTP (RFC 9110). `porthole run Fetch --net user -- http://example.org/`. What comes is printed if
// it is short, and else summed up (CRC-32).

import Kernel

@main
struct Fetch: AsyncApplication {
  static func run() async {
    guard let network = System.network() else {
      return fail("there is no network card: porthole run Fetch --net user -- http://HOST/PATH")
    }
    guard let word = System.arguments.first, let url = URL(word) else {
      return fail("say what to fetch: porthole run Fetch --net user -- http://HOST[:PORT]/PATH")
    }
    _ = await network.awaitAddress()
    do throws(ConnectionError) {
      let connection = try await network.connect(to: url.host, url.port, timeout: .seconds(20))
      let lines = "GET \(url.path) HTTP/1.0\r\nHost: \(url.authority)\r\n"
      let request = lines + "Connection: close\r\n\r\n"
      try await connection.write(Array(request.utf8))
      var answer: [UInt8] = []
      while true {
        let bytes = try await connection.read(timeout: .seconds(20))
        if bytes.isEmpty { break }
        answer += bytes
        if answer.count > 1 << 20 { return fail("more than 1 MiB: not for this sample") }
      }
      connection.close()
      show(answer)
    } catch {
      fail("\(url.host): \(error.words)")
    }
  }

  /// Prints the status line, and the body or its sum.
  static func show(_ answer: [UInt8]) {
    let end = answer.indices.first { answer[$0...].starts(with: [13, 10, 13, 10]) }
    guard let end, let line = answer.firstIndex(of: 13), answer.starts(with: Array("HTTP/".utf8))
    else { return fail("that is no answer of HTTP") }
    print(String(decoding: answer[..<line], as: UTF8.self))
    let body = answer[(end + 4)...]
    if body.count <= 1000 {
      print(String(decoding: body, as: UTF8.self))
    } else {
      print("\(body.count) bytes, CRC-32 \(String(crc32(body), radix: 16))")
    }
  }

  static func fail(_ why: String) {
    Console.write("fetch: \(why)\n")
    System.powerOff(status: 1)
  }
}
