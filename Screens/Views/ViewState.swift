// What a person has done to the screens: which is shown, what is selected, how far it is scrolled,
// what stands in the prompt. Plain values; together with a Snapshot and a size they determine every
// cell.

public import Bytes
public import Canvas

/// One of the dashboard's screens.
public enum Screen: Int, CaseIterable, Sendable {
  case overview = 1
  case stacks = 2
  case profile = 3
  case events = 4
  case memory = 5
  case log = 6

  /// Its name in the top bar.
  public var name: String {
    switch self {
    case .overview: "Overview"
    case .stacks: "Stacks"
    case .profile: "Profile"
    case .events: "Events"
    case .memory: "Memory"
    case .log: "Log"
    }
  }

  /// Whether it shows only what the instance tells of itself, nothing that was fetched at a stop.
  var isTold: Bool { self == .overview || self == .events || self == .log || self == .profile }

  /// The pane that has the keys when the screen comes up.
  var mainPane: PaneID {
    switch self {
    case .overview: .vitals
    case .stacks: .frames
    case .profile: .functions
    case .events: .handlers
    case .memory: .dump
    case .log: .log
    }
  }
}

/// A pane of a screen, or the prompt, which is part of all.
public enum PaneID: Int, CaseIterable, Sendable {
  case threads, frames, registers, breakpoints, source, disassembly, locals, map, dump
  case functions, flame
  case vitals, findings, counters, connections, handlers, histogram, timeline, slowest, heap,
    ranges,
    fiberStacks, log
  case prompt

  /// Whether it shows what the instance tells of itself, which can be frozen and looked back at.
  var isLive: Bool {
    switch self {
    case .vitals, .findings, .counters, .connections, .handlers, .histogram, .timeline, .slowest,
      .heap, .ranges, .fiberStacks, .log:
      true
    default: false
    }
  }

  /// Whether it shows what happens in a stretch of time, which is over when the target stops.
  var tellsOfTime: Bool {
    switch self {
    case .vitals, .findings, .counters, .connections, .handlers, .histogram, .timeline, .slowest,
      .functions, .flame:
      true
    default: false
    }
  }

  /// Whether a moment can be frozen and looked back from where it has the keys.
  var isTimed: Bool {
    switch self {
    case .dump, .map, .functions, .flame: true
    default: isLive
    }
  }

  /// Whether `/` leaves only the lines that hold the pattern.
  var isFiltered: Bool { self == .counters || self == .handlers || self == .log }
}

/// How one pane is scrolled and what is selected in it.
///
/// Positions are line indices, source line numbers or addresses, whatever stays put when the
/// session fetches more; `context` names what they refer to, and they hold only while it lasts.
public struct PaneScroll: Equatable, Sendable {
  /// The selected line's position; `nil` follows what the pane itself holds in view.
  public var selection: UInt64?
  /// The first visible line's position.
  public var top: UInt64?
  /// Whether the wheel moved the view away from the selection.
  public var isFree = false
  /// What the positions refer to, as the pane says.
  public var context = ""

  /// Creates the state of an untouched pane.
  public init() {}
}

/// A question that takes the prompt's place until it is answered.
public enum Question: Equatable, Sendable {
  /// Whether to leave; the guest runs on.
  case quit
  /// Whether to stop the running guest.
  case interrupt
  /// Whether to stop the guest again and again, to sample it.
  case pauses
  /// What a command asks before it goes on; the answer goes back to it.
  case command(String)
}

/// Where the pattern typed after `/` is looked for, and which it is.
public struct PaneSearch: Equatable, Sendable {
  public var pane: PaneID
  public var pattern: String
}

/// Everything about the screens that is not the target's.
public struct ViewState: Equatable, Sendable {
  public var size: Size
  public var screen = Screen.stacks
  public var focus = PaneID.frames
  /// The pane that had the keys before the prompt got them.
  var lastPane = PaneID.frames
  public var scrolls: [PaneID: PaneScroll] = [:]
  /// Whether the pane that has the keys fills the screen.
  public var isZoomed = false
  /// Lines of help scrolled past; `nil` while there is no help.
  public var help: Int?
  public var prompt = PromptState()
  public var question: Question?
  public var search: PaneSearch?
  /// Which of the registers that share a row is meant, from the left.
  var registerColumn = 0
  /// The byte that the cursor of the hex dump is at; `nil` until one was looked at.
  public var memoryCursor: Address?
  /// What the Profile screen counts and shows of it.
  public var profile = ProfileState()
  /// Whether the person has already stopped or changed the target from here, so that stopping
  /// it again asks no more.
  public var hasTakenControl = false
  /// The moment that the live panes show, in microseconds of the host's clock; nil for the present.
  public var frozen: Int?
  /// The end of the time line when it was last clicked.
  var grip: Int?
  /// What the lines of a pane have to hold to be shown.
  var filters: [PaneID: String] = [:]
  /// The column that a table is sorted by; 0, or none, for its own order.
  var sorts: [PaneID: Int] = [:]
  /// How light a line of the log may be; see `logLevels`.
  var logLevel = 4
  /// The name of the handler that the histogram is of; empty for the first.
  var handler = ""
  /// Which of `timelineSteps` the time line has.
  var timelineStep = 3
  /// The screen that was the first, which `Esc` goes back to.
  var home = Screen.stacks
  /// Whether the person has done anything yet.
  var isTouched = false
  /// How many lines beyond the usual a pane has been scrolled, so that more are fetched.
  public var reach: [PaneID: Int] = [:]

  /// Creates the state that a dashboard starts in.
  public init(size: Size) { self.size = size }
}
