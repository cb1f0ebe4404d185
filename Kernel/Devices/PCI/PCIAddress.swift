// Where a PCI function is, and the seam to its configuration space. Register numbers: PCI Local
// Bus Specification 3.0, chapter 6.

/// A function of a device on a bus.
public struct PCIAddress: Equatable, Sendable {
  /// The bus, 0 to 255.
  public let bus: UInt8
  /// The device on the bus, 0 to 31.
  public let device: UInt8
  /// The function of the device, 0 to 7.
  public let function: UInt8

  /// The function at this place; numbers are taken modulo their range.
  public init(bus: UInt8, device: UInt8, function: UInt8) {
    self.bus = bus
    self.device = device & 31
    self.function = function & 7
  }

  /// Bus, device and function as one number of 16 bits, as configuration mechanism #1 has it.
  public var number: UInt32 {
    UInt32(bus) << 8 | UInt32(device) << 3 | UInt32(function)
  }
}

/// Access to configuration spaces, in whole words of 32 bits.
public protocol PCIConfiguration {
  /// Reads the word at `offset`, a multiple of 4 below 256. All ones where there is no function.
  func read(_ address: PCIAddress, _ offset: UInt8) -> UInt32
  /// Writes the word at `offset`.
  func write(_ address: PCIAddress, _ offset: UInt8, _ value: UInt32)
}

/// One function, with its place bound.
public struct PCIFunction<Configuration: PCIConfiguration> {
  private let configuration: Configuration
  /// Where it is.
  public let address: PCIAddress

  /// The function at `address`; nil if there is none.
  public init?(_ configuration: Configuration, at address: PCIAddress) {
    self.configuration = configuration
    self.address = address
    if configuration.read(address, 0) & 0xffff == 0xffff { return nil }
  }

  /// The word that holds `offset`, shifted so that the register at `offset` is lowest.
  public func read(_ offset: UInt8) -> UInt32 {
    configuration.read(address, offset & 0xfc) >> (UInt32(offset & 3) * 8)
  }

  /// Writes the word at `offset`, a multiple of 4.
  public func write(_ offset: UInt8, _ value: UInt32) {
    configuration.write(address, offset & 0xfc, value)
  }

  /// The vendor's number.
  public var vendor: UInt16 { UInt16(truncatingIfNeeded: read(0)) }
  /// The device's number, the vendor's choice.
  public var device: UInt16 { UInt16(truncatingIfNeeded: read(2)) }
  /// The subsystem's number.
  public var subsystem: UInt16 { UInt16(truncatingIfNeeded: read(0x2e)) }
  /// The layout of the header: 0 a device, 1 a bridge to another bus.
  public var headerType: UInt8 { UInt8(truncatingIfNeeded: read(0x0e)) & 0x7f }
  /// Whether the device may have further functions.
  public var isMultifunction: Bool { read(0x0e) & 0x80 != 0 }
  /// The bus behind a bridge.
  public var secondaryBus: UInt8 { UInt8(truncatingIfNeeded: read(0x19)) }

  /// Lets the function answer in memory space and read and write memory by itself, and never raise
  /// its line (INTx), which may be another's too: interrupts are messages here.
  public func enableMemoryAndMastering() {
    // The status register above it is cleared by ones: it gets zeros.
    write(4, read(4) & 0xffff | 0x406)
  }

  /// Keeps the function from touching memory: the last word against a device gone wild.
  public func disableMastering() { write(4, read(4) & 0xfffb) }

  /// The physical address of a memory BAR; nil if it is an I/O BAR, not assigned or not there.
  public func memoryBase(ofBAR number: UInt8) -> UInt64? {
    guard headerType == 0, number < 6 else { return nil }
    let low = read(0x10 + number * 4)
    guard low & 1 == 0 else { return nil }
    var base = UInt64(low & 0xffff_fff0)
    if low >> 1 & 3 == 2 {
      guard number < 5 else { return nil }
      base |= UInt64(read(0x14 + number * 4)) << 32
    }
    return base == 0 ? nil : base
  }
}
