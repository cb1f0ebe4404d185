// The network of a Linux process: the sample Echo on a TAP interface, in the sandbox and outside, with
// Linux's own stack at the other end. Making the interface needs root; without it there is no test.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite(
  "Hosted network", .serialized, .timeLimit(.minutes(20)),
  .enabled(if: geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0))
struct HostedNetworkTests {
  @Test("megabytes and datagrams come back whole from a process", arguments: [[], ["--sandbox"]])
  func echo(options: [String]) throws {
    let path = try #require(HostedImage.build("Echo")).path
    let bench = Workbench()
    let name = "phtest\(getpid() % 10_000)"
    let net = "10.\(200 + getpid() % 50).\(getpid() / 50 % 250)"
    _ = try #require(
      bench.start(
        [path] + options + ["--tap", name, "porthole.ipv4=\(net).2/24"],
        output: bench.folder + "/out", talk: bench.folder + "/err"))
    #expect(
      bench.waits { Files.text(bench.folder + "/out")?.contains("echo at \(net).2") == true },
      "\(Files.text(bench.folder + "/err") ?? "")")
    try #require(
      bench.shell("ip address add \(net).1/24 dev \(name) && ip link set \(name) up").status == 0)
    let peer = NetworkTests.peer.replacing("127.0.0.1", with: "\(net).2")
    let result = bench.run(["python3", "-c", peer, "7"], milliseconds: 240_000)
    #expect(result.output == "[True, True, True, True]\n", "\(result.talk)")
  }

  @Test("what is no interface ends the process with a word why")
  func refused() throws {
    let path = try #require(HostedImage.build("Echo")).path
    let result = Workbench().run([path, "--tap", "a-name-that-is-too-long-for-linux"])
    #expect(result.status == 2 && result.talk.contains("cannot open this TAP interface"))
    #expect(Workbench().run([path, "--tap"]).talk.contains("an interface must follow --tap"))
  }
}
