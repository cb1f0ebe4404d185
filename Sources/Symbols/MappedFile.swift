// A file's bytes in memory.

internal import Glibc

/// A file mapped read-only for as long as this object lives, or a copy of bytes for tests.
///
/// A file that is truncated while mapped ends the process (SIGBUS) when its lost pages are read:
/// linkers replace images by a new file, they do not truncate the old one.
final class MappedFile {
  let view: ByteView
  // Safety: the pointer and length that mmap returned; unmapped once, in deinit.
  private let mapping: UnsafeMutableRawPointer?
  private let owned: UnsafeMutableRawPointer?

  /// Maps a whole file.
  init(path: String) throws(SymbolError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .cannotOpen("\(path): \(Self.lastError())")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .cannotOpen("\(path): not a regular file")
    }
    guard status.st_size > 0, let size = Int(exactly: status.st_size) else {
      throw .malformed("\(path): the file is empty")
    }
    // Safety: a fresh private read-only mapping of a file that was just opened.
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address = address, address != MAP_FAILED else {
      throw .cannotOpen("\(path): \(Self.lastError())")
    }
    mapping = address
    owned = nil
    view = ByteView(base: UnsafeRawPointer(address), count: size)
  }

  /// Holds a copy of bytes.
  init(bytes: [UInt8]) {
    // Safety: allocated here with room for every byte, filled at once, freed in deinit.
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { copy.copyMemory(from: start, byteCount: source.count) }
    }
    mapping = nil
    owned = copy
    view = ByteView(base: UnsafeRawPointer(copy), count: bytes.count)
  }

  deinit {
    // Safety: nothing else unmaps or frees these, and no view outlives this object.
    if let mapping = mapping { munmap(mapping, view.count) }
    if let owned = owned { owned.deallocate() }
  }

  private static func lastError() -> String {
    // Safety: strerror answers a terminated string that is valid until the next call.
    String(cString: strerror(errno))
  }
}
