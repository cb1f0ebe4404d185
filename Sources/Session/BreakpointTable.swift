// The breakpoints as the user made them, and what follows for the target: pure bookkeeping. The
// user's breakpoint has a number and a condition; the target knows only places (`StopPoint`), which
// several breakpoints and the motion under way may share.

internal import Bytes
internal import Expressions
internal import Inspect

/// A breakpoint or watchpoint as the user made it.
struct UserBreakpoint {
  var number: Int
  var specification: StopSpecification
  /// What the user wrote.
  var text: String
  var points: [StopPoint]
  var condition: Expression?
  var isEnabled = true
  var isTemporary = false
  var hits = 0
  /// How many more hits pass by without a stop.
  var ignore = 0
  /// After how many stops it disables itself (gdb's disposition `dis`).
  var hitsUntilDisabled: Int?
  /// What a watchpoint saw last, and the frame it belongs to.
  var watch: Watch?

  /// The memory a watchpoint watches.
  struct Watch {
    var address: Address
    var value: Value
    /// The stack pointer above which the expression's frame is gone; `nil` for globals.
    var scope: UInt64?
    /// Where execution goes on when that frame returns.
    var scopeEnd: Address?
  }

  /// Notes that it stops the target; `enable once` and `enable count` end with that.
  mutating func stops() {
    guard let left = hitsUntilDisabled else { return }
    hitsUntilDisabled = max(1, left - 1)
    if left <= 1 { isEnabled = false }
  }

  /// `breakpoint`, `hw watchpoint`, as `info breakpoints` lists it.
  var kind: String {
    switch specification {
    case .watch(_, .read): "read watchpoint"
    case .watch(_, .access): "acc watchpoint"
    case .watch: "hw watchpoint"
    case .location: points.first?.kind == .hardware ? "hw breakpoint" : "breakpoint"
    }
  }

  /// Where execution stops for it, for breakpoints.
  var addresses: [Address] {
    if let watch { return [watch.address] }
    return points.map(\.address)
  }
}

/// All breakpoints, and what of them is planted in the target.
struct BreakpointTable {
  var items: [UserBreakpoint] = []
  /// What the target was told to stop for.
  var planted: Set<StopPoint> = []
  private var lastNumber = 0

  /// Adds a breakpoint under the next number and returns that.
  mutating func add(_ breakpoint: UserBreakpoint) -> Int {
    lastNumber += 1
    var breakpoint = breakpoint
    breakpoint.number = lastNumber
    items.append(breakpoint)
    return lastNumber
  }

  /// Takes one back whose points could not be planted, its number too.
  mutating func withdraw(_ number: Int) {
    items.removeAll { $0.number == number }
    if number == lastNumber { lastNumber -= 1 }
  }

  /// The index of a number.
  func index(of number: Int) -> Int? { items.firstIndex { $0.number == number } }

  /// What should be planted: every enabled breakpoint's points and the motion's own `landings`.
  func wanted(landings: [Address]) -> Set<StopPoint> {
    var points: Set<StopPoint> = []
    for item in items where item.isEnabled {
      points.formUnion(item.points)
      if let end = item.watch?.scopeEnd { points.insert(StopPoint(kind: .software, address: end)) }
    }
    // A hardware breakpoint at the same place serves a landing as well.
    for landing in landings where !Self.hasExecution(points, at: landing) {
      points.insert(StopPoint(kind: .software, address: landing))
    }
    return points
  }

  /// What has to be removed and inserted so that exactly `wanted` is planted, by address.
  func changes(to wanted: Set<StopPoint>) -> (remove: [StopPoint], insert: [StopPoint]) {
    (
      Self.sorted(planted.subtracting(wanted)), Self.sorted(wanted.subtracting(planted))
    )
  }

  /// What is planted at an address that would stop its instruction from being executed.
  func planted(at address: Address) -> [StopPoint] {
    Self.sorted(planted.filter { $0.address == address && $0.kind.rawValue <= 1 })
  }

  /// The indices of enabled breakpoints that stop at an address.
  func breakpoints(at address: Address) -> [Int] {
    items.indices.filter { index in
      items[index].isEnabled && items[index].watch == nil
        && items[index].points.contains { $0.address == address }
    }
  }

  private static func hasExecution(_ points: Set<StopPoint>, at address: Address) -> Bool {
    points.contains { $0.address == address && $0.kind.rawValue <= 1 }
  }

  private static func sorted(_ points: some Sequence<StopPoint>) -> [StopPoint] {
    points.sorted { ($0.address, $0.kind.rawValue) < ($1.address, $1.kind.rawValue) }
  }
}
