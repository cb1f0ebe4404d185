// The one place where file bytes are touched: every read is checked, none traps.

/// A run of bytes that outlives every view of it.
///
/// Reads outside the run answer zero; callers that must know ask `contains` first or use a
/// `ByteCursor`, which remembers that it failed.
struct ByteView {
  // Safety: `base` points to `count` readable bytes for as long as the owning `MappedFile` lives;
  // views never leave the module and every holder of one holds the file as well.
  let base: UnsafeRawPointer
  let count: Int

  /// Whether `length` bytes at `offset` are inside.
  @inline(__always)
  func contains(_ offset: Int, _ length: Int) -> Bool {
    offset >= 0 && length >= 0 && offset <= count && length <= count &- offset
  }

  /// The part of `length` bytes at `offset`, or `nil` if it is not wholly inside.
  func slice(_ offset: UInt64, _ length: UInt64) -> ByteView? {
    guard let start = Int(exactly: offset), let size = Int(exactly: length), contains(start, size)
    else { return nil }
    // Safety: checked to be inside the run just above.
    return ByteView(base: base + start, count: size)
  }

  /// A little-endian integer at `offset`; zero if it is not wholly inside.
  @inline(__always)
  func load<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
    guard contains(offset, MemoryLayout<T>.size) else { return 0 }
    // Safety: checked to be inside the run just above; unaligned loads are asked for.
    return T(littleEndian: (base + offset).loadUnaligned(as: T.self))
  }

  /// The bytes from `offset` to the next zero byte, without it; `nil` if there is none within
  /// `limit` bytes.
  func terminated(at offset: UInt64, limit: Int = 1 << 16) -> ByteView? {
    guard let start = Int(exactly: offset), start < count else { return nil }
    let last = start &+ min(limit, count &- start)
    var end = start
    // Safety: `end` stays below `count`.
    while end < last, base.load(fromByteOffset: end, as: UInt8.self) != 0 { end &+= 1 }
    guard end < last else { return nil }
    return ByteView(base: base + start, count: end &- start)
  }

  /// The text from `offset` to the next zero byte, repaired where it is no UTF-8.
  func string(at offset: UInt64, limit: Int = 1 << 16) -> String? {
    terminated(at: offset, limit: limit)?.text
  }

  /// Whether exactly these bytes and a zero byte are at `offset`.
  func hasTerminated(_ text: [UInt8], at offset: UInt64) -> Bool {
    guard let part = slice(offset, UInt64(text.count &+ 1)) else { return false }
    for index in text.indices where part.load(index, as: UInt8.self) != text[index] {
      return false
    }
    return part.load(text.count, as: UInt8.self) == 0
  }

  /// All bytes as text, repaired where they are no UTF-8.
  var text: String {
    // Safety: the run is `count` readable bytes.
    String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
  }

  /// All bytes, copied.
  var bytes: [UInt8] {
    // Safety: the run is `count` readable bytes.
    Array(UnsafeRawBufferPointer(start: base, count: count))
  }
}

/// Reads forward through a `ByteView`. Once a read went past the end, `failed` stays true and
/// every further read answers zero, so loops need to look at it once a round.
struct ByteCursor {
  let view: ByteView
  private(set) var offset: Int
  private(set) var failed = false

  /// Creates a cursor; one that has failed already if `offset` is outside.
  init(_ view: ByteView, at offset: Int = 0) {
    self.view = view
    self.offset = offset
    if offset < 0 || offset > view.count { fail() }
  }

  /// Creates a cursor; one that has failed already if `offset` is outside.
  init(_ view: ByteView, at offset: UInt64) { self.init(view, at: Int(exactly: offset) ?? -1) }

  /// Whether nothing is left to read.
  var isAtEnd: Bool { offset >= view.count }

  /// How many bytes are left.
  var remaining: Int { view.count &- offset }

  /// Marks everything from here as unreadable.
  mutating func fail() {
    failed = true
    offset = view.count
  }

  /// Moves forward by `length` bytes.
  @inline(__always)
  mutating func skip(_ length: Int) {
    if length >= 0 && length <= view.count &- offset { offset &+= length } else { fail() }
  }

  /// Moves forward by a length read from the file.
  mutating func skip(_ length: UInt64) { skip(Int(exactly: length) ?? -1) }

  @inline(__always)
  mutating func read<T: FixedWidthInteger>(_ type: T.Type) -> T {
    guard view.count &- offset >= MemoryLayout<T>.size else {
      fail()
      return 0
    }
    // Safety: checked to be inside the run just above; unaligned loads are asked for.
    let value = (view.base + offset).loadUnaligned(as: T.self)
    offset &+= MemoryLayout<T>.size
    return T(littleEndian: value)
  }

  @inline(__always) mutating func u8() -> UInt8 { read(UInt8.self) }
  @inline(__always) mutating func u16() -> UInt16 { read(UInt16.self) }
  @inline(__always) mutating func u32() -> UInt32 { read(UInt32.self) }
  @inline(__always) mutating func u64() -> UInt64 { read(UInt64.self) }

  /// An unsigned LEB128 number; bits over 64 are dropped.
  @inline(__always)
  mutating func uleb() -> UInt64 {
    let first = u8()
    if first < 0x80 { return UInt64(first) }
    return ulebTail(first)
  }

  private mutating func ulebTail(_ first: UInt8) -> UInt64 {
    var result = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while true {
      let byte = u8()
      if shift < 64 { result |= UInt64(byte & 0x7f) << shift }
      shift &+= 7
      if byte & 0x80 == 0 { return result }
    }
  }

  /// A signed LEB128 number; bits over 64 are dropped.
  mutating func sleb() -> Int64 {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = u8()
      if shift < 64 { result |= UInt64(byte & 0x7f) << shift }
      shift &+= 7
      if byte & 0x80 == 0 {
        if shift < 64 && byte & 0x40 != 0 { result |= ~0 << shift }
        return Int64(bitPattern: result)
      }
    }
  }

  /// A 4- or 8-byte offset, as the 32- or 64-bit DWARF format has them.
  @inline(__always)
  mutating func offset(is64Bit: Bool) -> UInt64 { is64Bit ? u64() : UInt64(u32()) }

  /// An address of `size` bytes: 1, 2, 4 or 8; other sizes fail.
  mutating func address(size: UInt8) -> UInt64 {
    switch size {
    case 8: return u64()
    case 4: return UInt64(u32())
    case 2: return UInt64(u16())
    case 1: return UInt64(u8())
    default:
      fail()
      return 0
    }
  }

  /// The next `length` bytes as a run of their own; fails if there are fewer.
  mutating func take(_ length: UInt64) -> ByteView? {
    guard let part = view.slice(UInt64(offset), length) else {
      fail()
      return nil
    }
    offset &+= part.count
    return part
  }

  /// Moves behind the next zero byte and returns what was before it.
  mutating func terminated() -> ByteView? {
    guard let text = view.terminated(at: UInt64(offset)) else {
      fail()
      return nil
    }
    offset &+= text.count &+ 1
    return text
  }

  /// Reads the initial length of a DWARF unit, table or entry: the run it covers and its format.
  mutating func initialLength() -> (length: UInt64, is64Bit: Bool)? {
    let short = u32()
    if short < 0xffff_fff0 { return failed ? nil : (UInt64(short), false) }
    guard short == 0xffff_ffff else {
      fail()
      return nil
    }
    let long = u64()
    return failed ? nil : (long, true)
  }
}
