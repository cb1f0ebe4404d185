// Frames as gdb prints them: `#1  0x0000000000401136 in main (argc=1) at t.c:12`.

internal import Bytes
internal import JSON
internal import Session

enum FrameText {
  /// Returns an address with all its 16 digits, as gdb prints those of code.
  static func wide(_ address: Address) -> String {
    "0x" + Hex.digits(of: address.value, width: 16)
  }

  /// Whether gdb shows a frame's address: not at the start of a line, and not for a frame that
  /// inlined the one before it.
  static func showsAddress(
    _ frame: FrameSnapshot, inner: FrameSnapshot?, session: Session
  ) -> Bool {
    if frame.line == 0 { return true }
    if let inner { return !inner.isInlined }
    return session.symbols?.statement(at: frame.pc)?.lowerBound != frame.pc
  }

  /// Returns the frame without its number.
  static func text(_ frame: FrameSnapshot, showsAddress: Bool) -> String {
    var text = showsAddress ? wide(frame.pc) + " in " : ""
    text += (frame.function ?? "??") + " (" + frame.arguments + ")"
    if let file = frame.file, frame.line > 0 { text += " at \(file):\(frame.line)" }
    return text
  }

  /// Returns the frame with its number, as `backtrace` lists it.
  static func numbered(
    _ frame: FrameSnapshot, inner: FrameSnapshot?, session: Session
  ) -> String {
    let number = "#\(frame.index)"
    let padding = String(repeating: " ", count: max(1, 4 - number.utf8.count))
    let shows = showsAddress(frame, inner: inner, session: session)
    return number + padding + text(frame, showsAddress: shows)
  }

  /// Returns the frame's source line as `12<tab>text`; `nil` if it has none.
  static func sourceLine(_ frame: FrameSnapshot, session: Session) -> String? {
    guard let path = frame.file, frame.line > 0 else { return nil }
    guard let file = session.sources.file(path), frame.line <= file.lines.count else {
      return "\(frame.line)\tin \(path)"
    }
    return "\(frame.line)\t\(file.lines[frame.line - 1])"
  }

  /// A frame as JSON, everything its text says.
  static func object(_ frame: FrameSnapshot, session: Session) -> JSONValue {
    var object = JSONObject()
    object["index"] = .integer(frame.index)
    object["pc"] = .string(frame.pc.hex)
    if let cfa = frame.cfa { object["cfa"] = .string(cfa.hex) }
    object["function"] = frame.function.map { .string($0) } ?? .null
    object["file"] = frame.file.map { .string($0) } ?? .null
    object["line"] = frame.line > 0 ? .integer(frame.line) : .null
    object["inlined"] = .bool(frame.isInlined)
    object["interrupted"] = .bool(frame.isInterrupted)
    object["arguments"] = .string(frame.arguments)
    if let text = sourceLine(frame, session: session)?.split(
      separator: "\t", maxSplits: 1, omittingEmptySubsequences: false
    ).last {
      object["source"] = .string(String(text))
    }
    return .object(object)
  }
}
