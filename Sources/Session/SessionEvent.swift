// What a session tells its owner while the target runs.

internal import Bytes
public import Expressions
public import Inspect

/// Something that happened to a running target.
public enum SessionEvent: Equatable, Sendable {
  /// The motion is over and the target stands still.
  case stopped(StopSummary)
  /// Text for the console, unsanitized.
  case console([UInt8])
  case ended(EndReason)
  /// The link is gone; the text says why.
  case lost(String)
}

/// A stop, as a prompt reports it.
public struct StopSummary: Equatable, Sendable {
  /// Why a target stopped, in the user's terms.
  public enum Reason: Equatable, Sendable {
    /// A motion got where it was sent; nothing to say.
    case arrived
    case breakpoint(number: Int, isTemporary: Bool)
    /// A watched value changed, or was touched. The values are text, empty if unknown.
    case watchpoint(number: Int, expression: String, old: String, new: String)
    /// A watchpoint whose frame is gone, so that its expression means nothing any more.
    case watchpointOutOfScope(number: Int, expression: String)
    /// `finish` ended; what the function returned, if that is a scalar.
    case finished(returned: Value?)
    /// The answer to `interrupt`.
    case interrupted
    case signal(Int)
    /// A condition could not be evaluated, so its breakpoint stopped.
    case conditionFailed(number: Int, message: String)
  }
  public var reason: Reason
  public var thread: ThreadID?
  /// The innermost frame.
  public var frame: FrameSnapshot?
  /// Whether the frame differs from the one the motion started in, so that a prompt prints it.
  public var isNewFrame: Bool
  /// Whether the pc is at the start of a line, so that a prompt prints no address.
  public var isAtLineStart: Bool

  /// Creates a report.
  public init(
    reason: Reason, thread: ThreadID? = nil, frame: FrameSnapshot? = nil, isNewFrame: Bool = true,
    isAtLineStart: Bool = false
  ) {
    self.reason = reason
    self.thread = thread
    self.frame = frame
    self.isNewFrame = isNewFrame
    self.isAtLineStart = isAtLineStart
  }

  /// The reason in gdb's words, a line each; empty if there is nothing to say.
  public var headline: [String] {
    switch reason {
    case .arrived: []
    case .breakpoint(let number, let isTemporary):
      [(isTemporary ? "Temporary breakpoint " : "Breakpoint ") + "\(number)"]
    case .watchpoint(let number, let expression, let old, let new):
      ["Hardware watchpoint \(number): \(expression)", "Old value = \(old)", "New value = \(new)"]
    case .watchpointOutOfScope(let number, let expression):
      [
        "Watchpoint \(number) (\(expression)) deleted because the program has left the block in",
        "which its expression is valid.",
      ]
    case .finished(let value):
      value.map { ["Value returned: \(Expressions.ValueText.text($0))"] } ?? []
    case .interrupted: ["Program interrupted."]
    case .signal(let number): ["Program received signal \(Signal.description(of: number))."]
    case .conditionFailed(let number, let message):
      ["Error in testing the condition of breakpoint \(number):", message]
    }
  }
}

extension StopSummary.Reason {
  /// The reason in a few words, for a status line; empty where the target's own say as much.
  var note: String {
    switch self {
    case .arrived: "step done"
    case .breakpoint(let number, _), .conditionFailed(let number, _): "breakpoint \(number)"
    case .watchpoint(let number, _, _, _), .watchpointOutOfScope(let number, _):
      "watchpoint \(number)"
    case .finished: "function finished"
    case .interrupted: "on request"
    case .signal: ""
    }
  }
}
