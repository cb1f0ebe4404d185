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
  /// What is printed instead of stopping, for a log point.
  var log: FormattedText?
  /// Who decides about its condition and its log.
  var decision = Decision.none
  var isEnabled = true
  var isTemporary = false
  var hits = 0
  /// How many more hits pass by without a stop.
  var ignore = 0
  /// After how many stops it disables itself (gdb's disposition `dis`).
  var hitsUntilDisabled: Int?
  /// What a watchpoint saw last, and the frame it belongs to.
  var watch: Watch?

  /// Who decides about a condition and a log.
  enum Decision {
    /// There is nothing to decide.
    case none
    /// The target, by these scripts, one for each address.
    case target([Address: PointScript])
    /// The session, which stops the target for it, and why.
    case session(String)
  }

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
    case .location where log != nil: "dprintf"
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
  /// What the target was told to stop for, and what of it it decides by itself.
  var planted: [StopPoint: PointScript] = [:]
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
  func wanted(landings: [Address]) -> [StopPoint: PointScript] {
    var users: [StopPoint: [UserBreakpoint]] = [:]
    var ends: Set<Address> = []
    for item in items where item.isEnabled {
      for point in item.points { users[point, default: []].append(item) }
      if let end = item.watch?.scopeEnd { ends.insert(end) }
    }
    var points = users.mapValues { _ in PointScript() }
    for (point, users) in users { points[point] = Self.script(users, at: point.address) }
    // A hardware breakpoint at the same place serves a landing as well, but has to stop there.
    for landing in landings {
      if !Self.hasExecution(points, at: landing) { ends.insert(landing) }
      for point in points.keys where point.address == landing { points[point] = PointScript() }
    }
    for end in ends { points[StopPoint(kind: .software, address: end)] = PointScript() }
    return points
  }

  /// What the target may decide for all that share a point: it stops if one of them wants a stop.
  private static func script(_ users: [UserBreakpoint], at address: Address) -> PointScript {
    var script = PointScript()
    for user in users {
      guard case .target(let scripts) = user.decision, let own = scripts[address] else {
        return PointScript()
      }
      // A log point never stops, so it shares with nobody; and its passes are counted here.
      let counts = user.ignore > 0 || user.isTemporary || user.hitsUntilDisabled != nil
      if !own.commands.isEmpty, users.count > 1 || counts { return PointScript() }
      script.conditions += own.conditions
      script.commands += own.commands
    }
    return script
  }

  /// Lets the session decide for whoever has this point, as the target does not.
  mutating func withdrawScripts(at point: StopPoint, _ why: String) {
    for index in items.indices where items[index].points.contains(point) {
      if case .target = items[index].decision { items[index].decision = .session(why) }
    }
  }

  /// What has to be removed and inserted so that exactly `wanted` is planted, by address.
  func changes(
    to wanted: [StopPoint: PointScript]
  ) -> (remove: [StopPoint], insert: [StopPoint]) {
    (
      Self.sorted(planted.keys.filter { wanted[$0] == nil }),
      Self.sorted(wanted.keys.filter { wanted[$0] != planted[$0] })
    )
  }

  /// What is planted at an address that would stop its instruction from being executed.
  func planted(at address: Address) -> [StopPoint] {
    Self.sorted(planted.keys.filter { $0.address == address && $0.kind.rawValue <= 1 })
  }

  /// The indices of enabled breakpoints that stop at an address.
  func breakpoints(at address: Address) -> [Int] {
    items.indices.filter { index in
      items[index].isEnabled && items[index].watch == nil
        && items[index].points.contains { $0.address == address }
    }
  }

  private static func hasExecution(
    _ points: [StopPoint: PointScript], at address: Address
  ) -> Bool {
    points.keys.contains { $0.address == address && $0.kind.rawValue <= 1 }
  }

  private static func sorted(_ points: some Sequence<StopPoint>) -> [StopPoint] {
    points.sorted { ($0.address, $0.kind.rawValue) < ($1.address, $1.kind.rawValue) }
  }
}
