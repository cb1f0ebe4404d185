// Memory for the tests: a sparse one that is written by hand, byte by byte from SPEC.md, and the
// process's own, where the kernel's side writes.

import Telemetry

/// Bytes at made-up addresses; what was not written cannot be read.
final class PaperMemory: TelemetryMemory {
  private var bytes: [UInt64: UInt8] = [:]
  /// Words that were asked for.
  private(set) var looks = 0

  func word(at address: UInt64) -> UInt64? {
    looks += 1
    var word: UInt64 = 0
    for offset in (0..<8).reversed() {
      guard let byte = bytes[address &+ UInt64(offset)] else { return nil }
      word = word << 8 | UInt64(byte)
    }
    return word
  }

  /// Writes numbers of any width, and text, one after another; pads with zeros to a whole word.
  func write(_ address: UInt64, _ parts: any Part...) {
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

  func zero(_ address: UInt64, count: Int) {
    for offset in 0..<UInt64(count) { bytes[address &+ offset] = 0 }
  }
}

protocol Part { var written: [UInt8] { get } }
extension UInt8: Part { var written: [UInt8] { [self] } }
extension UInt16: Part {
  var written: [UInt8] { (0..<2).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
extension UInt32: Part {
  var written: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
extension UInt64: Part {
  var written: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
extension String: Part { var written: [UInt8] { Array(utf8) } }

extension PaperMemory {
  static var root: UInt64 { 0x5000 }
  static var entries: UInt64 { 0x10000 }

  /// Writes a root block for so many entries, as SPEC.md has it.
  func writeRoot(entries count: UInt32, generation: UInt64 = 2, at root: UInt64 = PaperMemory.root)
  {
    write(
      root, "PORTHOLE", UInt32(1), UInt32(128), generation, PaperMemory.entries, count, UInt32(64),
      UInt32(32), UInt32(62), UInt64(0x6000), UInt32(20), UInt32(0), UInt64(0x6100), root)
    zero(root + 80, count: 48)
    write(0x6000, "0123456789abcdefghij")
    write(0x6100, UInt64(1000), UInt64(5), UInt64(1) << 33)
  }

  /// Writes entry `index` and its name.
  func writeEntry(
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
  func writeField(
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

/// The words of a word-by-word memory as something to follow: what an encoder is given and what
/// comes out at the other end.
struct Pipe {
  var encoder: FrameEncoder
  var copy = TelemetryCopy()
  var frames: [[UInt8]] = []
  var now: UInt64 = 1_000

  init(bits: Int = 11, limit: Int = 1024) { encoder = FrameEncoder(bits: bits, limit: limit) }

  /// Encodes a round and has it received, but for the frames whose place in the round is in `lost`.
  @discardableResult
  mutating func round(
    _ memory: some TelemetryMemory, losing lost: Set<Int> = []
  ) -> TelemetryCopy.Outcome? {
    var outcome: TelemetryCopy.Outcome?
    var isOver = false
    var place = 0
    while !isOver, place < 10_000 {
      isOver = encoder.encode(memory, rootAt: PaperMemory.root, now: now)
      frames.append(encoder.frame)
      if !lost.contains(place) { outcome = copy.received(encoder.frame[...]) }
      place += 1
    }
    now += 500_000_000
    return outcome
  }
}
