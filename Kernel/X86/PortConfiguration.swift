// PCI's configuration space through two ports: mechanism #1 (PCI 3.0, section 3.2.2.3.2). It
// reaches the first 256 bytes of every function, which is where everything is that drivers here
// need, on any PC.

internal import CX86
internal import Devices

struct PortConfiguration: PCIConfiguration {
  private static var addressPort: UInt16 { 0xcf8 }
  private static var dataPort: UInt16 { 0xcfc }
  private static var enable: UInt32 { 1 << 31 }

  /// The machine's configuration space; nil if it has no PCI.
  init?() {
    x86_out32(Self.addressPort, Self.enable)
    guard x86_in32(Self.addressPort) == Self.enable else { return nil }
  }

  func read(_ address: PCIAddress, _ offset: UInt8) -> UInt32 {
    x86_out32(Self.addressPort, Self.enable | address.number << 8 | UInt32(offset & 0xfc))
    return x86_in32(Self.dataPort)
  }

  func write(_ address: PCIAddress, _ offset: UInt8, _ value: UInt32) {
    x86_out32(Self.addressPort, Self.enable | address.number << 8 | UInt32(offset & 0xfc))
    x86_out32(Self.dataPort, value)
  }
}
