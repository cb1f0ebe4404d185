// The guest's RAM as the file that QEMU keeps it in, or as a core holds it. Reading it costs the
// guest nothing and needs no consent of it: it may hang, be stopped or be dead.

public import Cores
public import Telemetry

/// The RAM of an instance of this machine, or of one that is dead.
public final class RAMFile: TelemetryMemory {
  /// All of it, at any address.
  public let memory: AddressSpace
  /// Pages that were read since `refresh`; nil for one that is not there.
  private var pages: [UInt64: [UInt8]?] = [:]

  /// Opens a file of which these parts are RAM. Fails with `errno` set.
  public convenience init?(path: String, segments: [CoreSegment]) {
    guard let bytes = FileBytes(path: path), bytes.size > 0 else { return nil }
    self.init(AddressSpace(bytes, segments))
  }

  /// Memory that is open already.
  public init(_ memory: AddressSpace) { self.memory = memory }

  /// Forgets what was read, so that the next look is a new one.
  public func refresh() { pages.removeAll(keepingCapacity: true) }

  public func word(at address: UInt64) -> UInt64? {
    guard address & 7 == 0, let page = page(at: address & ~4095) else { return nil }
    let start = Int(address & 4095)
    guard start + 8 <= page.count else { return nil }
    return page.withUnsafeBytes { bytes in
      // Safety: the word was checked to lie inside, and the offset is a multiple of 8.
      UInt64(littleEndian: bytes.load(fromByteOffset: start, as: UInt64.self))
    }
  }

  private func page(at address: UInt64) -> [UInt8]? {
    if let known = pages[address] { return known }
    let bytes = memory.read(at: address, count: 4096)
    let page = bytes.isEmpty ? nil : bytes
    pages[address] = .some(page)
    return page
  }

  /// Where the root block is: the first page that begins with its magic and names itself. Looks
  /// at the pages that the guest has used, some milliseconds for a small one.
  public func findRoot() -> UInt64? {
    memory.firstData(most: 1 << 20) { position, bytes in
      for page in stride(from: 0, to: bytes.count - 4095, by: 4096) {
        // Safety: each offset lies a page's length before the end, and is a multiple of 8.
        let magic = bytes.withUnsafeBytes { $0.load(fromByteOffset: page, as: UInt64.self) }
        let address = position &+ UInt64(page)
        if UInt64(littleEndian: magic) == RootLayout.magic, Root(at: address, in: self) != nil {
          return address
        }
      }
      return nil
    }
  }
}
