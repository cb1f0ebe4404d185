// Where windows of virtio devices are, as a boot loader says it on the kernel's command line when
// there are no firmware tables: `virtio_mmio.device=512@0xfeb00e00:12`. The grammar is Linux's,
// `<size>[KMG]@<base>:<irq>[:<id>]` (its documentation, kernel-parameters.txt).

/// One window of registers with its interrupt.
public struct MMIOParameter: Equatable, Sendable {
  /// The physical address.
  public let base: UInt64
  /// The size in bytes.
  public let size: UInt64
  /// The input of the interrupt controller.
  public let interrupt: UInt32

  /// A window at `base` of `size` bytes.
  public init(base: UInt64, size: UInt64, interrupt: UInt32) {
    self.base = base
    self.size = size
    self.interrupt = interrupt
  }

  /// Calls `body` with each window on the command line that is well-formed.
  public static func each(
    on commandLine: UnsafeRawBufferPointer, _ body: (MMIOParameter) -> Void
  ) {
    var reader = Reader(bytes: commandLine)
    while !reader.isAtEnd {
      if reader.skip("virtio_mmio.device="), let found = parse(&reader) { body(found) }
      reader.skipWord()
    }
  }

  private static func parse(_ reader: inout Reader) -> MMIOParameter? {
    guard let size = reader.size(), reader.skip("@"), let base = reader.number(),
      reader.skip(":"), let interrupt = reader.number(), interrupt < 1024,
      size >= 0x104, base & 3 == 0, size <= 1 << 32, base <= .max - size
    else { return nil }
    if reader.skip(":"), reader.number() == nil { return nil }
    guard reader.isAtWordEnd else { return nil }
    return MMIOParameter(
      base: base, size: size, interrupt: UInt32(truncatingIfNeeded: interrupt))
  }
}

/// A cursor over the command line.
private struct Reader {
  let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { position >= bytes.count }
  var isAtWordEnd: Bool { isAtEnd || bytes[position] == UInt8(ascii: " ") }

  /// Goes past `text` if it stands here.
  mutating func skip(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - position >= count else { return false }
    for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
    position += count
    return true
  }

  /// Goes past the rest of this word and the spaces after it.
  mutating func skipWord() {
    while !isAtWordEnd { position += 1 }
    while !isAtEnd, bytes[position] == UInt8(ascii: " ") { position += 1 }
  }

  /// A decimal or 0x number that fits 64 bits.
  mutating func number() -> UInt64? {
    let base: UInt64 = skip("0x") ? 16 : 10
    var value: UInt64?
    while !isAtEnd, let digit = digit(bytes[position]), digit < base {
      let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: base)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !overflow, !carry else { return nil }
      value = sum
      position += 1
    }
    return value
  }

  /// A number with an optional K, M or G.
  mutating func size() -> UInt64? {
    guard let count = number(), count <= 1 << 32 else { return nil }
    if skip("K") { return count << 10 }
    if skip("M") { return count << 20 }
    return skip("G") ? count << 30 : count
  }

  private func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x61...0x66: UInt64(byte - 0x61 + 10)
    case 0x41...0x46: UInt64(byte - 0x41 + 10)
    default: nil
    }
  }
}
