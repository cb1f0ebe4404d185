import CNcurses
import Canvas
import Glibc
import Terminal
import Testing

/// A pseudo-terminal whose other end the test holds.
private final class Pseudo {
  private static let TIOCSPTLCK = 0x4004_5431
  private static let TIOCGPTN = 0x8004_5430
  let master: Int32
  let slave: Int32

  init?(columns: UInt16, rows: UInt16) {
    master = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    var number: Int32 = 0
    var unlocked: Int32 = 0
    guard master >= 0, ioctl(master, UInt(Self.TIOCSPTLCK), &unlocked) == 0,
      ioctl(master, UInt(Self.TIOCGPTN), &number) == 0
    else { return nil }
    slave = Glibc.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    guard slave >= 0 else { return nil }
    resize(columns: columns, rows: rows)
  }

  deinit {
    close(master)
    close(slave)
  }

  func resize(columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// Everything that was sent to the terminal since the last call.
  func sent() -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(master, &buffer, buffer.count), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  var modes: termios {
    var modes = termios()
    tcgetattr(slave, &modes)
    return modes
  }
}

@Suite("A terminal", .serialized)
final class TerminalTests {
  private let saved: [(String, String?)]

  init() {
    let names: [String] = ["TERM", "LC_ALL", "NO_COLOR"]
    saved = names.map { name in (name, getenv(name).map { String(cString: $0) }) }
  }

  // Other suites share this process's environment.
  deinit {
    for (name, value) in saved {
      if let value { setenv(name, value, 1) } else { unsetenv(name) }
    }
    setlocale(LC_CTYPE, "")
  }

  private func open(
    _ pseudo: Pseudo, type: String = "xterm-256color", color: ColorChoice = .auto
  ) throws -> Terminal {
    setenv("TERM", type, 1)
    setenv("LC_ALL", "C.UTF-8", 1)
    unsetenv("NO_COLOR")
    return try Terminal.open(input: pseudo.slave, output: pseudo.slave, color: color)
  }

  private func canvas(_ text: String, _ size: Size) -> Canvas {
    var canvas = Canvas(size: size)
    canvas.draw(text, column: 2, row: 1, limit: 20, style: Style(.error))
    return canvas
  }

  @Test("is taken over with mouse and pastes, and given back as it was")
  func takesAndGives() throws {
    let pseudo = try #require(Pseudo(columns: 40, rows: 10))
    let before = pseudo.modes
    let terminal = try open(pseudo)
    #expect(terminal.size == Size(columns: 40, rows: 10))
    #expect(terminal.glyphs == .unicode)
    #expect(pseudo.modes.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == 0)
    terminal.draw(canvas("Grüße 日本", terminal.size))
    let taken = pseudo.sent()
    for wanted in ["\u{1b}[?1049h", "\u{1b}[?1000h", "\u{1b}[?1006h", "\u{1b}[?2004h", "日本"] {
      #expect(taken.contains(wanted))
    }
    terminal.close()
    terminal.close()
    let given = pseudo.sent()
    for wanted in ["\u{1b}[?1049l", "\u{1b}[?1000l", "\u{1b}[?2004l", "\u{1b}[?25h"] {
      #expect(given.contains(wanted))
    }
    let after = pseudo.modes
    #expect(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag)
    #expect(after.c_oflag == before.c_oflag && after.c_cflag == before.c_cflag)
  }

  @Test("sends only what changed")
  func economy() throws {
    let pseudo = try #require(Pseudo(columns: 80, rows: 24))
    let terminal = try open(pseudo)
    defer { terminal.close() }
    terminal.draw(canvas("first", terminal.size))
    _ = pseudo.sent()
    terminal.draw(canvas("firsX", terminal.size))
    let sent = pseudo.sent()
    #expect(sent.contains("X") && !sent.contains("f") && sent.utf8.count < 80)
    terminal.repaint()
    terminal.draw(canvas("firsX", terminal.size))
    #expect(pseudo.sent().contains("firsX"))
  }

  @Test("reports keys, mouse, pastes and a new size")
  func events() throws {
    let pseudo = try #require(Pseudo(columns: 80, rows: 24))
    let terminal = try open(pseudo)
    defer { terminal.close() }
    pseudo.type("a\u{1b}[A\u{3}\u{1b}[<0;3;4M\u{1b}[200~x\ny\u{1b}[201~\u{1b}")
    var entry = pollfd(fd: terminal.inputDescriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&entry, 1, 2000) == 1)
    #expect(
      terminal.readEvents() == [
        .key(.character("a")), .key(.up), .key(.control("c")),
        .mouse(MouseEvent(.pressed, at: Point(column: 2, row: 3))), .paste("x\ny"),
        .key(.escape),
      ])
    pseudo.resize(columns: 100, rows: 30)
    #expect(terminal.readEvents() == [.resized(Size(columns: 100, rows: 30))])
    #expect(terminal.size == Size(columns: 100, rows: 30))
    #expect(terminal.readEvents() == [])
  }

  @Test("wakes its descriptor for SIGWINCH")
  func wakes() throws {
    let pseudo = try #require(Pseudo(columns: 80, rows: 24))
    let terminal = try open(pseudo)
    defer { terminal.close() }
    pseudo.resize(columns: 90, rows: 24)
    kill(getpid(), SIGWINCH)
    var entry = pollfd(fd: terminal.inputDescriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&entry, 1, 2000) == 1)
    #expect(terminal.readEvents() == [.resized(Size(columns: 90, rows: 24))])
  }

  @Test(
    "uses colour as asked",
    arguments: [
      (ColorChoice.auto, "", true), (.auto, "1", false), (.always, "1", true),
      (.never, "", false),
    ])
  func colour(choice: ColorChoice, noColor: String, isColoured: Bool) throws {
    let pseudo = try #require(Pseudo(columns: 80, rows: 24))
    setenv("TERM", "xterm-256color", 1)
    setenv("NO_COLOR", noColor, 1)
    defer { unsetenv("NO_COLOR") }
    let terminal = try Terminal.open(input: pseudo.slave, output: pseudo.slave, color: choice)
    defer { terminal.close() }
    terminal.draw(canvas("red", terminal.size))
    #expect(pseudo.sent().contains("38;5;160") == isColoured)
  }

  @Test("draws ASCII where the locale knows no more")
  func plainLocale() throws {
    let pseudo = try #require(Pseudo(columns: 80, rows: 24))
    setenv("TERM", "xterm", 1)
    setenv("LC_ALL", "C", 1)
    defer { setenv("LC_ALL", "C.UTF-8", 1) }
    let terminal = try Terminal.open(input: pseudo.slave, output: pseudo.slave)
    defer { terminal.close() }
    #expect(terminal.glyphs == .ascii)
  }

  @Test("says what to do where no screen can be shown", arguments: ["dumb", "no-such-type", ""])
  func unusable(type: String) throws {
    let pseudo = try #require(Pseudo(columns: 80, rows: 24))
    let before = pseudo.modes
    setenv("TERM", type, 1)
    #expect(throws: TerminalError.unusable(type: type)) {
      try Terminal.open(input: pseudo.slave, output: pseudo.slave)
    }
    #expect(pseudo.modes.c_lflag == before.c_lflag)
    #expect(TerminalError.unusable(type: type).message.contains("porthole repl"))
  }

  @Test("needs a terminal")
  func noTerminal() throws {
    let file = Glibc.open("/dev/null", O_RDWR)
    defer { close(file) }
    #expect(throws: TerminalError.noTerminal) { try Terminal.open(input: file, output: file) }
  }
}
