// Names, async connections and the sample Fetch: a name server and a web server that are not ours, on
// the host's loopback, which QEMU's user network shows as 10.0.2.2.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Fetch", .serialized, .timeLimit(.minutes(20)))
struct FetchTests {
  /// A name server that answers by datagram and connection, and a web server, on ports that are free;
  /// says which, and the sum of its large document.
  static let servers = """
    import http.server, socket, struct, sys, threading, zlib
    large = bytes(i * 31 % 251 for i in range(300000))
    class Web(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = {"/hello": b"Hello, " + self.headers["Host"].encode(), "/large": large}.get(self.path)
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write(body or b"nothing there")
        def log_message(self, *arguments): pass
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    def label(text): return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".")) + bytes(1)
    def record(name, kind, data): return label(name) + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    address = bytes([10, 0, 2, 2])
    zone = {
        "www.test": [record("www.test", 1, address)],
        "alias.test": [record("alias.test", 5, label("www.test")), record("www.test", 1, address)],
        "other.test": [record("other.test", 5, label("alias.test"))],
        "big.test": [record("big.test", 1, address)] * 200}
    ignored = set()
    def answer(query, isStream):
        end, labels = 12, []
        while query[end]:
            labels.append(query[end + 1:end + 1 + query[end]].decode())
            end += 1 + query[end]
        name, kind = ".".join(labels), struct.unpack(">H", query[end + 1:end + 3])[0]
        if name == "lazy.test" and name not in ignored:
            ignored.add(name)
            return None
        print("asked", name, kind, "stream" if isStream else "datagram", flush=True)
        records = zone.get("www.test" if name == "lazy.test" else name) if kind == 1 else []
        if name == "lazy.test": records = [record(name, 1, address)]
        flags, count = 0x8180, len(records or [])
        if records is None: flags = 0x8183
        if name == "big.test" and not isStream: flags, records = 0x8380, records[:10]
        return (query[:2] + struct.pack(">HHHHH", flags, 1, len(records or []), 0, 0) + query[12:end + 5]
                + b"".join(records or []))
    stream = socket.create_server(("127.0.0.1", 0))
    port = stream.getsockname()[1]
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagram.bind(("127.0.0.1", port))
    def serve():
        while True:
            peer, _ = stream.accept()
            query = peer.recv(4096)
            while len(query) < 2 + (query[0] << 8 | query[1]): query += peer.recv(4096)
            message = answer(query[2:], True)
            peer.sendall(struct.pack(">H", len(message)))
            peer.sendall(message)
            peer.close()
    threading.Thread(target=serve, daemon=True).start()
    print("ports", port, web.server_address[1], "sum", "%x" % zlib.crc32(large), flush=True)
    while True:
        query, peer = datagram.recvfrom(4096)
        message = answer(query, False)
        if message: datagram.sendto(message, peer)
    """

  /// Runs Fetch to its end, and returns what it says.
  private func fetch(_ bench: Workbench, _ image: String, _ words: String) -> CommandResult {
    let result = bench.run(
      [
        "qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64,+rdrand", "-M",
        "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off", "-m", "16", "-nodefaults",
        "-no-user-config", "-display", "none", "-no-reboot", "-global",
        "virtio-mmio.force-legacy=false", "-netdev", "user,id=net0", "-device",
        "virtio-net-device,netdev=net0", "-serial", "stdio", "-device",
        "isa-debug-exit,iobase=0xf4,iosize=0x4", "-kernel", image, "-append",
        "porthole.ipv4=10.0.2.15/24,10.0.2.2 " + words,
      ], milliseconds: 120_000)
    return result
  }

  @Test(
    "documents come whole from hosts whose names are found by every way; errors say what is wrong")
  func fetches() throws {
    let image = try #require(TestImage.build("Fetch", "release"))
    let bench = Workbench()
    let said = bench.folder + "/servers"
    _ = try #require(
      bench.start(["python3", "-c", Self.servers], output: said, talk: bench.folder + "/err"))
    try #require(bench.waits { Files.text(said)?.contains("\n") == true })
    let words = (Files.text(said) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    try #require(words.count >= 5, "\(words)")
    let (dns, web, sum) = ("porthole.dns=10.0.2.2:\(words[1]) ", words[2], words[4])
    // By an alias, by a connection as it did not fit, after a question that was lost, by an address.
    for (host, path, body) in [
      ("alias.test", "/hello", "Hello, alias.test:\(web)"),
      ("other.test", "/hello", "Hello, other.test:\(web)"),
      ("big.test", "/large", "300000 bytes, CRC-32 \(sum)"),
      ("lazy.test", "/hello", "Hello, lazy.test:\(web)"),
      ("10.0.2.2", "/large", "300000 bytes, CRC-32 \(sum)"),
    ] {
      let result = fetch(bench, image.path, dns + "http://\(host):\(web)\(path)")
      #expect(
        result.output == "HTTP/1.0 200 OK\n\(body)\n" && result.status == 1,
        "\(host): \(result.status ?? -1) \(result.output) \(result.talk)")
    }
    let asked = Files.text(said) ?? ""
    #expect(asked.contains("asked big.test 1 datagram\nasked big.test 1 stream\n"), "\(asked)")
    #expect(
      asked.contains("asked other.test 1 datagram\nasked alias.test 1 datagram\n"), "\(asked)")
    let missing = fetch(bench, image.path, dns + "http://www.test:\(web)/nowhere")
    #expect(missing.output.hasPrefix("HTTP/1.0 404"), "\(missing.output)")
    for (words, error) in [
      (dns + "http://no.test/", "fetch: no.test: there is no such name\n"),
      (dns + "http://www.test:1/", "fetch: www.test: nobody listens at that port\n"),
      (
        "http://www.test/",
        "fetch: www.test: no name server is known: porthole.dns=ADDRESS names one\n"
      ),
      (
        "ftp://www.test/",
        "fetch: say what to fetch: porthole run Fetch --net user -- http://HOST[:PORT]/PATH\n"
      ),
    ] {
      let result = fetch(bench, image.path, words)
      #expect(
        result.output == error && result.status == 3, "\(result.status ?? -1) \(result.output)")
    }
  }
}
