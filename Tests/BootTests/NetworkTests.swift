// The network against stacks that are not ours: the sample Echo under QEMU, over each bus, with
// Linux sockets at the other end of QEMU's user network.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

@Suite("Network", .serialized, .timeLimit(.minutes(20)))
struct NetworkTests {
  /// A client of both ports: datagrams of several sizes, then megabytes over four connections at
  /// once, whose digests must be those of what was sent.
  static let peer = """
    import hashlib, os, socket, sys, threading
    port = int(sys.argv[1])
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.settimeout(3)
    for count in (0, 1, 17, 1472):
        data = os.urandom(count)
        for attempt in range(20):
            u.sendto(data, ("127.0.0.1", port))
            try:
                if u.recv(4096) == data: break
            except socket.timeout: pass
        else: sys.exit("no echo of %d bytes" % count)
    def transfer(size, results):
        s = socket.create_connection(("127.0.0.1", port), timeout=60)
        got, sent = hashlib.sha256(), hashlib.sha256()
        def read():
            while True:
                data = s.recv(65536)
                if not data: return
                got.update(data)
        reader = threading.Thread(target=read)
        reader.start()
        while size > 0:
            data = os.urandom(min(size, 50000))
            s.sendall(data)
            sent.update(data)
            size -= len(data)
        s.shutdown(socket.SHUT_WR)
        reader.join()
        results.append(got.digest() == sent.digest())
    results = []
    threads = [threading.Thread(target=transfer, args=(size, results))
               for size in (0, 1, 1000000, 3000000)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(results)
    """

  @Test(
    "datagrams and megabytes come back whole, with an address from the command line and by DHCP",
    arguments: ["microvm", "q35"])
  func echo(machine: String) throws {
    let image = try #require(TestImage.build("Echo", "release"))
    let bench = Workbench()
    let port = try #require(Self.freePort())
    let isWindow = machine == "microvm"
    let type = isWindow ? "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off" : machine
    _ = try #require(
      bench.start(
        [
          "qemu-system-x86_64", "-accel", "tcg", "-M", type, "-m", "4", "-nodefaults",
          "-no-user-config", "-display", "none", "-global", "virtio-mmio.force-legacy=false",
          "-netdev",
          "user,id=net0,hostfwd=tcp:127.0.0.1:\(port)-:7,hostfwd=udp:127.0.0.1:\(port)-:7",
          "-device",
          isWindow
            ? "virtio-net-device,netdev=net0"
            : "virtio-net-pci,disable-legacy=on,romfile=,netdev=net0", "-serial", "stdio",
          "-kernel", image.path,
        ] + (isWindow ? ["-append", "porthole.ipv4=10.0.2.15/24,10.0.2.2"] : []),
        output: bench.folder + "/out", talk: bench.folder + "/err"))
    #expect(
      bench.waits {
        Files.text(bench.folder + "/out")?.contains("echo at 10.0.2.15, port 7") == true
      },
      "\(Files.text(bench.folder + "/err") ?? "")")
    let result = bench.run(["python3", "-c", Self.peer, "\(port)"], milliseconds: 240_000)
    #expect(result.output == "[True, True, True, True]\n", "\(result.talk)")
  }

  @Test("net prints what went through, and says so where there is no network")
  func net() throws {
    let image = try #require(TestImage.build("Echo", agent: true))
    let bench = Workbench()
    let port = try #require(Self.freePort())
    let started = bench.porthole(
      "run", image.path, "--name", "echo", "--net", "user", "--forward", "\(port):7", "--detach",
      "--", "porthole.ipv4=10.0.2.15/24,10.0.2.2")
    try #require(started.status == 0, "\(started.talk)")
    try #require(bench.waits { bench.porthole("counters", "echo").status == 0 })
    let result = bench.run(["python3", "-c", Self.peer, "\(port)"], milliseconds: 240_000)
    #expect(result.output == "[True, True, True, True]\n", "\(result.talk)")
    let lines = try bench.porthole("net", "echo", "--json").output.split(separator: "\n").map {
      try JSONValue.parse(text: String($0))
    }
    func value(_ name: String) -> Int {
      lines.first { $0["name"]?.string == name }?["value"]?.integer ?? -1
    }
    // Four megabytes each way, and no more than half as much again for headers and what went twice.
    for direction in ["received", "sent"] {
      #expect((4_000_000..<6_000_000).contains(value(direction + ".bytes")), "\(lines)")
      #expect(value(direction + ".frames") > 4_000_000 / 1500)
    }
    #expect(value("drop.tcp.checksum") == 0 && value("drop.udp.noSocket") == 0)
    let text = bench.porthole("net", "echo", "--seconds", "0.3").output
    #expect(text.contains("\n          FRAMES  A SECOND"), "\(text)")
    #expect(text.contains("\nsent ") && text.contains("dropped") || text.contains("DROPPED"))

    let file = bench.folder + "/echo.pcapng"
    let capture = try #require(
      bench.start(
        [Workbench.tool, "net", "echo", "--capture", "-o", file, "tcp", "port", "7"],
        output: bench.folder + "/captured", talk: bench.folder + "/capture"))
    try #require(
      bench.waits { Files.read(file)?.isEmpty == false },
      "\(Files.text(bench.folder + "/capture") ?? "")")

    // A connection that stays is told of, with both its ends and its queues.
    let holder =
      "import socket, time; s = socket.create_connection(('127.0.0.1', \(port)));"
      + "s.sendall(b'hello'); print(s.recv(5), flush=True); time.sleep(600)"
    _ = bench.start(
      ["python3", "-c", holder], output: bench.folder + "/held", talk: bench.folder + "/holds")
    #expect(bench.waits { Files.text(bench.folder + "/held")?.contains("hello") == true })
    var found: JSONValue?
    // What is told of it is written anew a few times a second.
    let isTold = bench.waits {
      found = bench.porthole("net", "echo", "--json").output.split(separator: "\n").compactMap {
        try? JSONValue.parse(text: String($0))
      }.first {
        $0["state"]?.string == "ESTABLISHED" && ($0["sent"]?.integer ?? 0) >= 2
          && ($0["received"]?.integer ?? 0) >= 3
      }
      return found != nil
    }
    #expect(isTold, "\(bench.porthole("net", "echo").output)")
    let held = try #require(found)
    #expect(held["local"]?.string == "10.0.2.15:7", "\(held)")
    #expect(held["remote"]?.string?.hasPrefix("10.0.2.2:") == true, "\(held)")
    #expect(held["sendQueue"]?.integer == 0 && held["receiveQueue"]?.integer == 0, "\(held)")

    // Its packets were captured, each way, as a program reads them that is not ours.
    kill(capture.pid, SIGINT)
    #expect(capture.wait(milliseconds: 60_000) == .exited(0))
    let words = ["-n", "-r", file, "-Y", "tcp.payload == 68:65:6c:6c:6f", "-T", "fields"]
    let read = bench.run(["tshark"] + words + ["-e", "ip.src"])
    #expect(
      Set(read.output.split(separator: "\n")) == ["10.0.2.2", "10.0.2.15"],
      "\(read) \(Files.text(bench.folder + "/capture") ?? "")")
    let wrong = bench.porthole("net", "echo", "--capture", "-o", file, "no", "filter")
    #expect(wrong.status == 2 && wrong.talk.contains("pcap-filter"), "\(wrong)")

    let lonely = try #require(TestImage.build("Heartbeat", agent: true))
    try #require(bench.porthole("run", lonely.path, "--name", "lonely", "--detach").status == 0)
    try #require(bench.waits { bench.porthole("counters", "lonely").status == 0 })
    let none = bench.porthole("net", "lonely")
    #expect(none.status == 1 && none.talk.contains("no network"), "\(none.talk)")
  }

  /// A port of the loopback that nobody has, for TCP and UDP alike as far as TCP can tell.
  static func freePort() -> UInt16? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Safety: the address that the call expects, as long as it is told.
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    return isBound ? UInt16(bigEndian: address.sin_port) : nil
  }
}
