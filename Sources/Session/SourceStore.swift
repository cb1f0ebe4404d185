// Source files, read when a line of them is first shown. They are text somebody may have changed or
// replaced since the build, or a device that never ends: sizes are bounded and times compared.

internal import Glibc

/// One source file as it is on disk now.
public struct SourceFile: Sendable {
  public var path: String
  /// Its lines without their ends, the first at index 0; unsanitized.
  public var lines: [String]
  /// When it was last written, in seconds since 1970.
  public var modified: Int

  /// Creates a file from its contents.
  public init(path: String, text: String, modified: Int) {
    self.path = path
    self.modified = modified
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
  }
}

/// Reads source files and keeps those it has read.
public final class SourceStore {
  /// The largest file that is read, in bytes.
  public static let limit = 4 << 20

  private let read: (String) -> SourceFile?
  private var files: [String: SourceFile?] = [:]

  /// Creates a store over the file system.
  public convenience init() { self.init(reading: Self.readFile) }

  /// Creates a store over any other way to read a file; `nil` where there is no such file.
  public init(reading read: @escaping (String) -> SourceFile?) { self.read = read }

  /// Returns the file at `path`, or `nil` if there is none that can be shown.
  public func file(_ path: String) -> SourceFile? {
    if let known = files[path] { return known }
    if files.count > 64 { files.removeAll() }
    let file = read(path)
    files[path] = file
    return file
  }

  /// Returns when the file at `path` was last written, or `nil` if there is none.
  public static func modificationTime(of path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return status.st_mtim.tv_sec
  }

  private static func readFile(_ path: String) -> SourceFile? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= limit
    else { return nil }
    let wanted = Int(status.st_size)
    // Safety: `read` fills at most the `wanted - filled` bytes that the buffer has left.
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      while filled < wanted, let base = buffer.baseAddress {
        let count = Glibc.read(descriptor, base + filled, wanted - filled)
        guard count > 0 else { break }
        filled += count
      }
    }
    return SourceFile(
      path: path, text: String(decoding: bytes, as: UTF8.self), modified: status.st_mtim.tv_sec)
  }
}
