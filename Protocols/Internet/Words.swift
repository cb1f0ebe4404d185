// Numbers in network byte order, and copies, over the spans that packets are read from and written
// to. Offsets are the caller's to keep within the span: a wrong one is a mistake here, not in what
// came in, and traps.

extension Span where Element == UInt8 {
  /// The 16 bits at `offset`.
  @inline(__always)
  package func word16(_ offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset &+ 1])
  }

  /// The 32 bits at `offset`.
  @inline(__always)
  package func word32(_ offset: Int) -> UInt32 {
    UInt32(word16(offset)) << 16 | UInt32(word16(offset &+ 2))
  }
}

extension MutableSpan where Element == UInt8 {
  /// Stores 16 bits at `offset`.
  @inline(__always)
  package mutating func store16(_ offset: Int, _ value: UInt16) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset &+ 1] = UInt8(truncatingIfNeeded: value)
  }

  /// Stores 32 bits at `offset`.
  @inline(__always)
  package mutating func store32(_ offset: Int, _ value: UInt32) {
    store16(offset, UInt16(truncatingIfNeeded: value >> 16))
    store16(offset &+ 2, UInt16(truncatingIfNeeded: value))
  }

  /// Copies `source` to `offset`, where it must fit.
  package mutating func copy(_ source: Span<UInt8>, at offset: Int) {
    precondition(offset >= 0 && source.count <= count &- offset)
    // Safety: what is written lies within, by the line above.
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { source in
        guard let to = target.baseAddress, let from = source.baseAddress else { return }
        unsafe (to + offset).copyMemory(from: from, byteCount: source.count)
      }
    }
  }
}
