// Memory for tests of what reads telemetry: sparse, and written by hand, byte by byte from SPEC.md
// (Protocols/Telemetry).

public import Telemetry

/// Bytes at made-up addresses; what was not written cannot be read.
public final class PaperMemory: TelemetryMemory {
  /// What was written.
  public private(set) var bytes: [UInt64: UInt8] = [:]
  /// Words that were asked for.
  public private(set) var looks = 0

  /// Memory in which nothing can be read.
  public init() {}

  public func word(at address: UInt64) -> UInt64? {
    looks += 1
    var word: UInt64 = 0
    for offset in (0..<8).reversed() {
      guard let byte = bytes[address &+ UInt64(offset)] else { return nil }
      word = word << 8 | UInt64(byte)
    }
    return word
  }

  /// Writes numbers of any width, and text, one after another; pads with zeros to a whole word.
  public func write(_ address: UInt64, _ parts: any Part...) {
    var next = address
    for part in parts {
      for byte in part.written {
        bytes[next] = byte
        next &+= 1
      }
    }
    while next % 8 != 0 {
      if bytes[next] == nil { bytes[next] = 0 }
      next &+= 1
    }
  }

  /// Changes one byte.
  public func poke(_ address: UInt64, _ byte: UInt8) { bytes[address] = byte }

  /// Writes zeros.
  public func zero(_ address: UInt64, count: Int) {
    for offset in 0..<UInt64(count) { bytes[address &+ offset] = 0 }
  }
}

/// What can be written.
public protocol Part { var written: [UInt8] { get } }
extension UInt8: Part { public var written: [UInt8] { [self] } }
extension UInt16: Part {
  public var written: [UInt8] { (0..<2).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
extension UInt32: Part {
  public var written: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
extension UInt64: Part {
  public var written: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
extension String: Part { public var written: [UInt8] { Array(utf8) } }

extension PaperMemory {
  /// Where the root block is.
  public static var root: UInt64 { 0x5000 }
  /// Where the entries are.
  public static var entries: UInt64 { 0x10000 }

  /// Writes a root block for so many entries, as SPEC.md has it.
  public func writeRoot(
    entries count: UInt32, generation: UInt64 = 2, at root: UInt64 = PaperMemory.root
  ) {
    write(
      root, "PORTHOLE", UInt32(1), UInt32(128), generation, PaperMemory.entries, count, UInt32(64),
      UInt32(32), UInt32(62), UInt64(0x6000), UInt32(20), UInt32(0), UInt64(0x6100), root)
    zero(root + 80, count: 48)
    write(0x6000, "0123456789abcdefghij")
    write(0x6100, UInt64(1000), UInt64(5), UInt64(1) << 33)
  }

  /// Writes entry `index` and its name.
  public func writeEntry(
    _ index: UInt64, _ name: String, kind: UInt8, unit: UInt8 = 0, flags: UInt16 = 0,
    address: UInt64, fields: (UInt64, UInt16) = (0, 0), count: UInt64 = 0, capacity: UInt32 = 0,
    stride: UInt32 = 8, type: UInt8 = 1
  ) {
    let nameAddress = 0x8003 + index * 64  // not aligned, as names are not
    write(nameAddress & ~7, UInt64(0))
    write(nameAddress, name)
    let place = PaperMemory.entries + index * 64
    write(
      place, nameAddress, UInt16(name.utf8.count), kind, unit, flags, fields.1, address, fields.0,
      count, capacity, stride, type)
    zero(place + 56, count: 8)
  }

  /// Writes field `index` of the description at `address`, and its name.
  public func writeField(
    _ index: UInt64, at address: UInt64, _ name: String, type: UInt8, offset: UInt16,
    width: UInt16, extra: (UInt64, UInt32) = (0, 0)
  ) {
    let place = address + index * 32
    write(0x9000 + place % 0x1000, name)
    write(
      place, 0x9000 + place % 0x1000, UInt16(name.utf8.count), type, UInt8(0), offset, width,
      extra.0, extra.1, UInt32(0))
  }
}
