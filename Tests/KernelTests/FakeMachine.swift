// A machine of virtual time: halting moves the clock to the next thing that would interrupt.

import Execution
import Machine

/// A machine whose interrupts are a script and whose trace is a list of lines.
final class FakeMachine: Machine {
  /// An interrupt to come: at a time, on a line.
  struct Interrupt {
    let time: UInt64
    let line: Line
  }

  var time: UInt64 = 0
  var marked = LineSet(bits: 0)
  var script: [Interrupt] = []
  var trace: [String] = []
  var armed: UInt64?
  /// The loop asked to halt with nothing that could ever wake it.
  var sleptForever = false
  /// Runs when the loop looks at the marked lines, before they are taken.
  var beforeHalt: (() -> Void)?
  /// Called instead of sleeping for ever.
  var onStuck: (() -> Void)?
  var armCalls = 0

  func note(_ text: String) { trace.append("\(time) \(text)") }

  func mark(_ line: Line) { marked.insert(line) }

  /// Moves the clock on, as code that takes its time does; interrupts on the way are marked.
  func spend(_ nanoseconds: UInt64) { advance(to: time + nanoseconds) }

  private func advance(to target: UInt64) {
    time = max(time, target)
    if let deadline = armed, deadline <= time {
      armed = nil
      mark(.timer)
    }
    for interrupt in script where interrupt.time <= time { mark(interrupt.line) }
    script.removeAll { $0.time <= time }
  }

  // MARK: Machine

  var now: Instant { Instant(nanoseconds: time) }

  func arm(_ deadline: Instant?) {
    armCalls += 1
    armed = deadline?.nanoseconds
    advance(to: time)
  }

  func takeMarked() -> LineSet {
    let result = marked
    marked = LineSet(bits: 0)
    return result
  }

  func waitForInterrupt() {
    beforeHalt?()
    if !marked.isEmpty { return }
    let next = [armed, script.map(\.time).min()].compactMap { $0 }.min()
    guard let next else {
      sleptForever = true
      onStuck?()
      return
    }
    note("halt")
    advance(to: next)
  }

  func write(_ bytes: UnsafeRawBufferPointer) {}
  func readConsole(into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
  var consoleDrops: (output: UInt64, input: UInt64) { (0, 0) }
  func entropy() -> UInt64 { 4 }
  func memory(at index: Int) -> MemoryRegion? { nil }
  func powerOff(status: UInt8) -> Never { preconditionFailure("power off \(status)") }
  func reset() -> Never { preconditionFailure("reset") }
}

extension EventLoop {
  /// Runs until nothing can wake the machine any more, or virtual time is up.
  func runUntilIdle(_ machine: FakeMachine, limit: UInt64 = .max) {
    machine.onStuck = { self.stop() }
    if limit != .max { at(Instant(nanoseconds: limit)) { self.stop() } }
    run()
  }
}
