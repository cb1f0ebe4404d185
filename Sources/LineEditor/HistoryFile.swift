// The history's file: one line an entry, appended under a lock, mode 0600.

internal import Glibc

enum HistoryFile {
  /// The most that is read, from the end of the file, in bytes.
  private static let limit = 4 << 20

  /// Creates the folders that a path needs, mode 0700.
  static func makeFolder(of path: String) {
    var folder = ""
    for part in path.split(separator: "/").dropLast() {
      folder += "/" + part
      mkdir(folder, 0o700)
    }
  }

  /// Returns the file's lines; none if there is no such file.
  static func read(_ path: String) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    return lines(of: descriptor)
  }

  /// Adds a line at the end.
  static func append(_ line: String, to path: String) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    flock(descriptor, LOCK_EX)
    put(Array((line + "\n").utf8), to: descriptor)
  }

  /// Keeps only the last lines, in place, so that a run that appends meanwhile loses nothing.
  static func shorten(_ path: String, to count: Int) {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    flock(descriptor, LOCK_EX)
    let kept = lines(of: descriptor).suffix(count)
    guard ftruncate(descriptor, 0) == 0 else { return }
    lseek(descriptor, 0, SEEK_SET)
    put(kept.flatMap { Array(($0 + "\n").utf8) }, to: descriptor)
  }

  private static func lines(of descriptor: Int32) -> [String] {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
    let isCut = status.st_size > limit
    if isCut { lseek(descriptor, -limit, SEEK_END) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
      // Safety: `read` fills at most `chunk.count` bytes of the array it is given.
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    var lines = bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    if isCut, !lines.isEmpty { lines.removeFirst() }
    return lines
  }

  private static func put(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Safety: `write` reads at most `count` bytes of the buffer it is given.
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
