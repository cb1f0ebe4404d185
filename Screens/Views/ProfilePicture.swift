// The numbers behind the Profile screen: a slice of the record, summed as the person has chosen.

internal import Canvas
internal import Live
internal import Profiling
internal import Readings
internal import Session
internal import TerminalText

/// What the Profile screen's panes are drawn from.
struct ProfilePicture {
  let record: ProfileRecord
  let slice: ProfileSlice
  let sums: ProfileView
  private let live: Live
  private let isFrozen: Bool

  /// Nil while there is no profile. `columns` are those of the graph, which leaves out what is too
  /// narrow for them; 0 for no graph.
  init?(_ snapshot: Snapshot, _ view: ViewState, columns: Int) {
    guard let record = snapshot.live.profile else { return nil }
    self.record = record
    live = snapshot.live
    isFrozen = view.frozen != nil
    let state = view.profile
    slice = record.slice(state.span, by: state.grouping, until: view.frozen)
    sums = ProfileView(
      record, slice, state.choice, against: state.mark, cells: columns,
      top: state.zooms.last ?? .whole)
  }

  /// A box's name; NOT yet sanitized.
  func name(of box: ProfileBox) -> String {
    if let function = record.tree.function(of: box.node) { return function.name }
    return box.group > 0 ? owner(box.group - 1) : "all"
  }

  /// What kind of code a box is.
  func kind(of box: ProfileBox) -> CodeKind { record.tree.function(of: box.node)?.kind ?? .none }

  /// Whose samples these are, in words.
  private func owner(_ number: UInt64) -> String {
    switch slice.grouping {
    case .none: return "all"
    case .handler:
      let handlers = live.reading?.handlers ?? []
      guard number > 0 else { return "no handler" }
      let index = Int(number) - 1
      return handlers.indices.contains(index) ? handlers[index].name : "handler \(number)"
    case .task: return number > 0 ? "task \(number)" : "no task"
    case .fiber:
      guard number > 0 else { return "no fiber" }
      let row = live.reading?.rows("fibers").first { $0["number"]?.number == number }
      let name = row?["name"]?.text ?? ""
      return name.isEmpty ? "fiber \(number)" : "fiber \(number) \(name)"
    }
  }

  /// The box, or what it stood in where it has no samples now.
  func present(_ box: ProfileBox) -> Int {
    var node = box.node
    while node >= 0 {
      if let item = sums.item(of: ProfileBox(group: box.group, node: node)) { return item }
      node =
        record.tree.nodes.indices.contains(Int(node))
        ? record.tree.nodes[Int(node)].parent : -1
    }
    return sums.item(of: ProfileBox(group: box.group)) ?? 0
  }

  /// The share of the whole in thousandths.
  func share(_ count: UInt64) -> UInt64 { perMille(count, sums.whole) }

  /// How much a share has changed since the mark, in thousandths; nil without one.
  func change(_ count: UInt64, before: UInt64) -> Int? {
    guard sums.isCompared, sums.whole > 0, sums.wholeBefore > 0 else { return nil }
    return Int(perMille(count, sums.whole)) - Int(perMille(before, sums.wholeBefore))
  }

  private func perMille(_ count: UInt64, _ whole: UInt64) -> UInt64 {
    guard whole > 0 else { return 0 }
    return UInt64(Double(count) * 1000 / Double(whole) + 0.5)
  }

  /// Rate, source and what is missing, for the rule of a pane.
  var notes: String {
    var notes = [record.rate > 0 ? "\(record.rate) Hz" : "not sampling"]
    if isPaused {
      notes = pauseNotes
    } else {
      if !live.source.isEmpty { notes.append(live.source) }
      if live.isStale, !isFrozen {
        notes.append(age(milliseconds: live.ageMilliseconds) + " old")
      }
    }
    let lost = slice.totals.missed &+ slice.totals.homeless
    if lost > 0 { notes.append("\(lost) missed") }
    return notes.joined(separator: ", ")
  }

  /// Whether the samples are those that the target is, or was, stopped for.
  var isPaused: Bool { live.pauses != nil }

  /// How long it stood still for them, and how many a second there were in fact.
  private var pauseNotes: [String] {
    let asked = record.rate > 0 ? "\(record.rate) Hz" : "not sampling"
    guard let pauses = live.pauses?.pauses, pauses.count > 0 else {
      return [asked, "by stopping it"]
    }
    func time(_ microseconds: Int) -> String {
      Quantity.duration(nanoseconds: UInt64(max(0, microseconds)) * 1000)
    }
    let reached = (pauses.rate * 10).rounded() / 10
    return [
      record.rate > 0 ? "\(reached) of \(asked)" : asked, "\(time(pauses.median)) pauses",
      "99% < \(time(pauses.longTail))",
    ]
  }
}

/// Whether the profile shown is no longer that of the present, nor of a moment that was chosen.
func isProfileFaded(_ snapshot: Snapshot, _ view: ViewState) -> Bool {
  let isPaused = (snapshot.live.pauses?.rate ?? 0) > 0
  return view.frozen == nil && ((snapshot.live.isStale && !isPaused) || isStopped(snapshot))
}

/// Thousandths as a percentage: `12.3%`.
func percent(_ perMille: UInt64) -> String { "\(perMille / 10).\(perMille % 10)%" }

/// A change in thousandths as points, with its sign: `+1.2`.
func points(_ change: Int) -> String {
  let size = change.magnitude
  return (change < 0 ? "-" : "+") + "\(size / 10).\(size % 10)"
}
