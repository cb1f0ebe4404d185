// One frame being written: its head, then runs of words (SPEC.md, part 2).

extension [UInt8] {
  /// Appends a byte. `append` itself makes the code of growing part of each place.
  @inline(never)
  mutating func put(_ byte: UInt8) { append(byte) }
}

struct FrameWriter: Sendable {
  private(set) var bytes: [UInt8] = []
  private let limit: Int
  /// The address after the last word written.
  private var next: UInt64 = 0
  private var runHead = 0
  private var runMode = RunMode.raw

  /// Room for a word that begins a run: its place, the head and the word.
  private static var most: Int { 2 * Varint.longest + 1 }

  init(limit: Int) {
    self.limit = limit
    bytes.reserveCapacity(limit)
  }

  /// Begins a frame with these numbers.
  mutating func begin(_ numbers: (UInt64, UInt64, UInt64, UInt64)) {
    bytes.removeAll(keepingCapacity: true)
    bytes.put(0)
    Varint.append(numbers.0, to: &bytes)
    Varint.append(numbers.1, to: &bytes)
    Varint.append(numbers.2, to: &bytes)
    Varint.append(numbers.3, to: &bytes)
    next = 0
    runHead = 0
  }

  mutating func mark(_ flag: UInt8) { bytes[0] |= flag }

  var hasRoom: Bool { bytes.count + Self.most <= limit }

  /// Writes a word that the receiver has to set.
  @inline(never)
  mutating func put(_ value: UInt64, at address: UInt64) {
    if value >> 49 == 0 {
      extend(.absolute, address)
      Varint.append(value, to: &bytes)
    } else {
      extend(.raw, address)
      for index in 0..<UInt64(8) { bytes.put(UInt8(truncatingIfNeeded: value >> (index * 8))) }
    }
  }

  /// Writes by how much a word differs from what the receiver has.
  @inline(never)
  mutating func put(difference: UInt64, at address: UInt64) {
    extend(.difference, address)
    Varint.append(zigzag: difference, to: &bytes)
  }

  /// Makes one more word part of the run, or begins another.
  @inline(never)
  private mutating func extend(_ mode: RunMode, _ address: UInt64) {
    defer { next = address &+ 8 }
    if runHead > 0, mode == runMode, address == next, bytes[runHead] & 0x3f < 0x3f {
      bytes[runHead] += 1
      return
    }
    Varint.append(zigzag: (address &>> 3) &- (next &>> 3), to: &bytes)
    runHead = bytes.count
    runMode = mode
    bytes.put(mode.rawValue << 6)
  }
}
