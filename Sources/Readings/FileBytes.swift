// A file's bytes for the readers of cores and of RAM. Read by `pread`, not mapped: looking at a page
// of a mapping that a guest never used would give it memory, and a file that is cut off meanwhile
// would end the tool.

public import Cores
internal import Glibc

/// A file that is open for reading.
public final class FileBytes: ByteSource {
  /// The file.
  public let descriptor: Int32
  public let size: UInt64

  /// lseek(2)'s `SEEK_DATA`, which the C library shows only to those that ask for GNU's extensions.
  private static let seekData: Int32 = 3

  /// Opens a regular file. Fails with `errno` set.
  public init?(path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      if descriptor >= 0 { close(descriptor) }
      return nil
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      errno = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
      return nil
    }
    size = UInt64(status.st_size)
  }

  deinit { close(descriptor) }

  public func read(at offset: UInt64, count: Int) -> [UInt8] {
    guard count > 0, offset < size else { return [] }
    let wanted = min(count, Int(clamping: size - offset))
    return [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      // Safety: pread fills at most `wanted` bytes of the array, and says how many.
      filled = max(0, pread(descriptor, buffer.baseAddress, wanted, off_t(offset)))
    }
  }

  public func nextData(from offset: UInt64) -> UInt64? {
    guard offset < size else { return nil }
    let found = lseek(descriptor, off_t(offset), Self.seekData)
    if found < 0 { return errno == ENXIO ? nil : offset }
    return UInt64(found)
  }
}
