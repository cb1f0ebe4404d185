// Virtio over memory-mapped registers (virtio 1.2, section 4.2), as on QEMU's microvm. The
// interrupt is a line: it is acknowledged here, before the queue is looked at.

public import Devices

/// A virtio device at a window of registers.
public final class MMIOTransport<Registers: RegisterSpace>: VirtioTransport {
  private let registers: Registers
  public let deviceType: UInt32

  // Register offsets: table 4.1.
  private static var magicValue: Int { 0x000 }
  private static var version: Int { 0x004 }
  private static var deviceID: Int { 0x008 }
  private static var deviceFeatures: Int { 0x010 }
  private static var deviceFeaturesSelect: Int { 0x014 }
  private static var driverFeatures: Int { 0x020 }
  private static var driverFeaturesSelect: Int { 0x024 }
  private static var queueSelect: Int { 0x030 }
  private static var queueSizeLimit: Int { 0x034 }
  private static var queueSize: Int { 0x038 }
  private static var queueReady: Int { 0x044 }
  private static var queueNotify: Int { 0x050 }
  private static var interruptStatus: Int { 0x060 }
  private static var interruptAcknowledge: Int { 0x064 }
  private static var deviceStatus: Int { 0x070 }
  private static var queueDescriptors: Int { 0x080 }
  private static var queueDriver: Int { 0x090 }
  private static var queueDevice: Int { 0x0a0 }
  private static var generation: Int { 0x0fc }
  private static var configurationStart: Int { 0x100 }
  private static var windowSize: Int { 0x200 }

  /// What stands at a window: the type of a device, 0 for none; nil if it is no virtio window.
  public static func probe(_ registers: Registers) -> UInt32? {
    guard registers.load32(magicValue) == 0x7472_6976 else { return nil }
    return registers.load32(deviceID)
  }

  /// The device at `registers`.
  ///
  /// Throws `legacy` if its window has the layout from before virtio 1.0.
  public init(_ registers: Registers) throws(VirtioError) {
    guard let type = Self.probe(registers), type != 0 else { throw .malformedCapabilities }
    guard registers.load32(Self.version) == 2 else { throw .legacy }
    self.registers = registers
    deviceType = type
  }

  public var status: UInt8 {
    get { UInt8(truncatingIfNeeded: registers.load32(Self.deviceStatus)) }
    set { registers.store32(Self.deviceStatus, UInt32(newValue)) }
  }

  public func offeredFeatures(word: UInt32) -> UInt32 {
    registers.store32(Self.deviceFeaturesSelect, word)
    return registers.load32(Self.deviceFeatures)
  }

  public func acceptFeatures(word: UInt32, _ bits: UInt32) {
    registers.store32(Self.driverFeaturesSelect, word)
    registers.store32(Self.driverFeatures, bits)
  }

  public func sizeLimit(ofQueue queue: UInt16) -> UInt16 {
    registers.store32(Self.queueSelect, UInt32(queue))
    // In use already: not a queue for us (section 4.2.3.2).
    guard registers.load32(Self.queueReady) == 0 else { return 0 }
    return UInt16(clamping: min(registers.load32(Self.queueSizeLimit), 1 << 15))
  }

  public func enable(_ queue: UInt16, _ layout: QueueLayout) -> Bool {
    registers.store32(Self.queueSelect, UInt32(queue))
    registers.store32(Self.queueSize, UInt32(layout.size))
    storePair(Self.queueDescriptors, layout.descriptors)
    storePair(Self.queueDriver, layout.driver)
    storePair(Self.queueDevice, layout.device)
    registers.store32(Self.queueReady, 1)
    return registers.load32(Self.queueReady) == 1
  }

  public func notify(_ queue: UInt16) { registers.store32(Self.queueNotify, UInt32(queue)) }

  public var configurationGeneration: UInt32 { registers.load32(Self.generation) }

  public func configuration(_ offset: Int) -> UInt32 {
    guard offset >= 0, offset <= Self.windowSize - Self.configurationStart - 4 else { return 0 }
    return registers.load32(Self.configurationStart + offset)
  }

  public func acknowledgeInterrupt() {
    registers.store32(Self.interruptAcknowledge, registers.load32(Self.interruptStatus) & 3)
  }

  /// A window has no way to stop a device.
  public func cutOff() {}

  private func storePair(_ offset: Int, _ value: UInt64) {
    registers.store32(offset, UInt32(truncatingIfNeeded: value))
    registers.store32(offset + 4, UInt32(truncatingIfNeeded: value >> 32))
  }
}
