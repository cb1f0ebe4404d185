public import Bytes
internal import Expressions
public import Inspect

/// Why a session could not do what was asked. Each message says what to try next.
public enum SessionError: Error, Equatable, Sendable {
  case inspect(InspectError)
  /// No function, variable or symbol has that name.
  case noSymbol(String)
  case noSymbolFile
  case noFrame(Int)
  case noThread(ThreadID)
  /// No line table covers that place.
  case noLine(file: String, line: Int)
  case noBreakpoint(Int)
  case noRegister(String)
  /// A name with several addresses where one is needed.
  case ambiguous(String, [Address])
  case expression(String)
  /// Text that is no location or cannot be watched or assigned.
  case malformed(String)
  /// The target has to be stopped (or running) for that.
  case wrongState(String)
  /// The first text is what was refused, the second what to do about it.
  case readOnly(String, advice: String)

  /// What to tell the user, in one or two sentences.
  public var message: String {
    switch self {
    case .inspect(let error): error.message
    case .noSymbol(let name):
      "No symbol \"\(name)\" in current context. `info functions` lists names; TAB completes them."
    case .noSymbolFile:
      "No symbol table is loaded. Attach with --symbols FILE, or use addresses (*0x...)."
    case .noFrame(let index): "No frame \(index). `backtrace` lists the frames there are."
    case .noThread(let id): "Unknown thread \(id.thread). `info threads` lists them."
    case .noLine(let file, let line):
      "No code at or after line \(line) of \(file.isEmpty ? "the default file" : file). "
        + "`info sources` lists files; `list` shows lines."
    case .noBreakpoint(let number):
      "No breakpoint number \(number). `info breakpoints` lists them."
    case .noRegister(let name):
      "Invalid register `\(name)`. `info registers` lists the registers."
    case .ambiguous(let name, let addresses):
      "\"\(name)\" means \(addresses.count) places; write one of "
        + addresses.prefix(8).map { "*\($0.hex)" }.joined(separator: " ") + "."
    case .expression(let text), .malformed(let text): text
    case .wrongState(let text): text
    case .readOnly(let what, let advice):
      "\(what) is refused: this session only looks. \(advice)"
    }
  }
}

extension InspectError {
  /// What to tell the user, in one or two sentences.
  public var message: String {
    switch self {
    case .unreadable(let address): "Cannot access memory at address \(address.hex)"
    case .refused(let text): "The target refused: \(text)."
    case .forbidden(let text): "Refused: \(text)."
    case .unsupported(let text): "The target cannot do that: \(text)."
    case .wrongState(let text): text
    case .timedOut(let text):
      "No answer from the target (\(text)). Try `interrupt`, or attach again."
    case .lost(let text): "The link is gone: \(text). Attach again."
    }
  }
}
