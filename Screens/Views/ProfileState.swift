// What a person has chosen on the Profile screen.

public import Profiling

/// What the Profile screen counts, and what of it is shown.
public struct ProfileState: Equatable, Sendable {
  /// By what the functions are sorted.
  public enum Order: Int, CaseIterable, Sendable {
    case own, all, change, name
  }

  /// Whether the screen was ever shown: the profiler is started then.
  public var isOn = false
  /// Samples a second that are wanted; 0 for none.
  public var rate = 997
  /// Samples a second that the target is stopped for, where its own profiler is of no use.
  public var pauses = 0
  /// Whether the person has agreed to that.
  var mayPause = false
  public var span = ProfileSpan.tenSeconds
  public var grouping = ProfileGrouping.none
  public var choice = ProfileChoice()
  public var order = Order.own
  public var isReversed = false
  /// What was counted when the moment was marked that the present is compared with.
  public var mark: ProfileSlice?
  /// The boxes zoomed into, each in the one before; empty for the whole.
  public var zooms: [ProfileBox] = []
  /// The function selected in the table, wherever it is sorted to; nil for the first line.
  public var function: Int32?
  /// The box that the arrow keys move.
  public var selected = ProfileBox.whole
  /// The record's generation that the boxes are of.
  public var generation = 0

  /// Rates that `+` and `-` go through.
  static let rates = [0, 97, 499, 997, 1999, 4999]
  /// The same where the target is stopped for each sample, and where that begins.
  static let pauseRates = [0, 5, 10, 20, 50, 100, 200]
  static let usualPauses = 20

  /// Creates the state of a screen that nobody has seen.
  public init() {}

  /// The columns that can be sorted by; changes need something to compare with.
  var orders: [Order] { Order.allCases.filter { $0 != .change || mark != nil } }

  /// The time shown, in words.
  var spanText: String {
    switch span {
    case .second: "last 1 s"
    case .tenSeconds: "last 10 s"
    case .minute: "last 60 s"
    case .whole: grouping == .none ? "since start" : "last 60 s"
    }
  }
}
