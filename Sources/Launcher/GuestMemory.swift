// Where a guest's RAM stands: in the file that QEMU keeps it in, one range after another.

/// A range of a guest's RAM.
public struct GuestMemory: Hashable, Sendable {
  /// Its physical address, which is the virtual one on this kernel.
  public var start: UInt64
  public var size: UInt64
  /// Its place in the file.
  public var offset: UInt64
}

extension GuestConfiguration {
  /// The ranges of RAM: up to the hole under 4 GiB, and the rest above it.
  public var memoryRanges: [GuestMemory] {
    let size = UInt64(memory) << 20
    let low = machine.lowMemory(of: size)
    let below = GuestMemory(start: 0, size: low, offset: 0)
    guard size > low else { return [below] }
    return [below, GuestMemory(start: 1 << 32, size: size - low, offset: low)]
  }
}

extension MachineType {
  /// How much of so much RAM QEMU puts below the hole under 4 GiB (its hw/i386).
  fileprivate func lowMemory(of size: UInt64) -> UInt64 {
    let (limit, low): (UInt64, UInt64) =
      switch self {
      case .microvm: (0xc000_0000, 0xc000_0000)
      case .q35: (0xb000_0000, 0x8000_0000)
      case .pc: (0xe000_0000, 0xc000_0000)
      }
    return size >= limit ? low : size
  }
}
