// The terminal: the only module that knows curses. Curses draws (it knows the terminal's sequences
// and sends no more than has changed); input is decoded by `InputDecoder`, which can be tested.

internal import CNcurses
public import Canvas
internal import Glibc
internal import TerminalKeeper

/// A terminal that shows canvases and reports keys, mouse and size. Confined to one thread.
public final class Terminal {
  /// Readable when `readEvents` has something to report; for `poll`.
  public var inputDescriptor: Int32 { wakeup.descriptor }
  /// The grid's present size.
  public private(set) var size: Size
  /// Whether to draw with Unicode characters: what the locale says.
  public let glyphs: Glyphs

  private let input: Int32
  private let output: Int32
  // Safety: owned by this object, used on its thread, deleted in `close`.
  private nonisolated(unsafe) let screen: OpaquePointer
  // Safety: as `screen`.
  private nonisolated(unsafe) let files: (UnsafeMutablePointer<FILE>, UnsafeMutablePointer<FILE>)
  private let wakeup: Wakeup
  private let sequences: Sequences
  private var decoder: InputDecoder
  private var painter: Painter
  private var isOpen = true

  /// Takes over the terminal on standard input and output.
  ///
  /// From here on until `close` the terminal is restored whenever the process ends.
  /// Tests give descriptors of a terminal of their own.
  public static func open(
    input: Int32 = 0, output: Int32 = 1, color: ColorChoice = .auto, theme: Theme = .standard
  ) throws(TerminalError) -> Terminal {
    try Terminal(input: input, output: output, color: color, theme: theme)
  }

  private init(
    input: Int32, output: Int32, color: ColorChoice, theme: Theme
  ) throws(TerminalError) {
    // The type of characters only: numbers are printed and parsed in C's way everywhere.
    // Safety: literals and the environment's own strings.
    unsafe setlocale(LC_CTYPE, "")
    let codeset = unsafe String(cString: cnc_codeset())
    glyphs = codeset == "UTF-8" ? .unicode : .ascii
    guard isatty(input) == 1, isatty(output) == 1 else { throw .noTerminal }
    let type = environment("TERM") ?? ""
    var original = termios()
    unsafe tcgetattr(input, &original)
    // Curses gets streams of its own, so that nothing else's buffering meets it.
    guard let outFile = unsafe fdopen(fcntl(output, F_DUPFD_CLOEXEC, 3), "w"),
      let inFile = unsafe fdopen(fcntl(input, F_DUPFD_CLOEXEC, 3), "r")
    else { throw .noTerminal }
    // Before curses starts: it leaves SIGTSTP alone for good if somebody handles it already, and
    // would else ignore it while it draws (lib_tstp.c), which loses one that comes just then.
    let wakeup = Wakeup(input: input)
    guard let screen = unsafe newterm(type, outFile, inFile) else {
      wakeup.close()
      unsafe fclose(outFile)
      unsafe fclose(inFile)
      throw .unusable(type: type)
    }
    guard unsafe cnc_string("cup") != nil else {
      endwin()
      wakeup.close()
      unsafe delscreen(screen)
      throw .unusable(type: type)
    }
    unsafe self.screen = screen
    unsafe files = (outFile, inFile)
    self.input = input
    self.output = output
    sequences = Sequences(type: type)
    TerminalKeeper.arm(descriptor: output, sequence: sequences.restore, original: original)
    cnc_prepare()
    let depth = Self.depth(color)
    if depth > .none {
      start_color()
      use_default_colors()
    }
    painter = Painter(depth: depth, theme: theme)
    decoder = InputDecoder(extra: sequences.keys)
    self.wakeup = wakeup
    size = Size(columns: 80, rows: 24)
    cnc_refresh()
    send(sequences.enter)
    size = measure()
  }

  deinit { close() }

  /// Draws a canvas: only what changed since the last one is sent.
  public func draw(_ canvas: Canvas) {
    guard isOpen else { return }
    painter.paint(canvas)
    if let cursor = canvas.cursor {
      cnc_move(Int32(cursor.row), Int32(cursor.column))
      curs_set(1)
    } else {
      curs_set(0)
    }
    send(sequences.beginUpdate)
    cnc_refresh()
    send(sequences.endUpdate)
  }

  /// Draws everything anew with the next canvas, also what should not have changed.
  public func repaint() {
    painter.forget()
    cnc_repaint()
  }

  /// Returns what has happened since the last call; never waits, but for the 25 ms in which an
  /// Escape may turn out to begin a key.
  public func readEvents() -> [InputEvent] {
    guard isOpen else { return [] }
    var events: [InputEvent] = []
    let signals = wakeup.takeSignals()
    if signals.contains(SIGTSTP) {
      events += suspend()
    } else if signals.contains(SIGCONT) {
      resume()
      events.append(.resumed)
    }
    events += decoder.received(readBytes())
    while decoder.isUndecided, isReadable(milliseconds: 25) {
      let more = readBytes()
      guard !more.isEmpty else { break }
      events += decoder.received(more)
    }
    if decoder.isUndecided { events += decoder.timedOut() }
    let now = measure()
    if now != size {
      size = now
      resizeterm(Int32(now.rows), Int32(now.columns))
      repaint()
      events.append(.resized(now))
    }
    return events
  }

  /// Gives the terminal back, stops the process until it is continued, and takes it again.
  public func suspend() -> [InputEvent] {
    guard isOpen else { return [] }
    leave()
    // Stop for good: a SIGTSTP of our own might be blocked or ignored.
    raise(SIGSTOP)
    _ = wakeup.takeSignals()
    resume()
    return [.resumed]
  }

  /// Gives the terminal back as it was. Closing twice is harmless.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    leave()
    TerminalKeeper.disarm()
    wakeup.close()
    unsafe delscreen(screen)
    unsafe fclose(files.0)
    unsafe fclose(files.1)
  }

  private func leave() {
    curs_set(1)
    endwin()
    send(sequences.leave)
  }

  private func resume() {
    reset_prog_mode()
    repaint()
    cnc_refresh()
    send(sequences.enter)
  }

  /// Writes past curses, whose buffer is empty after every refresh.
  private func send(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      // Safety: writes from the slice's own storage.
      let count = unsafe bytes.withUnsafeBytes { unsafe write(output, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  private func readBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while isReadable(milliseconds: 0) {
      // Safety: reads into the array's own storage.
      let count = unsafe read(input, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
      guard bytes.count < 1 << 20 else { break }
    }
    return bytes
  }

  private func isReadable(milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
    // Safety: one entry, as the count says.
    return unsafe poll(&entry, 1, milliseconds) == 1 && entry.revents & Int16(POLLIN) != 0
  }

  private func measure() -> Size {
    var window = winsize()
    // Safety: the kernel fills in the structure.
    if unsafe cnc_window_size(output, &window) == 0, window.ws_col > 0, window.ws_row > 0 {
      return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }
    var rows: Int32 = 0
    var columns: Int32 = 0
    unsafe cnc_size(&rows, &columns)
    return Size(columns: Int(columns), rows: Int(rows))
  }

  private static func depth(_ choice: ColorChoice) -> ColorDepth {
    switch choice {
    case .never: return .none
    case .auto:
      // no-color.org: any value but the empty one.
      if let value = environment("NO_COLOR"), !value.isEmpty { return .none }
    case .always: break
    }
    guard has_colors() else { return .none }
    start_color()
    switch cnc_colors() {
    case 0x100_0000...: return .direct
    case 256...: return .palette
    case 8...: return .basic
    default: return .none
    }
  }
}

/// Returns a variable of the environment.
func environment(_ name: String) -> String? {
  // Safety: the string is copied at once.
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
