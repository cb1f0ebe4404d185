// Files that commands write at `-o`.

internal import Glibc
internal import Launcher

/// A file that was asked for by `-o`.
enum OutputFile {
  /// Writes all of it, or fails with the path and the reason; `-` is standard output.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    if path == "-" { return Output.bytes(bytes) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, Files.write(bytes, to: descriptor) else {
      throw Failure(.no, "\(path): \(String(cString: strerror(errno)))")
    }
  }
}
