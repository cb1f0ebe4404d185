internal import Glibc
internal import LineEditor
internal import Synchronization

/// A pseudo-terminal: the editor has the inner end, the test types and looks at the outer one.
final class Terminal: Sendable {
  let outer: Int32
  let inner: Int32

  init?() {
    outer = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>, which are no simple macros.
    var lock: Int32 = 0
    var number: Int32 = 0
    guard outer >= 0, ioctl(outer, 0x4004_5431, &lock) == 0, ioctl(outer, 0x8004_5430, &number) == 0
    else { return nil }
    inner = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard inner >= 0 else { return nil }
    var size = winsize(ws_row: 24, ws_col: 60, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(inner, UInt(TIOCSWINSZ), &size)
  }

  deinit {
    close(inner)
    close(outer)
  }

  func type(_ text: String) {
    var bytes = Array(text.utf8)
    // Safety: `write` reads at most `count` bytes of the array it is given.
    _ = write(outer, &bytes, bytes.count)
  }

  /// Everything that is shown until `text` is; nil if a minute passes without it, which only a
  /// fault explains.
  func show(until text: String) -> String? {
    var shown: [UInt8] = []
    for _ in 0..<600 {
      var watched = pollfd(fd: outer, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 100) > 0 else { continue }
      var chunk = [UInt8](repeating: 0, count: 4096)
      // Safety: `read` fills at most `chunk.count` bytes of the array it is given.
      let count = read(outer, &chunk, chunk.count)
      if count > 0 { shown += chunk[..<count] }
      let all = String(decoding: shown, as: UTF8.self)
      if all.contains(text) { return all }
    }
    return nil
  }
}

/// Types in a thread of its own while the test's thread reads.
///
/// Each step waits until something is shown and then types. If that is never shown the line is
/// ended with what it holds, so that the test fails and does not wait for ever.
final class Typist {
  private var thread = pthread_t()
  private let box: Box

  final class Box: Sendable {
    let terminal: Terminal
    let steps: [(until: String, keys: String)]
    let action: @Sendable (String) -> Void

    init(
      _ terminal: Terminal, _ steps: [(String, String)],
      _ action: @escaping @Sendable (String) -> Void
    ) {
      self.terminal = terminal
      self.steps = steps
      self.action = action
    }
  }

  init(
    _ terminal: Terminal, _ steps: [(String, String)],
    each action: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    box = Box(terminal, steps, action)
    let data = Unmanaged.passRetained(box).toOpaque()
    // Safety: the thread takes over the one reference that was retained for it.
    pthread_create(
      &thread, nil,
      { data in
        guard let data else { return nil }
        let box = Unmanaged<Box>.fromOpaque(data).takeRetainedValue()
        for step in box.steps {
          guard let shown = box.terminal.show(until: step.until) else {
            box.terminal.type("<\(step.until) was not shown>\r")
            return nil
          }
          box.action(shown)
          if step.keys == "<interrupt>" {
            kill(getpid(), SIGINT)
          } else {
            box.terminal.type(step.keys)
          }
        }
        return nil
      }, data)
  }

  func finish() { pthread_join(thread, nil) }
}

/// A folder that is gone with the test.
struct Scratch {
  let path: String

  init() {
    path = "/tmp/porthole-lines-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
  }

  func remove() {
    _ = system("rm -rf '\(path)'")
  }
}
