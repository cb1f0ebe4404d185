// What every module writes its log lines with. The platform says at start where the ring lies,
// which clock to take and where the console is; before that, lines go nowhere.

/// The instance's log: a ring of records that survives a reset, and the console for what matters.
///
/// A line costs a few hundred instructions, allocates nothing (constant text) and never waits, and
/// may be written from anywhere, interrupt handlers included. When the ring is full the oldest
/// records are overwritten; their number can be told from the latest one's.
public enum Log {
  /// How much a line matters; the first matters most.
  @frozen public enum Level: UInt8, Comparable, Sendable {
    /// Something failed, and something that was asked for will not happen.
    case error = 0
    /// Something is wrong; the instance goes on as if it were not.
    case warning
    /// Something that whoever operates the instance wants to know.
    case notice
    /// Something that explains later what happened.
    case info
    /// Something that only a developer wants to know.
    case debug

    @inlinable public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  // Safety: these three are set at start, by the one core, before anything is logged.
  nonisolated(unsafe) private static var installed: LogRing?
  nonisolated(unsafe) private static var console: (@convention(c) (UnsafeRawPointer, Int) -> Void)?
  nonisolated(unsafe) private static var clock: (@convention(c) () -> UInt64)?
  // Safety: one byte, written by the application on the one core.
  /// The least important level whose lines go to the console too; all go to the ring.
  public nonisolated(unsafe) static var consoleLevel = Level.notice

  /// Makes `ring` the instance's. `console` is called with each line for the console, and `clock`
  /// tells the nanoseconds since boot.
  public static func start(
    _ ring: LogRing?, console: @escaping @convention(c) (UnsafeRawPointer, Int) -> Void,
    clock: @escaping @convention(c) () -> UInt64
  ) {
    installed = ring
    self.console = console
    self.clock = clock
  }

  /// The instance's ring, once there is one.
  public static var ring: LogRing? { installed }

  /// Nanoseconds since boot; 0 before the clock runs.
  public static var time: UInt64 { clock?() ?? 0 }

  /// Logs constant text.
  public static func write(_ level: Level, _ text: StaticString) {
    text.withUTF8Buffer { write(level, bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Logs text made at run time; what does not fit a record (96 bytes) is cut there, and marked.
  @_disfavoredOverload
  public static func write(_ level: Level, _ text: String) {
    // All strings of Embedded Swift are contiguous UTF-8; `withUTF8` would also link the rest.
    _ = text.utf8.withContiguousStorageIfAvailable {
      write(level, bytes: UnsafeRawBufferPointer($0))
    }
  }

  /// Logs the text's bytes.
  @inline(never)
  public static func write(_ level: Level, bytes: UnsafeRawBufferPointer) {
    let now = time
    installed?.append(.text, level: level.rawValue, time: now, bytes)
    if level <= consoleLevel, let console { LogText.line(level, time: now, bytes, to: console) }
  }
}
