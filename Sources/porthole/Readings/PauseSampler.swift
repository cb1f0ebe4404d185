// Samples without an agent: the guest is stopped, its registers and the top of its stack are read,
// and it goes on. Works on any image, and on a guest that hangs with interrupts off. What was copied
// is walked afterwards, so the guest stands still for no longer than QEMU takes to answer.

internal import Bytes
internal import Cores
internal import Launcher
internal import Profiling
internal import Readings
internal import Symbols

/// Samples a guest of this machine by stopping it.
final class PauseSampler: StackSampler {
  let kind = "pauses"
  let buildID: [UInt8]?
  var pause: PauseSummary? { clock.pause }
  private let instance: Instance
  private let memory: RAMFile
  private let symbols: SymbolFile?
  private let rate: Int
  private var clock: SampleClock
  private var tally = StackTally()

  /// Samples a second where nothing else is asked for, and at most.
  static let usualRate = 20
  static let mostRate = 200
  /// Bytes of the stack that are copied, and callers that are looked for.
  private static let (copied, depth) = (32 << 10, 128)
  /// Registers by DWARF number.
  private static let names = [
    "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
  ]

  init(_ instance: Instance, rate: Int?, symbols: SymbolFile?) throws {
    guard let memory = RAMFile(path: instance.memoryFile, segments: instance.guest.segments) else {
      throw Failure(.nothingThere, "cannot read the memory of \(instance.name)")
    }
    self.instance = instance
    self.memory = memory
    self.symbols = symbols
    self.rate = min(rate ?? Self.usualRate, Self.mostRate)
    buildID = instance.buildID?.bytes
    clock = SampleClock(rate: self.rate, now: Moment.microseconds)
  }

  func profile() throws -> ProfileReading { tally.profile(rate: UInt64(rate)) }

  func idle(milliseconds: Int) throws {
    let deadline = Moment.microseconds + milliseconds * 1000
    while true {
      let now = Moment.microseconds
      guard min(clock.due, deadline) <= now else {
        Moment.sleep(milliseconds: max(1, (min(clock.due, deadline) - now) / 1000))
        continue
      }
      if clock.due > now { return }
      try sample()
      if Moment.microseconds >= deadline { return }
    }
  }

  func end() {}

  private func sample() throws {
    let random = Double.random(in: 0..<1)
    let taken: (result: [(ProcessorRegisters, CopiedStack)], microseconds: Int)
    do throws(LaunchError) {
      taken = try instance.whilePaused { guest throws(LaunchError) in
        // Who stands still of himself is no sample: nothing passes there.
        guard guest.status == .running else { return [] }
        return guest.processors.map { ($0, copy($0)) }
      }
    } catch {
      guard instance.process.isAlive else {
        throw Failure(.targetDied, "\(instance.name) is gone")
      }
      // Another command has the monitor, or QEMU is slow: the next one may do better.
      return tally.missed(clock.failed(now: Moment.microseconds, random: random))
    }
    let now = Moment.microseconds
    guard taken.microseconds > 0 else {
      return tally.missed(clock.failed(now: now, random: random))
    }
    tally.missed(clock.took(pause: taken.microseconds, now: now, random: random))
    for (processor, stack) in taken.result {
      tally.took(stack.counter, callers(of: stack), isIdle: processor.isHalted)
    }
  }

  private func copy(_ processor: ProcessorRegisters) -> CopiedStack {
    let top = (processor.values["rsp"] ?? 0) & ~7
    return CopiedStack(
      counter: processor.values["rip"] ?? 0,
      registers: Self.names.map { processor.values[$0] }, start: top,
      bytes: memory.memory.read(at: top, count: Self.copied))
  }

  private func callers(of stack: CopiedStack) -> CopiedStack.Callers {
    guard let symbols else {
      // Without symbols nobody knows where code ends: above the first megabyte, below the stack.
      return stack.callers(within: 0x10_0000..<(1 << 31), limit: Self.depth)
    }
    let memory = memory.memory
    return stack.callers(by: symbols, limit: Self.depth) { address, count in
      guard count <= 1 << 16 else { return nil }
      let bytes = memory.read(at: address.value, count: count)
      return bytes.count == count ? bytes : nil
    }
  }
}
