internal import Bytes
internal import Glibc
internal import Inspect
@testable internal import RemoteTarget
internal import Testing

/// The driver against gdbserver with an ordinary Linux process.
@Suite("Against gdbserver", .serialized, .timeLimit(.minutes(10)))
struct GDBServerTests {
  @Test("says what runs there and where its image was placed")
  func profile() throws {
    let (victim, target) = try attached()
    #expect(target.profile.kind == "gdbserver")
    #expect(target.profile.architecture == .x86_64)
    #expect(target.profile.executable == victim.executable)
    let entry = try #require(target.profile.entry)
    #expect(entry.value != victim.fileEntry)
    #expect(entry.value & 0xfff == victim.fileEntry & 0xfff)
    #expect(target.profile.registers.contains { $0.name == "fs_base" })
    try target.kill()
  }

  @Test("a breakpoint stops the thread that met it, and says that it was one")
  func breakpoint() throws {
    let (victim, target) = try attached()
    let tick = try victim.address("tick", in: target)
    try target.insert(StopPoint(kind: .software, address: tick))
    for _ in 0..<3 {
      try target.resume(.cont, thread: nil)
      let reason = try nextStop(target)
      #expect(reason.cause == .breakpoint)
      let thread = try #require(reason.thread)
      #expect(try target.readRegisters(of: thread)["rip"] == tick.value)
      let threads = try target.threads()
      #expect(threads.count == 2)
      #expect(threads.first { $0.id == thread }?.name == "worker")
      #expect(threads.contains { $0.name == "victim" })
      // The breakpoint itself does not show in memory.
      #expect(try target.readMemory(at: tick, count: 1) != [0xcc])
      try target.resume(.step, thread: thread)
      _ = try nextStop(target)
    }
    try target.kill()
  }

  @Test("a range step is one request, done by the stub")
  func rangeStep() throws {
    let (victim, target) = try attached()
    let tick = try victim.address("tick", in: target)
    try stop(target, at: tick)
    guard case .stopped(let reason) = target.state, let thread = reason.thread else {
      Issue.record("not stopped at a thread")
      return
    }
    // push %rbp, mov %rsp,%rbp: to the end of the second.
    let trips = target.statistics.roundTrips
    try target.resume(.stepRange(tick..<tick.advanced(by: 4)), thread: thread)
    _ = try nextStop(target)
    #expect(target.statistics.roundTrips == trips)
    #expect(try target.readRegisters(of: thread)["rip"] == tick.value + 4)
    try target.kill()
  }

  @Test("one register is written among all, for gdbserver knows no other way")
  func registerWrite() throws {
    let (victim, target) = try attached()
    try stop(target, at: try victim.address("tick", in: target))
    guard case .stopped(let reason) = target.state, let thread = reason.thread else {
      Issue.record("not stopped at a thread")
      return
    }
    let before = try target.readRegisters(of: thread)
    try target.writeRegister("r11", bytes: [8, 7, 6, 5, 4, 3, 2, 1], of: thread)
    let after = try target.readRegisters(of: thread)
    #expect(after["r11"] == 0x0102_0304_0506_0708)
    for name in ["rax", "rsp", "rip", "rflags", "eflags", "fs_base", "r15"] {
      #expect(after[name] == before[name], "\(name)")
    }
    try target.kill()
  }

  @Test("a watchpoint tells what was written")
  func watchpoint() throws {
    let (victim, target) = try attached()
    let counter = try victim.address("counter", in: target)
    try target.insert(StopPoint(kind: .write, address: counter, length: 8))
    try target.resume(.cont, thread: nil)
    #expect(try nextStop(target).cause == .watchpoint(.write, counter))
    try target.kill()
  }

  @Test("an interrupt stops the process without harm to it")
  func interrupt() throws {
    let (victim, target) = try attached()
    let counter = try victim.address("counter", in: target)
    try stop(target, at: try victim.address("tick", in: target))
    for _ in 0..<2 {
      try target.resume(.cont, thread: nil)
      #expect(try target.waitForEvent(milliseconds: 50) == nil)
      try target.interrupt()
      #expect(try nextStop(target).cause == .request)
    }
    #expect(try target.readMemory(at: counter, count: 8) != [UInt8](repeating: 0, count: 8))
    try target.kill()
  }

  @Test("writes of any bytes arrive, in as many packets as it takes")
  func write() throws {
    let (victim, target) = try attached()
    let scratch = try victim.address("scratch", in: target)
    let bytes = (0..<16384).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
    try target.writeMemory(bytes, at: scratch)
    #expect(try target.readMemory(at: scratch, count: bytes.count) == bytes)
    try target.kill()
  }

  @Test("what cannot be read is an error, and what lies before it is not")
  func unreadable() throws {
    let (victim, target) = try attached()
    defer { withExtendedLifetime(victim) {} }
    #expect(throws: InspectError.unreadable(Address(8))) {
      try target.readMemory(at: Address(8), count: 8)
    }
    let guarded = try target.readMemory(ranges: [(Address(8), 8), (try counterPage(target), 8)])
    #expect(guarded[0] == nil)
    #expect(guarded[1]?.count == 8)
    try target.kill()
  }

  @Test("the process's end is told with its status")
  func exits() throws {
    let (victim, target) = try attached()
    try target.writeMemory([1, 0, 0, 0], at: try victim.address("wish", in: target))
    try target.resume(.cont, thread: nil)
    #expect(try end(of: target) == .exited(status: 7))
    #expect(target.state == .ended(.exited(status: 7)))
    try target.detach()
  }

  @Test("a signal stops the process, and is passed on when it goes on")
  func signals() throws {
    let (victim, target) = try attached()
    try target.writeMemory([2, 0, 0, 0], at: try victim.address("wish", in: target))
    try target.resume(.cont, thread: nil)
    let reason = try nextStop(target)
    #expect(reason.signal == 6)
    #expect(reason.cause == .signal)
    try target.resume(.cont, thread: nil)
    #expect(try end(of: target) == .killed(signal: 6))
  }

  @Test("detaching lets the process run on, without a breakpoint in it")
  func detach() throws {
    let (victim, target) = try attached()
    let tick = try victim.address("tick", in: target)
    try target.insert(StopPoint(kind: .software, address: tick))
    try target.resume(.cont, thread: nil)
    let process = try #require(try nextStop(target).thread?.process)
    try target.detach()
    #expect(eventually { isFree(process) })
    kill(pid_t(process), SIGKILL)
  }

  @Test("a tool that is killed at a breakpoint leaves a process that runs on")
  func guardian() async throws {
    let victim = try Victim()
    guard case .tcp(_, let port) = victim.endpoint else { return }
    let mark = victim.folder.path + "/process"
    let symbol = try #require(victim.symbols["tick"])
    let entry = victim.fileEntry
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [
        port = port as UInt16, mark = mark as String, symbol = symbol as UInt64,
        entry = entry as UInt64
      ] in
      let target = try RemoteTarget.attach(
        to: .tcp(host: "127.0.0.1", port: port), name: "t",
        guarding: .executable(try guardianPath()))
      let start = try #require(target.profile.entry)
      let tick = Address(symbol &+ start.value &- entry)
      try target.insert(StopPoint(kind: .software, address: tick))
      try target.resume(.cont, thread: nil)
      let process = try #require(try nextStop(target).thread?.process)
      let file = try #require(fopen(mark, "w"))
      fputs(String(process), file)
      fclose(file)
      raise(SIGKILL)
    }
    let process = try #require(UInt64(contents(of: mark)))
    #expect(eventually { isFree(process) })
    usleep(20_000)
    #expect(isFree(process))
    kill(pid_t(process), SIGKILL)
  }

  // MARK: Help

  private func attached() throws -> (Victim, RemoteTarget) {
    let victim = try Victim()
    return (victim, try RemoteTarget.attach(to: victim.endpoint, name: "t", guarding: .none))
  }

  /// Whether a process runs (or sleeps) without a debugger.
  private func isFree(_ process: UInt64) -> Bool {
    guard let state = processState(process) else { return false }
    return state.tracer == 0 && "RSD".contains(state.letter)
  }

  private func counterPage(_ target: RemoteTarget) throws -> Address {
    try #require(target.profile.entry)
  }

  private func end(of target: RemoteTarget) throws -> EndReason {
    for _ in 0..<100 {
      if case .ended(let reason)? = try target.waitForEvent(milliseconds: 100) { return reason }
    }
    throw MissingTool(description: "no end within ten seconds")
  }
}
