// What the dashboard's two threads tell each other. All of it is plain values.

internal import Bytes
internal import Inspect
internal import Live
internal import Session
internal import Views

/// From the screen's thread to the session's.
enum SessionRequest: Sendable {
  /// Runs a line of the prompt.
  case command(String)
  case selectFrame(Int)
  case selectThread(ThreadID)
  case viewMemory(Address, Int)
  case viewExpression(String)
  /// Shows a line of a source file instead of the frame's, until another frame is looked at.
  case viewSource(String, line: Int)
  case search([UInt8], from: Address, isBackwards: Bool)
  /// Stops the target; the person has confirmed it.
  case interrupt
  case complete(String)
  /// The answer to a `.question`.
  case answer(Bool)
  /// What the screens now show.
  case needs(ScreenNeeds)
  /// Leaves the target in order and ends the thread.
  case leave
}

/// From the session's thread to the screen's.
enum SessionReport: Sendable {
  case snapshot(Snapshot)
  /// What the instance tells of itself, from the reading thread.
  case live(Live)
  case output([OutputLine])
  /// The last command is over.
  case commandEnded
  case completions([String], for: String)
  /// Where an expression or a search led.
  case located(Address)
  /// A command asks; an `.answer` is awaited.
  case question(String)
  /// The session is over: left, killed, or the link lost.
  case over(Failure?)
}
