// The file that a dump goes to: written under another name, and under its own only when it is whole.

internal import Cores
internal import Glibc
internal import Launcher

/// A core that is being written.
final class DumpFile {
  /// The file, for those that copy into it.
  let descriptor: Int32
  private let path: String
  private let draft: String
  private var isDone = false

  /// Creates the file beside its place.
  init(_ path: String) throws {
    self.path = path
    draft = "\(path).\(getpid())"
    descriptor = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(.no, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    close(descriptor)
    if !isDone { unlink(draft) }
  }

  /// Makes the file so long; what is not written stays a hole.
  func resize(_ size: UInt64) throws {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw failure() }
  }

  /// Writes bytes at a place, but for pages of zeros. Returns how many were written.
  func write(_ bytes: [UInt8], at place: UInt64) throws -> Int {
    var written = 0
    var start = 0
    while start < bytes.count {
      let end = min(start + 4096, bytes.count)
      if bytes[start..<end].contains(where: { $0 != 0 }) {
        guard
          pwrite(descriptor, Array(bytes[start..<end]), end - start, off_t(place) + start)
            == end - start
        else { throw failure() }
        written += end - start
      }
      start = end
    }
    return written
  }

  /// Writes the front of the core and gives the file its name.
  func finish(_ writer: CoreWriter) throws {
    guard let front = writer.front() else {
      throw Failure(.no, "the core has more segments or notes than there is room for")
    }
    try resize(writer.fileSize)
    guard pwrite(descriptor, front, front.count, 0) == front.count, rename(draft, path) == 0
    else { throw failure() }
    isDone = true
  }

  /// What the system says.
  func failure() -> Failure {
    Failure(.no, "cannot write \(path): \(String(cString: strerror(errno)))")
  }
}
