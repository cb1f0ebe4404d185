internal import Bytes
internal import Glibc
internal import Inspect
@testable internal import RemoteTarget
internal import Testing

/// The driver against QEMU's own stub.
@Suite("Against QEMU's stub", .serialized, .timeLimit(.minutes(10)))
struct QEMUTests {
  @Test("attaching stops a running guest, says so, and detaching lets it run on")
  func attachAndDetach() throws {
    let qemu = try QEMU()
    #expect(try eventually { try qemu.status() == "running" })
    let target = try RemoteTarget.attach(to: qemu.endpoint, name: "t", guarding: .none)
    #expect(target.wasRunning)
    #expect(target.statistics.unexpected == 0)
    #expect(target.profile.kind == "QEMU")
    #expect(target.profile.architecture == .x86_64)
    #expect(try qemu.status() == "paused")
    guard case .stopped(let reason) = target.state else {
      Issue.record("not stopped: \(target.state)")
      return
    }
    #expect(reason.cause == .request)
    try target.detach()
    #expect(try eventually { try qemu.status() == "running" })
  }

  @Test("a guest that waits for its start was not running")
  func attachToStopped() throws {
    let qemu = try QEMU(isStopped: true)
    let target = try RemoteTarget.attach(to: qemu.endpoint, name: "t", guarding: .none)
    #expect(!target.wasRunning)
  }

  @Test("registers come by their names, with the values that the guest gave them")
  func registers() throws {
    let (qemu, target) = try attached()
    let tick = try qemu.image.address("tick")
    try stop(target, at: tick)
    let thread = try #require(try target.threads().first)
    let registers = try target.readRegisters(of: thread.id)
    #expect(registers["rip"] == tick.value)
    #expect(registers["rbx"] == 0x1122_3344)
    #expect(registers["rbp"] == 0)
    #expect(thread.name.hasPrefix("CPU#0"))
    let rbx = try #require(target.profile.registers.first { $0.name == "rbx" })
    #expect(rbx.size == 8)
    try target.writeRegister("rbx", bytes: [8, 7, 6, 5, 0, 0, 0, 0], of: thread.id)
    #expect(try target.readRegisters(of: thread.id)["rbx"] == 0x0506_0708)
  }

  @Test("memory reads as it is, across pages, and stops short where it ends")
  func memory() throws {
    let (qemu, target) = try attached()
    let pattern = try qemu.image.address("pattern")
    #expect(try target.readMemory(at: pattern, count: 256) == (0...255).map { UInt8($0) })
    let start = Address(0x10_0000)
    let file = try #require(try? readFile(qemu.image.path))
    #expect(try target.readMemory(at: start, count: 64) == Array(file[..<64]))
    #expect(try target.readMemory(at: Address(0x10_0fff), count: 8192).count == 8192)
  }

  @Test("a write is seen by later reads, whatever bytes it holds")
  func writeMemory() throws {
    let (qemu, target) = try attached()
    let scratch = try qemu.image.address("scratch")
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    _ = try target.readMemory(at: scratch, count: 64)
    try target.writeMemory(Array(bytes[..<4096]), at: scratch)
    #expect(try target.readMemory(at: scratch, count: 4096) == Array(bytes[..<4096]))
  }

  @Test("a second read of the same page asks nothing, until the guest has run")
  func cache() throws {
    let (qemu, target) = try attached()
    let counter = try qemu.image.address("counter")
    let first = try target.readMemory(at: counter, count: 8)
    let trips = target.statistics.roundTrips
    #expect(try target.readMemory(at: counter, count: 8) == first)
    #expect(target.statistics.roundTrips == trips)
    // Twice, since the guest may have been stopped between the breakpoint and the counting.
    try stop(target, at: try qemu.image.address("after"))
    try stop(target, at: try qemu.image.address("tick"))
    try stop(target, at: try qemu.image.address("after"))
    #expect(try target.readMemory(at: counter, count: 8) != first)
  }

  @Test(
    "breakpoints stop at their address until they are removed",
    arguments: [StopPoint.Kind.software, .hardware])
  func breakpoints(kind: StopPoint.Kind) throws {
    let (qemu, target) = try attached()
    let point = StopPoint(kind: kind, address: try qemu.image.address("tick"))
    try target.insert(point)
    for _ in 0..<3 {
      try target.resume(.cont, thread: nil)
      let reason = try nextStop(target)
      #expect(reason.signal == 5)
      #expect(try programCounter(target) == point.address)
      try target.resume(.step, thread: reason.thread)
      _ = try nextStop(target)
      #expect(try programCounter(target) == point.address.advanced(by: 1))
    }
    try target.remove(point)
    try target.resume(.cont, thread: nil)
    #expect(try target.waitForEvent(milliseconds: 200) == nil)
    #expect(target.state == .running)
  }

  @Test(
    "watchpoints tell what was touched", arguments: [StopPoint.Kind.write, .access, .read])
  func watchpoints(kind: StopPoint.Kind) throws {
    let (qemu, target) = try attached()
    let counter = try qemu.image.address("counter")
    try target.insert(StopPoint(kind: kind, address: counter, length: 4))
    try target.resume(.cont, thread: nil)
    #expect(try nextStop(target).cause == .watchpoint(kind, counter))
  }

  @Test("a running guest refuses everything but an interrupt, which stops it")
  func interrupt() throws {
    let (qemu, target) = try attached()
    defer { withExtendedLifetime(qemu) {} }
    try target.resume(.cont, thread: nil)
    #expect(throws: InspectError.wrongState("the target runs: interrupt it first")) {
      try target.readMemory(at: CounterGuest.text, count: 1)
    }
    #expect(try target.waitForEvent(milliseconds: 50) == nil)
    try target.interrupt()
    #expect(try nextStop(target).cause == .request)
    #expect(try target.readMemory(at: CounterGuest.text, count: 1).count == 1)
  }

  @Test("stepping a range ends where the range does, or at a breakpoint in it")
  func rangeStep() throws {
    let (qemu, target) = try attached()
    let tick = try qemu.image.address("tick")
    try stop(target, at: tick)
    let thread = try #require(try target.threads().first?.id)
    try target.resume(.stepRange(tick..<tick.advanced(by: 9)), thread: thread)
    _ = try nextStop(target)
    #expect(try programCounter(target) == tick.advanced(by: 9))
  }

  @Test("a monitor command's whole output arrives")
  func monitor() throws {
    let (qemu, target) = try attached()
    defer { withExtendedLifetime(qemu) {} }
    let help = String(decoding: try target.monitor("help"), as: UTF8.self)
    #expect(help.contains("info registers") || help.contains("info "))
    #expect(help.contains("quit"))
    #expect(help.utf8.count > 5000)
    let status = String(decoding: try target.monitor("info status"), as: UTF8.self)
    #expect(status.contains("paused"))
  }

  @Test("a second client is told at once, and the first goes on undisturbed")
  func secondClient() throws {
    let (qemu, target) = try attached()
    #expect(throws: InspectError.self) {
      try RemoteTarget.attach(to: qemu.endpoint, name: "t", guarding: .none)
    }
    #expect(try target.readMemory(at: CounterGuest.text, count: 1).count == 1)
    try target.detach()
    #expect(try eventually { try qemu.status() == "running" })
    // A dead connection in the queue would pause the guest again.
    usleep(100_000)
    #expect(try qemu.status() == "running")
  }

  @Test("every processor is a thread with registers of its own")
  func processors() throws {
    let (qemu, target) = try attached(processors: 2)
    defer { withExtendedLifetime(qemu) {} }
    let threads = try target.threads()
    #expect(threads.count == 2)
    // The second processor waits at its reset address; only the first has run into the guest.
    let registers = try threads.map { try target.readRegisters(of: $0.id) }
    #expect(registers.map { $0["rbx"] == 0x1122_3344 } == [true, false])
  }

  @Test("killing the target ends QEMU")
  func kill() throws {
    let (qemu, target) = try attached()
    try target.kill()
    #expect(eventually { !qemu.child.isRunning })
  }

  @Test("QEMU's end is an event, not a hang")
  func qemuEnds() throws {
    let (qemu, target) = try attached()
    try target.resume(.cont, thread: nil)
    qemu.child.end()
    guard case .lost? = try target.waitForEvent(milliseconds: 5000) else {
      Issue.record("no event")
      return
    }
    #expect(throws: InspectError.self) { try target.threads() }
  }

  // MARK: Help

  /// A guest that has begun to count, stopped at `tick`: before that its image may not be loaded.
  private func attached(processors: Int = 1) throws -> (QEMU, RemoteTarget) {
    let qemu = try QEMU(processors: processors)
    let target = try RemoteTarget.attach(to: qemu.endpoint, name: "t", guarding: .none)
    try stop(target, at: try qemu.image.address("tick"))
    return (qemu, target)
  }
}

/// Waits for the next stop, ten seconds at most.
func nextStop(_ target: RemoteTarget) throws -> StopReason {
  for _ in 0..<100 {
    switch try target.waitForEvent(milliseconds: 100) {
    case .stopped(let reason): return reason
    case .console, nil: continue
    case .some(let event): throw MissingTool(description: "\(event) instead of a stop")
    }
  }
  throw MissingTool(description: "no stop within ten seconds")
}

/// Runs the target to an address, by a breakpoint that is gone afterwards.
func stop(_ target: RemoteTarget, at address: Address) throws {
  let point = StopPoint(kind: .software, address: address)
  try target.insert(point)
  try target.resume(.cont, thread: nil)
  _ = try nextStop(target)
  try target.remove(point)
}

/// The first thread's program counter.
func programCounter(_ target: RemoteTarget) throws -> Address? {
  guard let thread = try target.threads().first else { return nil }
  return try target.readRegisters(of: thread.id)["rip"].map(Address.init)
}

/// A file's bytes.
func readFile(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "r") else { throw MissingTool(description: "no \(path)") }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 16)
  let count = fread(&bytes, 1, bytes.count, file)
  return Array(bytes[..<count])
}
