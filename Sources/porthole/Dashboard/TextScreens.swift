// Each screen once, as text: what `demo` shows where there is no terminal, and what documents show.

internal import Canvas
internal import Inspect
internal import Launcher
internal import Live
internal import Session
internal import Views

/// Prints the dashboard's screens of a running instance.
struct TextScreens {
  let instance: String
  var size = Size(columns: 100, rows: 32)

  /// Stops the guest where it works, prints every screen, and lets it run on.
  func print() throws {
    let live = follow()
    let target = try OpenTarget(instance)
    target.tellDetour()
    defer { target.leave() }
    let session = target.session
    try stopAtWork(session)
    var view = ViewState(size: size)
    for screen in Screen.allCases {
      try show(screen, &view, session)
      var snapshot = session.snapshot
      snapshot.live = live
      Output.text(
        render(snapshot, view, size: size).lines.map { $0 + "\n" }.joined() + "\n")
    }
  }

  /// Follows the instance for a second and a half, so that the live screens have something to show.
  private func follow() -> Live {
    var live = Live()
    var source: MemorySource?
    for _ in 0..<200 where live.generation < 15 {
      if source == nil {
        source = (try? Registry().instance(named: instance)).flatMap { try? MemorySource($0) }
      }
      if let source, let reading = try? source.take() {
        var new = Live()
        new.reading = reading
        new.source = source.kind
        new.generation = live.generation + 1
        live.take(new, isStanding: false)
      }
      Moment.sleep(milliseconds: 100)
    }
    return live
  }

  /// Brings a screen up as its key would, and fetches what it needs.
  private func show(_ screen: Screen, _ view: inout ViewState, _ session: Session) throws {
    let needs = Dashboard.needs(view, session.snapshot)
    var interest = Session.Interest()
    interest.frames = needs.frames
    interest.disassembly = needs.disassembly
    interest.sourceLines = needs.sourceLines
    try refresh(session, interest)
    let effects = Dashboard.handle(.key(.function(screen.rawValue)), &view, session.snapshot)
    for case .viewMemory(let address, let count) in effects { interest.memory = (address, count) }
    try refresh(session, interest)
  }

  private func refresh(_ session: Session, _ interest: Session.Interest) throws {
    do throws(InspectError) {
      try session.refresh(interest)
    } catch {
      throw Failure(attaching: error)
    }
  }

  /// Most moments of a guest are idle ones; the sample's work shows more. A guest without that
  /// function is shown where it is.
  private func stopAtWork(_ session: Session) throws {
    let place = StopSpecification.location(.function("ventricles"))
    let stop = try? session.add(place, condition: nil, isTemporary: true, isHardware: false)
    guard stop != nil, (try? session.start(.cont(ignore: 1))) != nil else { return }
    let deadline = Deadline(milliseconds: 20_000)
    while !deadline.isOver {
      if case .stopped? = try? session.pump(milliseconds: deadline.remaining) { return }
    }
    try? session.interrupt()
    _ = try? session.pump(milliseconds: 1000)
  }
}

extension Canvas {
  /// The grid's characters, a line each, without spaces at the ends.
  var lines: [String] {
    (0..<size.rows).map { row in
      var scalars = String.UnicodeScalarView()
      for column in 0..<size.columns {
        let cell = self[column, row]
        guard cell.width > 0 else { continue }
        scalars.append(cell.scalar)
        scalars.append(contentsOf: cell.marks)
      }
      while scalars.last == " " { scalars.removeLast() }
      return String(scalars)
    }
  }
}
