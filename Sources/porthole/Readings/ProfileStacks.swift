// A profile with names: addresses become functions, inlined ones included.

internal import Bytes
internal import Readings
internal import Session
internal import Symbols

/// Samples by their stacks, as names.
struct ProfileStacks {
  /// One stack.
  struct Line {
    var activity: String
    var count: UInt64
    /// Functions, innermost first; `[...]` where frames are missing.
    var frames: [String]
  }

  /// A function's share.
  struct Share {
    var name: String
    /// Samples in the function itself, and in what it called as well.
    var own: UInt64
    var all: UInt64
  }

  /// Most samples first.
  private(set) var lines: [Line] = []
  /// What stands where frames are missing.
  static let missing = "[...]"

  init(_ profile: ProfileReading, symbols: (any SymbolSource)?) {
    var names: [UInt64: [String]] = [:]
    func frames(_ address: UInt64) -> [String] {
      if let known = names[address] { return known }
      let found = Self.names(at: address, symbols)
      names[address] = found
      return found
    }
    var sums: [String: Line] = [:]
    for spot in profile.spots {
      var stack = frames(spot.address)
      for (index, caller) in spot.stack.callers.enumerated() {
        var waits = false
        if let gap = spot.stack.gap {
          if index == gap, spot.stack.awaiting == 0 { stack.append(Self.missing) }
          waits = index >= gap && index < gap + spot.stack.awaiting
        }
        // A return address is behind the call; where an await goes on is a function's own beginning.
        stack += frames(waits ? caller : caller &- 1)
      }
      if spot.stack.isCut || spot.stack.isUnknown { stack.append(Self.missing) }
      let key = spot.activity + ";" + stack.joined(separator: ";")
      sums[key, default: Line(activity: spot.activity, count: 0, frames: stack)].count += spot.count
    }
    lines = sums.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map(\.value)
  }

  private static func names(at address: UInt64, _ symbols: (any SymbolSource)?) -> [String] {
    let place = Address(address)
    if let symbols {
      let found = symbols.frames(at: place).map(\.function)
      if !found.isEmpty { return found }
      if let symbol = symbols.symbol(covering: place) { return [symbol.name] }
    }
    return ["0x" + String(address, radix: 16)]
  }

  /// How many samples have this activity.
  func count(_ activity: String) -> UInt64 {
    lines.reduce(0) { $0 + ($1.activity == activity ? $1.count : 0) }
  }

  /// The functions of one activity, those with most samples of their own first.
  func shares(_ activity: String) -> [Share] {
    var shares: [String: Share] = [:]
    for line in lines where line.activity == activity {
      for (index, name) in line.frames.enumerated() {
        // A function that calls itself counts once.
        let isFirst = line.frames.firstIndex(of: name) == index
        guard isFirst, name != Self.missing else { continue }
        shares[name, default: Share(name: name, own: 0, all: 0)].all += line.count
        if index == 0 { shares[name]?.own += line.count }
      }
    }
    return shares.values.sorted { ($1.own, $1.all, $0.name) < ($0.own, $0.all, $1.name) }
  }

  /// Stacks as flame graph programs take them: outermost first, semicolons between, a blank, the
  /// count. Idle time is one frame; who waits is left out.
  var collapsed: String {
    var text = ""
    for line in lines where line.activity == "running" {
      let frames = line.frames.reversed().map { $0.replacing(";", with: ":") }
      text += frames.joined(separator: ";") + " \(line.count)\n"
    }
    let idle = count("idle")
    return idle > 0 ? text + "[idle] \(idle)\n" : text
  }
}
