// Breakpoints and watchpoints: making, changing and planting them.

internal import Bytes
internal import Expressions
internal import Inspect

extension Session {
  /// The breakpoints there are, by number.
  public func breakpoints() -> [BreakpointSnapshot] {
    points.items.map { item in
      var breakpoint = BreakpointSnapshot(
        number: item.number, kind: item.kind, specification: item.text,
        addresses: item.addresses, condition: item.condition?.text ?? "",
        isEnabled: item.isEnabled, isTemporary: item.isTemporary, hits: item.hits)
      breakpoint.ignore = item.ignore
      breakpoint.hitsUntilDisabled = item.hitsUntilDisabled
      breakpoint.log = item.log?.text ?? ""
      breakpoint.decision = decision(shown: item)
      return breakpoint
    }
  }

  /// Makes a breakpoint or watchpoint and plants it at once, so that a refusal is seen at once.
  public func add(
    _ specification: StopSpecification, condition: String? = nil, log: FormattedText? = nil,
    isTemporary: Bool = false, isHardware: Bool = false
  ) throws(SessionError) -> BreakpointSnapshot {
    try requireStopped("break")
    try requireWritable("break")
    let parsed = try condition.map { text throws(SessionError) in try parse(text) }
    var item = UserBreakpoint(number: 0, specification: specification, text: "", points: [])
    item.condition = parsed
    item.log = log
    item.isTemporary = isTemporary
    switch specification {
    case .location(let location):
      item.text = text(of: location)
      let kind: StopPoint.Kind = isHardware ? .hardware : .software
      item.points = try addresses(of: location).map { StopPoint(kind: kind, address: $0) }
    case .watch(let expression, let kind):
      item.text = expression
      (item.watch, item.points) = try watch(expression, kind)
    }
    item.decision = decision(about: item)
    let number = points.add(item)
    do { try plant() } catch {
      points.withdraw(number)
      try? plant()
      throw .inspect(error)
    }
    return try breakpoint(number)
  }

  /// Deletes a breakpoint.
  public func removeBreakpoint(_ number: Int) throws(SessionError) {
    let index = try index(of: number)
    try requireStopped("delete")
    points.items.remove(at: index)
    try session { () throws(InspectError) in try self.plant() }
  }

  /// Enables or disables a breakpoint; what it has counted stays.
  public func setBreakpoint(_ number: Int, enabled: Bool) throws(SessionError) {
    let index = try index(of: number)
    try requireStopped("enable")
    points.items[index].isEnabled = enabled
    do { try plant() } catch {
      points.items[index].isEnabled = !enabled
      throw .inspect(error)
    }
  }

  /// Enables a breakpoint for a number of stops, after which it is disabled again.
  public func enableBreakpoint(_ number: Int, stops: Int) throws(SessionError) {
    try setBreakpoint(number, enabled: true)
    let index = try index(of: number)
    points.items[index].hitsUntilDisabled = max(1, stops)
    points.items[index].isTemporary = false
  }

  /// Enables a breakpoint for one stop, at which it is deleted.
  public func enableBreakpointUntilHit(_ number: Int) throws(SessionError) {
    try setBreakpoint(number, enabled: true)
    let index = try index(of: number)
    points.items[index].isTemporary = true
    points.items[index].hitsUntilDisabled = nil
  }

  /// Gives a breakpoint a condition, or takes it away with `nil`.
  public func setCondition(_ number: Int, _ condition: String?) throws(SessionError) {
    let index = try index(of: number)
    var item = points.items[index]
    item.condition = try condition.map { text throws(SessionError) in try parse(text) }
    item.decision = decision(about: item)
    try change(index, to: item)
  }

  /// Lets a breakpoint pass by `count` more times.
  public func setIgnoreCount(_ number: Int, _ count: Int) throws(SessionError) {
    let index = try index(of: number)
    var item = points.items[index]
    item.ignore = max(0, count)
    try change(index, to: item)
  }

  /// One breakpoint by its number.
  func breakpoint(_ number: Int) throws(SessionError) -> BreakpointSnapshot {
    guard let found = breakpoints().first(where: { $0.number == number }) else {
      throw .noBreakpoint(number)
    }
    return found
  }

  /// Changes what a breakpoint waits for, and tells the target if it decides about that.
  private func change(_ index: Int, to item: UserBreakpoint) throws(SessionError) {
    let old = points.items[index]
    points.items[index] = item
    let changes = points.changes(to: points.wanted(landings: run.landings.map(\.address)))
    guard !changes.insert.isEmpty || !changes.remove.isEmpty else { return }
    do {
      try requireStopped("condition")
      try session { () throws(InspectError) in try self.plant() }
    } catch {
      points.items[index] = old
      throw error
    }
  }

  private func index(of number: Int) throws(SessionError) -> Int {
    guard let index = points.index(of: number) else { throw .noBreakpoint(number) }
    return index
  }

  private func parse(_ condition: String) throws(SessionError) -> Expression {
    do { return try Expression.parse(condition) } catch { throw .expression(error.message) }
  }

  // MARK: What the target is told

  /// Makes what is planted be what is wanted: the user's breakpoints and the motion's landings.
  func plant() throws(InspectError) {
    let wanted = points.wanted(landings: run.landings.map(\.address))
    let changes = points.changes(to: wanted)
    for point in changes.remove {
      try target.remove(point)
      points.planted[point] = nil
    }
    for point in changes.insert {
      points.planted[point] = try insert(point, wanted[point] ?? PointScript())
    }
  }

  /// Plants a point; where the target has no room for its script it is the session that decides.
  private func insert(
    _ point: StopPoint, _ script: PointScript
  ) throws(InspectError) -> PointScript {
    if !script.isEmpty {
      do {
        try target.insert(point, script: script)
        return script
      } catch {
        switch error {
        case .refused(let why), .unsupported(let why): points.withdrawScripts(at: point, why)
        default: throw error
        }
      }
    }
    try target.insert(point)
    return PointScript()
  }

  /// Removes everything planted, as far as the target lets it.
  func removePlanted() throws(InspectError) {
    for point in points.changes(to: [:]).remove {
      try target.remove(point)
      points.planted[point] = nil
    }
  }

  /// Waits, a few seconds at most, until an interrupted target stands still.
  func awaitStop() throws(InspectError) {
    for _ in 0..<30 {
      switch try target.waitForEvent(milliseconds: 100) {
      case .stopped, .ended, .lost: return
      case .console, nil: continue
      }
    }
    throw .timedOut("waiting for the target to stop")
  }
}
