// Virtio over PCI, modern interface (virtio 1.2, section 4.1), with interrupts as messages: these
// need no acknowledgement, and the ISR status is never read.

public import Devices

/// A virtio device behind a PCI function.
public final class PCITransport<
  Configuration: PCIConfiguration, Registers: RegisterSpace
>: VirtioTransport {
  private let function: PCIFunction<Configuration>
  private let layout: PCILayout
  private let common: Registers
  private let notification: Registers
  private let device: Registers?
  private let vectors: UInt16
  /// Where each of the queues in use is notified.
  private var doorbells = [8 of Int](repeating: 0)
  public let deviceType: UInt32

  // Offsets in the common configuration: section 4.1.4.3.
  private static var deviceFeatureSelect: Int { 0 }
  private static var deviceFeature: Int { 4 }
  private static var driverFeatureSelect: Int { 8 }
  private static var driverFeature: Int { 12 }
  private static var configurationVector: Int { 16 }
  private static var deviceStatus: Int { 20 }
  private static var generation: Int { 21 }
  private static var queueSelect: Int { 22 }
  private static var queueSize: Int { 24 }
  private static var queueVector: Int { 26 }
  private static var queueEnable: Int { 28 }
  private static var queueNotifyOffset: Int { 30 }
  private static var queueDescriptors: Int { 32 }
  private static var queueDriver: Int { 40 }
  private static var queueDevice: Int { 48 }

  /// The device of `function`, with registers as `map` gives access to them.
  ///
  /// `vectors` messages have been installed and enabled: queue n uses the nth, or the last. With
  /// none the device is polled.
  public init(
    _ function: PCIFunction<Configuration>, _ layout: PCILayout, vectors: UInt16,
    map: (PCIWindow) -> Registers?
  ) throws(VirtioError) {
    guard let common = map(layout.common), let notification = map(layout.notify) else {
      throw .malformedCapabilities
    }
    self.function = function
    self.layout = layout
    self.common = common
    self.notification = notification
    self.vectors = vectors
    device = if let window = layout.device { map(window) } else { nil }
    deviceType = PCILayout.deviceType(of: function)
  }

  public var status: UInt8 {
    get { common.load8(Self.deviceStatus) }
    set { common.store8(Self.deviceStatus, newValue) }
  }

  public func offeredFeatures(word: UInt32) -> UInt32 {
    common.store32(Self.deviceFeatureSelect, word)
    return common.load32(Self.deviceFeature)
  }

  public func acceptFeatures(word: UInt32, _ bits: UInt32) {
    common.store32(Self.driverFeatureSelect, word)
    common.store32(Self.driverFeature, bits)
  }

  public func sizeLimit(ofQueue queue: UInt16) -> UInt16 {
    guard Int(queue) < doorbells.count else { return 0 }
    common.store16(Self.queueSelect, queue)
    return min(common.load16(Self.queueSize), 1 << 15)
  }

  public func enable(_ queue: UInt16, _ layout: QueueLayout) -> Bool {
    guard Int(queue) < doorbells.count else { return false }
    common.store16(Self.queueSelect, queue)
    let doorbell =
      UInt64(common.load16(Self.queueNotifyOffset)) * UInt64(self.layout.notifyMultiplier)
    guard doorbell + 2 <= UInt64(self.layout.notify.size) else { return false }
    doorbells[Int(queue)] = Int(doorbell)
    common.store16(Self.queueSize, layout.size)
    storePair(Self.queueDescriptors, layout.descriptors)
    storePair(Self.queueDriver, layout.driver)
    storePair(Self.queueDevice, layout.device)
    if vectors > 0 {
      // A device without room for the vector answers with "none" (section 4.1.5.1.2).
      let vector = min(queue, vectors - 1)
      common.store16(Self.configurationVector, 0)
      common.store16(Self.queueVector, vector)
      guard common.load16(Self.queueVector) == vector else { return false }
    }
    common.store16(Self.queueEnable, 1)
    return common.load16(Self.queueEnable) == 1
  }

  public func notify(_ queue: UInt16) {
    guard Int(queue) < doorbells.count else { return }
    notification.store16(doorbells[Int(queue)], queue)
  }

  public var configurationGeneration: UInt32 { UInt32(common.load8(Self.generation)) }

  public func configuration(_ offset: Int) -> UInt32 {
    guard let device, let window = layout.device, offset >= 0, offset + 4 <= Int(window.size)
    else { return 0 }
    return device.load32(offset)
  }

  /// Messages need none.
  public func acknowledgeInterrupt() {}

  public func cutOff() { function.disableMastering() }

  private func storePair(_ offset: Int, _ value: UInt64) {
    common.store32(offset, UInt32(truncatingIfNeeded: value))
    common.store32(offset + 4, UInt32(truncatingIfNeeded: value >> 32))
  }
}
