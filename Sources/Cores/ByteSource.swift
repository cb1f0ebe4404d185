// Where a core's bytes come from: a file, or bytes in memory for tests and fuzzing.

/// Bytes that can be read at any place.
public protocol ByteSource: AnyObject {
  /// How many bytes there are.
  var size: UInt64 { get }

  /// Reads `count` bytes from `offset` on; fewer where the bytes end or cannot be read.
  func read(at offset: UInt64, count: Int) -> [UInt8]

  /// The next place from `offset` on that is not known to hold zeros only; nil if there is none.
  func nextData(from offset: UInt64) -> UInt64?
}

/// Bytes in memory.
public final class ByteArray: ByteSource {
  private let bytes: [UInt8]
  public var size: UInt64 { UInt64(bytes.count) }

  /// Holds these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public func read(at offset: UInt64, count: Int) -> [UInt8] {
    guard count > 0, offset < size else { return [] }
    let start = Int(offset)
    return Array(bytes[start..<(start + min(count, bytes.count - start))])
  }

  public func nextData(from offset: UInt64) -> UInt64? { offset < size ? offset : nil }
}

extension [UInt8] {
  /// The little-endian number of `width` bytes at `offset`; 0 if it is not wholly inside.
  func little(_ offset: Int, _ width: Int = 8) -> UInt64 {
    guard offset >= 0, width >= 0, offset <= count, width <= count - offset else { return 0 }
    var value: UInt64 = 0
    for index in (0..<width).reversed() { value = value << 8 | UInt64(self[offset + index]) }
    return value
  }

  /// Sets `width` bytes at `offset`, which have to be inside, to a little-endian number.
  mutating func set(_ value: UInt64, at offset: Int, _ width: Int = 8) {
    for index in 0..<width {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
    }
  }

  /// Appends a little-endian number of `width` bytes.
  mutating func append(_ value: UInt64, _ width: Int) {
    for index in 0..<width {
      append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8)))
    }
  }
}
