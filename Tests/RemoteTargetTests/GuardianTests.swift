// The guardian, with a tool that really dies: an exit test is a process of its own, which attaches
// and kills itself where it hurts. The guest must run on, and its stub be free for the next.

internal import Bytes
internal import GDBRemote
internal import Glibc
internal import Inspect
@testable internal import RemoteTarget
internal import Testing

@Suite("A tool that dies", .serialized, .timeLimit(.minutes(10)))
struct GuardianTests {
  @Test("by SIGKILL while the guest is stopped: the guest runs on")
  func stopped() async throws {
    let qemu = try QEMU()
    let path = qemu.stubPath
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String] in
      let target = try attach(path)
      _ = try target.threads()
      raise(SIGKILL)
    }
    try expectFree(qemu)
  }

  @Test("with a breakpoint in, hit or not: the guest runs on over it")
  func breakpoint() async throws {
    let qemu = try QEMU()
    let path = qemu.stubPath
    let tick = try qemu.image.address("tick").value
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, tick = tick as UInt64] in
      let target = try attach(path)
      try target.insert(StopPoint(kind: .software, address: Address(tick)))
      try target.insert(StopPoint(kind: .hardware, address: Address(tick + 1)))
      try target.resume(.cont, thread: nil)
      _ = try nextStop(target)
      raise(SIGKILL)
    }
    try expectFree(qemu)
  }

  @Test("while the guest runs to a breakpoint: the guest runs on over it")
  func running() async throws {
    let qemu = try QEMU()
    let path = qemu.stubPath
    let start = try qemu.image.address("start").value
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, start = start as UInt64] in
      let target = try attach(path)
      try target.insert(StopPoint(kind: .software, address: Address(start)))
      try target.resume(.cont, thread: nil)
      raise(SIGKILL)
    }
    try expectFree(qemu)
  }

  @Test(
    "in the middle of a packet, wherever it breaks off: the guest runs on",
    arguments: ["$", "$m10", "$m101000,4#", "$m101000,4#2", "$X101000,4:}", "$m1*", "$D", "#"])
  func midPacket(fragment: String) async throws {
    let qemu = try QEMU()
    let path = qemu.stubPath
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, fragment = fragment as String] in
      let target = try attach(path)
      try target.connection.link.send(Array(fragment.utf8))
      // QEMU must have read it: a fragment still in the socket goes with the connection.
      usleep(50_000)
      raise(SIGKILL)
    }
    try expectFree(qemu)
  }

  @Test("with answers under way that nobody will acknowledge: the guest runs on")
  func unacknowledged() async throws {
    let qemu = try QEMU()
    let path = qemu.stubPath
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String] in
      let target = try attach(path)
      for _ in 0..<16 {
        try target.connection.link.send(PacketEncoder.frame(Array("m101000,800".utf8)))
      }
      raise(SIGKILL)
    }
    try expectFree(qemu)
  }

  @Test("by a crash or by leaving without detaching: the guest runs on")
  func crash() async throws {
    let qemu = try QEMU()
    let path = qemu.stubPath
    await #expect(processExitsWith: .signal(SIGABRT)) {
      [path = path as String] in
      let target = try attach(path)
      try target.insert(StopPoint(kind: .software, address: CounterGuest.text))
      abort()
    }
    try expectFree(qemu)
    await #expect(processExitsWith: .exitCode(7)) {
      [path = path as String] in
      _ = try attach(path)
      exit(7)
    }
    try expectFree(qemu)
  }

  @Test("has a guardian that is out of reach of its terminal and ignores what a user may send")
  func resilience() async throws {
    let qemu = try QEMU()
    let path = qemu.stubPath
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String] in
      let target = try attach(path)
      let guardian = target.guardianProcess ?? 0
      try #require(guardian > 0)
      try #require(eventually { getsid(guardian) == guardian })
      for number in [SIGINT, SIGHUP, SIGTERM] { Glibc.kill(guardian, number) }
      usleep(50_000)
      let state = contents(of: "/proc/\(guardian)/stat").split(separator: ")").last
      try #require(state?.hasPrefix(" Z") == false)
      raise(SIGKILL)
    }
    try expectFree(qemu)
  }

  @Test("a tool that detaches takes its guardian along")
  func goodbye() throws {
    let qemu = try QEMU()
    let target = try attach(qemu.stubPath)
    let guardian = try #require(target.guardianProcess)
    #expect(kill(guardian, 0) == 0)
    try target.detach()
    // A process that has ended but was not collected yet counts as gone.
    #expect(eventually { kill(guardian, 0) != 0 || processState(UInt64(guardian))?.letter == "Z" })
    #expect(try eventually { try qemu.status() == "running" })
  }

  @Test("a guardian whose stub is gone gives up")
  func nothingToFree() throws {
    let folder = try TemporaryFolder()
    #expect(GuardianDuty.release(.unix(path: folder.path + "/none"), points: []) == false)
  }

  /// The guest counts, its stub serves the next client, and no breakpoint is left.
  private func expectFree(_ qemu: QEMU) throws {
    #expect(try eventually { try qemu.status() == "running" })
    let counter = try qemu.image.address("counter")
    var counts: [[UInt8]] = []
    for _ in 0..<2 {
      let target = try RemoteTarget.attach(to: qemu.endpoint, name: "t", guarding: .none)
      counts.append(try target.readMemory(at: counter, count: 8))
      try target.resume(.cont, thread: nil)
      #expect(try target.waitForEvent(milliseconds: 50) == nil)
      try target.detach()
    }
    #expect(counts[0] != counts[1])
  }
}

/// Attaches with the guardian that was built beside this test.
private func attach(_ path: String) throws -> RemoteTarget {
  let target = try RemoteTarget.attach(
    to: .unix(path: path), name: "t", guarding: .executable(try guardianPath()))
  guard target.guardianProcess != nil else { throw MissingTool(description: "no guardian") }
  return target
}

/// The guardian's executable, which lies beside the tests' one.
func guardianPath() throws -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = readlink("/proc/self/exe", &buffer, buffer.count)
  let path = String(
    decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
  let guardian = folder.joined(separator: "/") + "/porthole-guardian"
  guard access(guardian, X_OK) == 0 else {
    throw MissingTool(description: "\(guardian) is not built: `swift build` does that")
  }
  return guardian
}
