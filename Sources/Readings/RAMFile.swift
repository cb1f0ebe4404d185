// The guest's RAM as the file that QEMU keeps it in. Reading it costs the guest nothing and needs no
// consent of it: it may hang, be stopped or be dead. Read by `pread`, not mapped: looking at a page
// of a mapping that the guest never used would give it memory.

internal import Glibc
public import Telemetry

/// The RAM of an instance of this machine.
public final class RAMFile: TelemetryMemory {
  private let descriptor: Int32
  private let size: UInt64
  /// Bytes of RAM below the hole under 4 GiB; the rest stands above 4 GiB.
  private let low: UInt64
  /// Pages that were read since `refresh`; nil for one that is not there.
  private var pages: [UInt64: [UInt8]?] = [:]

  /// Opens the file. `low` is how much RAM lies below the hole under 4 GiB. Fails with `errno` set.
  public init?(path: String, low: UInt64) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_size > 0 else {
      if descriptor >= 0 { close(descriptor) }
      return nil
    }
    size = UInt64(status.st_size)
    self.low = min(low, size)
  }

  deinit { close(descriptor) }

  /// Forgets what was read, so that the next look is a new one.
  public func refresh() { pages.removeAll(keepingCapacity: true) }

  public func word(at address: UInt64) -> UInt64? {
    guard address & 7 == 0, let page = page(at: address & ~4095) else { return nil }
    let start = Int(address & 4095)
    return page.withUnsafeBytes { bytes in
      // Safety: a page has 4,096 bytes, and the offset is a multiple of 8 below that.
      UInt64(littleEndian: bytes.load(fromByteOffset: start, as: UInt64.self))
    }
  }

  private func page(at address: UInt64) -> [UInt8]? {
    if let known = pages[address] { return known }
    let page = offset(of: address).flatMap { read(at: $0, count: 4096) }
    pages[address] = .some(page)
    return page
  }

  /// Where a physical address stands in the file; nil where no RAM is.
  private func offset(of address: UInt64) -> UInt64? {
    if address < low { return address }
    guard address >= 1 << 32, address - (1 << 32) < size - low else { return nil }
    return address - (1 << 32) + low
  }

  private func read(at offset: UInt64, count: Int) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    // Safety: pread fills at most the array's own length.
    let got = buffer.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, count, off_t(offset))
    }
    return got == count ? buffer : nil
  }

  /// Where the root block is: the first page that begins with its magic and names itself. Looks
  /// at the pages that the guest has used, some milliseconds for a small one.
  public func findRoot() -> UInt64? {
    let span = 1 << 20
    var start = nextData(from: 0)
    while let position = start, position < low {
      let count = Int(min(UInt64(span), low - position)) & ~4095
      guard count > 0, let bytes = read(at: position, count: count) else { return nil }
      for page in stride(from: 0, to: count, by: 4096) {
        // Safety: each offset lies a page's length before the end, and is a multiple of 8.
        let magic = bytes.withUnsafeBytes { $0.load(fromByteOffset: page, as: UInt64.self) }
        let address = position + UInt64(page)
        if UInt64(littleEndian: magic) == RootLayout.magic, Root(at: address, in: self) != nil {
          return address
        }
      }
      start = nextData(from: position + UInt64(count))
    }
    return nil
  }

  /// lseek(2)'s `SEEK_DATA`, which the C library shows only to those that ask for GNU's extensions.
  private static let seekData: Int32 = 3

  /// The next place that is not a hole, by whole pages.
  private func nextData(from position: UInt64) -> UInt64? {
    let found = lseek(descriptor, off_t(position), Self.seekData)
    return found < 0 ? nil : UInt64(found) & ~4095
  }
}
