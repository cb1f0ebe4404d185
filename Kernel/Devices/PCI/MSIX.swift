// Interrupts as messages (PCI 3.0, section 6.8.2): a table in one of the device's BARs says for
// each vector which word to write where. The platform knows what its controllers want to be
// written; here is only the table.

/// Where a function's table of vectors is.
public struct MSIXCapability: Equatable, Sendable {
  /// The capability's offset in the configuration space.
  public let offset: UInt8
  /// How many vectors the table has, 1 to 2048.
  public let count: Int
  /// The BAR that holds the table.
  public let bar: UInt8
  /// Where the table begins in it.
  public let tableOffset: UInt32

  /// Reads the capability of `function`; nil if it has none.
  public init?<C: PCIConfiguration>(of function: PCIFunction<C>) {
    guard let offset = function.capability(0x11), offset <= 0xf4 else { return nil }
    self.offset = offset
    count = Int(function.read(offset + 2) & 0x7ff) + 1
    let place = function.read(offset + 4)
    bar = UInt8(truncatingIfNeeded: place & 7)
    tableOffset = place & ~7
  }

  /// Bytes that the table takes.
  public var tableSize: Int { count * 16 }

  /// Turns message interrupts on, and with that the line INTx off.
  public func enable<C: PCIConfiguration>(_ function: PCIFunction<C>) {
    // Enabled (bit 31 of the word), not masked as a whole (bit 30).
    function.write(offset, function.read(offset) & 0x3fff_ffff | 0x8000_0000)
  }
}

/// A message: the word `data` written to `address`.
public struct MSIXMessage: Equatable, Sendable {
  /// The physical address, a multiple of 4.
  public let address: UInt64
  /// What is written there.
  public let data: UInt32

  /// The message that writes `data` to `address`.
  public init(address: UInt64, data: UInt32) {
    self.address = address
    self.data = data
  }

  /// Makes this the message of vector `number` of the table in `table`, and unmasks the vector.
  public func install<R: RegisterSpace>(_ number: Int, in table: R) {
    let entry = number * 16
    table.store32(entry + 12, 1)  // masked while it is half written
    table.store32(entry, UInt32(truncatingIfNeeded: address))
    table.store32(entry + 4, UInt32(truncatingIfNeeded: address >> 32))
    table.store32(entry + 8, data)
    table.store32(entry + 12, 0)
  }
}
