// A prompt with editing, history and completion: libedit where there is a terminal, plain lines
// where there is none. While it waits for a key it also watches a descriptor for events, so that a
// target that stops by itself is reported at once.

internal import CLibedit
internal import Glibc
internal import TerminalKeeper

/// What a prompt read.
public enum ReadResult: Equatable, Sendable {
  case line(String)
  /// Ctrl-C: what was typed is dropped.
  case interrupted
  /// The end of input: Ctrl-D on an empty line.
  case end
}

/// Words that may replace the text from `start` to the cursor.
public struct LineCompletion: Equatable, Sendable {
  /// The offset in UTF-8 code units at which the word begins.
  public var start: Int
  public var candidates: [String]

  /// Creates a completion.
  public init(start: Int, candidates: [String]) {
    self.start = start
    self.candidates = candidates
  }
}

/// Reads lines. Confined to one thread; at most one of them reads at a time.
public final class LineEditor {
  /// What stands before each line.
  public var prompt: String
  /// The lines given before; every line read is added.
  public let history: History
  /// Answers TAB: the line and the cursor's offset in UTF-8 code units.
  public var completer: ((String, Int) -> LineCompletion)?
  /// Descriptors of which one becomes readable when `eventHandler` has something to do.
  public var eventDescriptors: [Int32] = []
  /// Called when one of them is readable: whole lines to show above the prompt.
  public var eventHandler: (() -> [String])?

  let input: Int32
  let output: Int32
  private var editor: OpaquePointer?
  private var entries: OpaquePointer?
  private var reader: ByteReader
  /// The prompt as libedit wants it: memory that outlives the call.
  private var promptText: UnsafeMutablePointer<CChar>?

  /// Creates an editor on two descriptors; libedit is used if both are terminals.
  public init(
    prompt: String = "(porthole) ", history: History = History(path: nil), input: Int32 = 0,
    output: Int32 = 1
  ) {
    self.prompt = prompt
    self.history = history
    self.input = input
    self.output = output
    reader = ByteReader(descriptor: input)
    if isatty(input) == 1, isatty(output) == 1 { openEditor() }
  }

  deinit {
    if let editor {
      porthole_el_close(editor)
      TerminalKeeper.disarm()
    }
    if let entries { history_end(entries) }
    free(promptText)
  }

  /// Whether lines can be edited, that is, whether there is a terminal.
  public var isInteractive: Bool { editor != nil }

  /// Shows the prompt and reads one line.
  public func readLine() -> ReadResult {
    guard let editor else { return readPlainLine() }
    setPrompt()
    // Safety: libedit calls back only inside `el_gets`, while `self` lives.
    porthole_el_set_data(editor, Unmanaged.passUnretained(self).toOpaque())
    Interrupts.beginPrompt()
    defer { Interrupts.end() }
    // libedit shows the prompt first and changes the terminal after; a Ctrl-D that is typed in
    // between would be the terminal's and not the line's.
    porthole_el_prepare(editor, 1)
    var count: Int32 = 0
    let text = el_gets(editor, &count)
    if Interrupts.take() {
      put("^C\n")
      el_reset(editor)
      return .interrupted
    }
    guard let text, count > 0 else {
      put("\n")
      return .end
    }
    // Safety: `el_gets` returned a terminated string that is valid until the next call.
    let line = Self.withoutEnd(String(cString: text))
    if history.append(line), let entries { porthole_history_enter(entries, line) }
    return .line(line)
  }

  private func openEditor() {
    setlocale(LC_CTYPE, "")
    var original = termios()
    guard tcgetattr(input, &original) == 0,
      let editor = porthole_el_open("porthole", input, output)
    else { return }
    self.editor = editor
    TerminalKeeper.arm(descriptor: input, sequence: [], original: original)
    porthole_el_set_prompt(editor) { editor in LineEditor.of(editor)?.promptText }
    porthole_el_set_emacs(editor)
    porthole_el_set_signal(editor, 0)
    porthole_el_set_reader(editor) { editor, character in
      LineEditor.of(editor)?.readCharacter(character) ?? -1
    }
    porthole_el_bind(editor, "porthole-complete", "Complete the word", "^I") { editor, _ in
      LineEditor.of(editor)?.complete() ?? UInt8(CC_ERROR)
    }
    porthole_el_bind_builtin(editor, "^R", "em-inc-search-prev")
    porthole_el_bind_builtin(editor, "^W", "ed-delete-prev-word")
    if let entries = history_init() {
      porthole_history_limit(entries, Int32(History.limit))
      for line in history.lines { porthole_history_enter(entries, line) }
      porthole_el_set_history(editor, entries)
      self.entries = entries
    }
    // ~/.editrc, or what $EDITRC names; it may change any of the above.
    el_source(editor, nil)
  }

  private func setPrompt() {
    free(promptText)
    promptText = strdup(prompt)
  }

  /// The editor that a callback of libedit belongs to.
  private static func of(_ editor: OpaquePointer?) -> LineEditor? {
    guard let editor, let data = porthole_el_data(editor) else { return nil }
    // Safety: `readLine` set it to an object that lives for the whole call.
    return Unmanaged<LineEditor>.fromOpaque(data).takeUnretainedValue()
  }

  private static func withoutEnd(_ line: String) -> String {
    var line = line
    while line.last == "\n" || line.last == "\r" || line.last == "\r\n" { line.removeLast() }
    return line
  }

  // MARK: Input

  /// libedit's reader: 1 for a character, 0 for the end, -1 for an error or Ctrl-C.
  private func readCharacter(_ character: UnsafeMutablePointer<wchar_t>?) -> Int32 {
    while true {
      if Interrupts.isPending { return -1 }
      handleSignals()
      if let scalar = reader.takeScalar() {
        character?.pointee = wchar_t(scalar.value)
        return 1
      }
      switch wait() {
      case .input:
        guard reader.fill() else { return reader.isAtEnd ? 0 : -1 }
      case .event: showEvents()
      case .interrupted: continue
      }
    }
  }

  private func readPlainLine() -> ReadResult {
    while true {
      if let line = reader.takeLine() {
        history.append(line)
        return .line(line)
      }
      switch wait() {
      case .input:
        guard !reader.fill() else { continue }
        guard let rest = reader.takeRest() else { return .end }
        return .line(rest)
      case .event:
        for line in eventHandler?() ?? [] { put(line + "\n") }
      case .interrupted: continue
      }
    }
  }

  private enum Wake { case input, event, interrupted }

  /// Waits for a key or an event.
  private func wait() -> Wake {
    var watched = [
      pollfd(fd: input, events: Int16(POLLIN), revents: 0),
      pollfd(fd: Interrupts.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    if eventHandler != nil {
      for descriptor in eventDescriptors {
        watched.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
    }
    guard poll(&watched, nfds_t(watched.count), -1) > 0 else { return .interrupted }
    if watched[1].revents != 0 {
      Interrupts.drain()
      return .interrupted
    }
    let awake = watched.dropFirst(2).filter { $0.revents != 0 }
    if !awake.isEmpty {
      // A descriptor that is gone would wake us for ever.
      let gone = awake.filter { $0.revents & Int16(POLLIN) == 0 }.map(\.fd)
      eventDescriptors.removeAll { gone.contains($0) }
      return .event
    }
    return .input
  }

  /// A new size, Ctrl-Z, and signals that end the process: the terminal is restored first.
  private func handleSignals() {
    guard let editor else { return }
    if Interrupts.take(SIGWINCH) { el_resize(editor) }
    if Interrupts.take(SIGTSTP) {
      porthole_el_prepare(editor, 0)
      raise(SIGSTOP)
      porthole_el_prepare(editor, 1)
      porthole_el_refresh(editor)
    }
    if let number = Interrupts.takeFatal() {
      porthole_el_prepare(editor, 0)
      TerminalKeeper.perform()
      signal(number, SIG_DFL)
      raise(number)
    }
  }

  private func showEvents() {
    let lines = eventHandler?() ?? []
    guard !lines.isEmpty, let editor else { return }
    // The line being typed is cleared, and drawn again below what is shown.
    put("\r\u{1b}[K" + lines.map { $0 + "\n" }.joined())
    porthole_el_refresh(editor)
  }

  // MARK: Completion

  /// Completes the word at the cursor as far as all candidates agree, else lists them.
  private func complete() -> UInt8 {
    guard let editor, let completer, let info = el_line(editor) else { return UInt8(CC_ERROR) }
    // Safety: the three pointers are into one buffer, in order, valid until the next edit.
    let start = info.pointee.buffer
    guard let start, let cursor = info.pointee.cursor, let end = info.pointee.lastchar,
      start <= cursor, cursor <= end
    else { return UInt8(CC_ERROR) }
    let bytes = UnsafeRawBufferPointer(start: start, count: end - start)
    let line = String(decoding: bytes, as: UTF8.self)
    let offset = cursor - start
    let completion = completer(line, offset)
    let typed = String(decoding: bytes.prefix(offset).dropFirst(completion.start), as: UTF8.self)
    guard completion.start <= offset, let common = Candidates.commonPrefix(completion.candidates)
    else { return UInt8(CC_ERROR) }
    if completion.candidates.count == 1 || common.utf8.count > typed.utf8.count {
      let isWhole = completion.candidates.count == 1 && offset == line.utf8.count
      let ending = isWhole && common.last != ":" && common.last != "/" ? " " : ""
      el_deletestr(editor, Int32(typed.unicodeScalars.count))
      guard el_insertstr(editor, common + ending) == 0 else { return UInt8(CC_ERROR) }
      return UInt8(CC_REFRESH)
    }
    put("\n" + Candidates.columns(completion.candidates, width: width))
    return UInt8(CC_REDISPLAY)
  }

  private var width: Int {
    var size = winsize()
    guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private func put(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      // Safety: `write` reads at most `count` bytes of the buffer it is given.
      let count = rest.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
