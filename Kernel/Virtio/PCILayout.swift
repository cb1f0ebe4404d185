// Where a virtio PCI device keeps its registers (virtio 1.2, section 4.1.4): vendor-specific
// capabilities name a part of a BAR for each structure. All of it comes from the device, so all
// of it is checked before anything is mapped.

public import Devices

/// A part of a BAR.
public struct PCIWindow: Equatable, Sendable {
  /// The physical address.
  public let base: UInt64
  /// The size in bytes.
  public let size: UInt32
}

/// The structures of a virtio PCI device that a driver needs.
public struct PCILayout: Equatable, Sendable {
  /// The common configuration (section 4.1.4.3).
  public let common: PCIWindow
  /// Where queues are notified (section 4.1.4.4).
  public let notify: PCIWindow
  /// Bytes from one queue's notification register to the next, times the queue's own offset.
  public let notifyMultiplier: UInt32
  /// The configuration of the kind of device (section 4.1.4.6); nil if it has none.
  public let device: PCIWindow?

  /// Reads the capabilities of `function`.
  ///
  /// Of several for one structure the first usable one counts (section 4.1.4.1). Throws `legacy`
  /// if there is no capability of virtio 1.0 at all.
  public init<C: PCIConfiguration>(of function: PCIFunction<C>) throws(VirtioError) {
    var common: PCIWindow?
    var notify: PCIWindow?
    var device: PCIWindow?
    var multiplier: UInt32 = 0
    var hasAny = false
    function.capabilities(0x09) { offset in
      hasAny = true
      guard offset <= 0xec else { return false }
      let header = function.read(offset)
      let length = header >> 16 & 0xff
      guard length >= 16, let window = Self.window(function, offset) else { return false }
      switch header >> 24 {
      case 1 where common == nil && window.size >= 56: common = window
      case 2 where notify == nil && length >= 20:
        notify = window
        multiplier = function.read(offset + 16)
      case 4 where device == nil: device = window
      default: break
      }
      return false
    }
    guard hasAny else { throw .legacy }
    guard let common, let notify, multiplier & 1 == 0 else { throw .malformedCapabilities }
    self.common = common
    self.notify = notify
    notifyMultiplier = multiplier
    self.device = device
  }

  /// What a capability names; nil if it is not wholly in a memory BAR, misaligned, or too big.
  private static func window<C: PCIConfiguration>(
    _ function: PCIFunction<C>, _ capability: UInt8
  ) -> PCIWindow? {
    let bar = UInt8(truncatingIfNeeded: function.read(capability + 4))
    let offset = function.read(capability + 8)
    let size = function.read(capability + 12)
    guard let base = function.memoryBase(ofBAR: bar), offset & 3 == 0, size >= 2,
      size <= 1 << 24, offset <= 1 << 24, base <= 1 << 52
    else { return nil }
    return PCIWindow(base: base + UInt64(offset), size: size)
  }

  /// The kind of device that a function is, as section 5 numbers them; 0 if it is not virtio.
  public static func deviceType<C: PCIConfiguration>(of function: PCIFunction<C>) -> UInt32 {
    guard function.vendor == 0x1af4 else { return 0 }
    switch function.device {
    case 0x1000...0x103f: return UInt32(function.subsystem)  // transitional (section 4.1.2.3)
    case 0x1040...0x107f: return UInt32(function.device) - 0x1040
    default: return 0
    }
  }
}
