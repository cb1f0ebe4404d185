// An application as a Linux program: how a file is known to be one, and how it is started. It
// carries a note of its own (Kernel/CHosted/options.c), so that no other program is ever run.

/// A Linux program made of an application and the hosted kernel, and what it is started with.
public struct HostProgram: Hashable, Sendable {
  /// The program's absolute path.
  public var path: String
  /// Whether it gives up the system calls that it does not need.
  public var isSandboxed = false
  /// Files that stand in for disks.
  public var disks: [String] = []
  /// The application's own words.
  public var words: [String] = []

  /// A program and what it is started with.
  public init(path: String, isSandboxed: Bool = false, disks: [String] = [], words: [String] = []) {
    self.path = path
    self.isSandboxed = isSandboxed
    self.disks = disks
    self.words = words
  }

  /// Its command line, without its name.
  var arguments: [String] {
    (isSandboxed ? ["--sandbox"] : []) + disks.flatMap { ["--disk", $0] }
      + (words.isEmpty ? [] : ["--"] + words)
  }

  /// Starts it on this process's standard input, output and error, in the terminal's foreground.
  /// It ends with the calling thread.
  public func start() throws(LaunchError) -> ChildProcess {
    try ChildProcess.start(
      path, arguments, input: 0, output: 1, error: 2, ownSession: false, diesWithParent: true)
  }

  /// Whether a file is such a program. Reads its first page.
  public static func isOne(_ path: String) -> Bool {
    isOne(firstPage: Files.read(path, from: 0, count: 4096) ?? [])
  }

  /// Whether the first page of a 64-bit little-endian ELF executable has the note in it.
  static func isOne(firstPage page: [UInt8]) -> Bool {
    func number(_ offset: Int, _ size: Int) -> Int? {
      guard offset >= 0, offset <= page.count - size else { return nil }
      return page[offset..<offset + size].reversed().reduce(0) { $0 &<< 8 | Int($1) }
    }
    guard page.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), number(16, 2) == 2,  // ET_EXEC
      let table = number(32, 8), let size = number(54, 2), let count = number(56, 2)
    else { return false }
    for index in 0..<min(count, 64) {
      let header = min(max(table, 0), 4096) + index * size
      guard number(header, 4) == 4,  // PT_NOTE
        let start = number(header + 8, 8), let length = number(header + 32, 8),
        (0...page.count).contains(start), length > 0
      else { continue }
      var note = start
      let end = start + min(length, page.count - start)
      while let nameSize = number(note, 4), let size = number(note + 4, 4), note < end {
        if nameSize == 9, size == 4, number(note + 8, 4) == 0x686f_7374,
          page[(note + 12)...].starts(with: Array("Porthole\0".utf8)),
          number(note + 24, 4) == 1  // its version
        {
          return true
        }
        note += 12 + (nameSize + 3) & ~3 + (size + 3) & ~3
      }
    }
    return false
  }
}
