// Samples without an agent: the guest is stopped, its registers and the top of its stack are read,
// and it goes on. Works on any image, and on a guest that hangs with interrupts off. What was copied
// is walked afterwards, so the guest stands still for no longer than QEMU takes to answer.

internal import Bytes
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
  private let walker: StackWalker
  private let rate: Int
  private var clock: SampleClock
  private var tally = StackTally()

  /// Samples a second where nothing else is asked for, and at most.
  static let usualRate = 20
  static let mostRate = 200
  init(_ instance: Instance, rate: Int?, symbols: SymbolFile?) throws {
    try instance.demand(.stop, "sampling without the agent stops it again and again")
    guard let memory = RAMFile(path: instance.memoryFile, segments: instance.guest.segments) else {
      throw Failure(.nothingThere, "cannot read the memory of \(instance.name)")
    }
    self.instance = instance
    self.memory = memory
    walker = StackWalker(symbols: symbols, memory: memory)
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
    let taken: (result: [PausedStack], microseconds: Int)
    do throws(LaunchError) {
      taken = try instance.pausedStacks(memory)
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
    for taken in taken.result {
      tally.took(taken.stack.counter, walker.callers(of: taken.stack), isIdle: taken.isIdle)
    }
  }
}
