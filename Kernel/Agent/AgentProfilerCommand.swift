// `monitor profile`: the profiler at the command of any debugger.

internal import GDBRemote
internal import Profiler

extension AgentProfiler {
  /// The lines of `monitor help`.
  static var help: StaticString {
    """
    profile start RATE  take so many samples a second, 1 to 50000
    profile stop        take no more
    profile status      what has been counted
    profile top N       the N stacks with most samples, 10 without N

    """
  }

  /// Obeys what follows `profile`; false if there is no such command.
  static func obey(_ text: ArraySlice<UInt8>, output: inout [UInt8]) -> Bool {
    guard let kept else {
      output.append(words: "no memory for a profiler\n")
      return true
    }
    var rest = text
    let command = word(&rest)
    let argument = word(&rest)
    guard rest.isEmpty else { return false }
    if command.equals(words: "start"), let rate = number(argument), rate > 0 {
      _ = start(rate: rate)
    } else if command.equals(words: "top") {
      let count = argument.isEmpty ? 10 : number(argument)
      guard let count else { return false }
      list(kept, Int(min(count, 50)), to: &output)
      return true
    } else if argument.isEmpty, command.equals(words: "stop") {
      stop()
    } else if !argument.isEmpty || !command.equals(words: "status") {
      return false
    }
    report(kept.counters.pointee, kept.size, to: &output)
    return true
  }

  private static func report(
    _ counters: ProfileCounters, _ size: ProfileSize, to output: inout [UInt8]
  ) {
    func tell(_ name: StaticString, _ value: UInt64) {
      output.append(words: name)
      output.append(decimal: value)
    }
    tell("samples a second ", counters.rate)
    tell("\nrunning ", counters.running)
    tell(", idle ", counters.idle)
    tell(", missed ", counters.missed)
    tell("\nwaiting ", counters.waiting)
    tell(", of them nobody knows where ", counters.unknown)
    tell("\nstacks ", counters.stacks)
    tell(" of ", UInt64(size.stacks))
    tell(", spots ", counters.spots)
    tell(" of ", UInt64(size.spots))
    tell(", samples without room ", counters.homeless)
    tell("\nwith gaps ", counters.gaps)
    tell(", cut ", counters.cut)
    tell(", too deep ", counters.deep)
    tell("\nworst lateness in ns ", counters.lateWorst)
    output.append(words: "\n")
  }

  /// Lines of a count, its share in tenths of a percent (of the core's time, or of all that wait),
  /// and addresses, innermost first.
  private static func list(_ kept: ProfileMemory, _ most: Int, to output: inout [UInt8]) {
    guard let top else { return }
    top.sum(kept)
    let counters = kept.counters.pointee
    for _ in 0..<most {
      guard let line = top.next() else { return }
      let isWaiting = line.activity == CoreActivity.waiting.rawValue
      let whole = isWaiting ? counters.waiting : counters.running &+ counters.idle
      let share = whole == 0 ? 0 : line.count &* 1000 / whole
      output.append(decimal: line.count)
      output.append(words: " ")
      output.append(decimal: share / 10)
      output.append(words: ".")
      output.append(decimal: share % 10)
      output.append(words: "% ")
      output.append(words: name(line.activity))
      append(line.address, to: &output)
      if let (row, frames) = kept.stacks.stack(line.stack) {
        let flags = StackFlags(rawValue: row.flags)
        for index in 0..<frames.count {
          if flags.contains(.gap), index == row.gap { output.append(words: " ...") }
          append(frames[index], to: &output)
        }
        if !flags.isDisjoint(with: [.cut, .deep]) { output.append(words: " ...") }
      }
      output.append(words: "\n")
    }
  }

  static func name(_ activity: UInt32) -> StaticString {
    switch activity {
    case UInt32(CoreActivity.running.rawValue): return "running"
    case UInt32(CoreActivity.idle.rawValue): return "idle"
    default: return "waiting"
    }
  }

  private static func append(_ address: UInt64, to output: inout [UInt8]) {
    output.append(words: " 0x")
    output.append(hex: address)
  }

  /// Takes the next word; empty after the last.
  private static func word(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    text = text.drop { $0 == 0x20 }
    let word = text.prefix { $0 != 0x20 }
    text = text.dropFirst(word.count).drop { $0 == 0x20 }
    return word
  }

  /// A decimal number of at most nine digits.
  static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard (1...9).contains(digits.count) else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + UInt64(digit - 0x30)
    }
    return value
  }
}
