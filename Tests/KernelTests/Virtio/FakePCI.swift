// Configuration spaces in memory, and functions made of a few words.

import Devices

/// A machine's configuration spaces.
final class FakePCI: PCIConfiguration {
  var functions: [UInt32: [UInt8]] = [:]
  var reads = 0
  var writes: [String] = []

  func read(_ address: PCIAddress, _ offset: UInt8) -> UInt32 {
    reads += 1
    guard let bytes = functions[address.number] else { return 0xffff_ffff }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[Int(offset & 0xfc) + $1]) << (8 * $1) }
  }

  func write(_ address: PCIAddress, _ offset: UInt8, _ value: UInt32) {
    writes.append("\(offset) \(String(value, radix: 16))")
    for index in 0..<4 {
      functions[address.number]?[Int(offset & 0xfc) + index] =
        UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// Adds a function; `words` are at multiples of 4.
  @discardableResult
  func add(
    _ bus: UInt8, _ device: UInt8, _ function: UInt8, _ words: [UInt8: UInt32]
  ) -> PCIAddress {
    let address = PCIAddress(bus: bus, device: device, function: function)
    functions[address.number] = [UInt8](repeating: 0, count: 256)
    for (offset, word) in words { write(address, offset, word) }
    return address
  }

  /// Adds a device with one function.
  @discardableResult
  func add(_ bus: UInt8, _ device: UInt8, _ words: [UInt8: UInt32]) -> PCIAddress {
    add(bus, device, 0, words)
  }

  /// The words of a modern virtio device like QEMU's: BAR 1 has the vectors, BAR 4 the registers.
  static func virtioWords(device: UInt32 = 0x1042) -> [UInt8: UInt32] {
    [
      0x00: device << 16 | 0x1af4, 0x04: 0x0010_0000, 0x0c: 0, 0x14: 0xfebd_5000,
      0x20: 0xfe00_000c, 0x24: 0, 0x2c: 0x1100_1af4, 0x34: 0x98,
      // MSI-X with two vectors, the table at the start of BAR 1.
      0x98: 0x0001_8411, 0x9c: 0x0000_0001, 0xa0: 0x0000_0801,
      // PCI access, notify, device, ISR, common: the order in which QEMU chains them.
      0x84: 0x0514_7009, 0x88: 0, 0x8c: 0, 0x90: 0,
      0x70: 0x0214_6009, 0x74: 4, 0x78: 0x3000, 0x7c: 0x1000, 0x80: 4,
      0x60: 0x0410_5009, 0x64: 4, 0x68: 0x2000, 0x6c: 0x1000,
      0x50: 0x0310_4009, 0x54: 4, 0x58: 0x1000, 0x5c: 0x1000,
      0x40: 0x0110_0009, 0x44: 4, 0x48: 0, 0x4c: 0x1000,
    ]
  }
}
