// The seam below reader and encoder: words of an instance's memory, wherever they come from - the
// instance itself, its RAM mapped, a dump, or the copy that frames have built.

/// Memory of an instance, by words.
public protocol TelemetryMemory {
  /// The word at `address`, a multiple of 8; nil if it cannot be read.
  func word(at address: UInt64) -> UInt64?
}

extension TelemetryMemory {
  /// The unsigned number of `width` bytes (1 to 8) at any address; nil if it cannot be read.
  @inline(never)
  public func number(at address: UInt64, width: Int = 8) -> UInt64? {
    guard width > 0, width <= 8 else { return nil }
    let shift = address & 7 &* 8
    guard let low = word(at: address & ~7) else { return nil }
    var value = low &>> shift
    if shift > 0, Int(address & 7) + width > 8 {
      guard let high = word(at: (address & ~7) &+ 8) else { return nil }
      value |= high &<< (64 &- shift)
    }
    return width == 8 ? value : value & (1 &<< UInt64(width &* 8) &- 1)
  }

  /// The bytes at `address`, at most `Bounds.textBytes`; nil if one cannot be read.
  public func bytes(at address: UInt64, count: UInt64) -> [UInt8]? {
    guard count <= UInt64(Bounds.textBytes) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(count))
    for offset in 0..<count {
      guard let byte = number(at: address &+ offset, width: 1) else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: byte))
    }
    return bytes
  }
}
