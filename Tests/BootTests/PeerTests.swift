// The network against Linux as the peer, in a network namespace of the test's own, where the machine
// permits one (root, or user namespaces and /dev/net/tun). Tests/Peers has what is done; here is the
// quick part of it, and the whole is part of `make conformance`.

import TestSupport
import Testing

@Suite("Network peers", .serialized, .timeLimit(.minutes(25)))
struct PeerTests {
  private static let script = Workbench.root + "/Tests/Peers/run.py"
  private static let obstacle: String? = {
    let result = Workbench().run(["/usr/bin/python3", script, "--can"], milliseconds: 30_000)
    return result.status == 0 ? nil : result.output + result.talk
  }()

  @Test("Linux reaches the guest, hostile packets leave it serving, streams survive a bad line")
  func quick() throws {
    if let obstacle = Self.obstacle {
      print("PeerTests are skipped: \(obstacle)")
      return
    }
    let image = try #require(TestImage.build("Echo", "release"))
    let bench = Workbench()
    let result = bench.run(
      [
        "PORTHOLE=\(Workbench.tool)", "/usr/bin/python3", Self.script, image.path, "--keep",
        bench.folder + "/peers",
      ], milliseconds: 800_000)
    #expect(result.status == 0, "\(result.output)\n\(result.talk)")
    for check in [
      "ping", "DHCP", "capture", "nmap", "attack: blind resets",
      "transfers, 5 % lost, doubled and reordered, 100 ms",
    ] {
      #expect(result.output.contains("\nok \(check) (") || result.output.hasPrefix("ok \(check) ("))
    }
  }
}
