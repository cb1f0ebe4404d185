// Bringing a device up, in the order of virtio 1.2, section 3.1.1, with every step checked.

/// Feature bits that belong to no single kind of device (section 6).
public enum VirtioFeature {
  /// VIRTIO_F_EVENT_IDX: each side says at which index it wants to be told.
  public static var eventIndex: UInt64 { 1 << 29 }
  /// VIRTIO_F_VERSION_1: not a legacy device.
  public static var version1: UInt64 { 1 << 32 }
  /// VIRTIO_F_ACCESS_PLATFORM: the device's memory is what the platform makes of its addresses,
  /// which is the same here, as nobody turns an IOMMU on. Such a device works with no other driver.
  public static var accessPlatform: UInt64 { 1 << 33 }
}

/// A device on its way up, and the reads of it that need care.
public struct VirtioDevice {
  /// How it is reached.
  public let transport: any VirtioTransport
  /// The features that both sides have agreed on.
  public let features: UInt64

  private static var acknowledge: UInt8 { 1 }
  private static var driver: UInt8 { 2 }
  private static var driverOK: UInt8 { 4 }
  private static var featuresOK: UInt8 { 8 }
  private static var needsReset: UInt8 { 64 }
  private static var failed: UInt8 { 128 }

  /// How often a status is read before the device counts as dead: some 10 ms on a machine.
  private static var patience: Int { 20_000 }

  /// Resets the device and agrees on features: of `wanted` those that it offers.
  ///
  /// Ends before DRIVER_OK: queues come next, then `start`. On an error the device is told that
  /// the driver has given up.
  public init(_ transport: any VirtioTransport, wanted: UInt64) throws(VirtioError) {
    self.transport = transport
    guard Self.reset(transport) else { throw .resetTimedOut }
    transport.status = Self.acknowledge
    transport.status = Self.acknowledge | Self.driver
    let offered =
      UInt64(transport.offeredFeatures(word: 0)) | UInt64(transport.offeredFeatures(word: 1)) << 32
    guard offered & VirtioFeature.version1 != 0 else {
      transport.status = Self.failed
      throw .legacy
    }
    features = offered & (wanted | VirtioFeature.version1 | VirtioFeature.accessPlatform)
    transport.acceptFeatures(word: 0, UInt32(truncatingIfNeeded: features))
    transport.acceptFeatures(word: 1, UInt32(truncatingIfNeeded: features >> 32))
    transport.status = Self.acknowledge | Self.driver | Self.featuresOK
    guard transport.status & Self.featuresOK != 0 else {
      transport.status = Self.failed
      throw .featuresRefused
    }
  }

  /// Whether this feature was agreed on.
  public func has(_ feature: UInt64) -> Bool { features & feature != 0 }

  /// Makes the `index`th queue, with at most `limit` descriptors.
  ///
  /// The memory comes from the heap and is never given back: the device knows its address.
  public func makeQueue(_ index: UInt16, limit: UInt16) throws(VirtioError) -> SplitQueue {
    let size = min(transport.sizeLimit(ofQueue: index), limit)
    guard size > 0 else { throw givenUp(.queueUnavailable) }
    // A split queue's size is a power of two (section 2.7); any below the limit will do.
    let power = UInt16(1) << UInt16(15 - size.leadingZeroBitCount)
    let queue = SplitQueue(size: power, usesEventIndex: has(VirtioFeature.eventIndex))
    guard transport.enable(index, queue.layout) else { throw givenUp(.queueUnavailable) }
    return queue
  }

  /// Sets the device going (DRIVER_OK).
  public func start() {
    transport.status = Self.acknowledge | Self.driver | Self.featuresOK | Self.driverOK
  }

  /// Whether the device says that it cannot go on (DEVICE_NEEDS_RESET). Costs a register access.
  public var isInNeedOfReset: Bool { transport.status & Self.needsReset != 0 }

  /// Reads the configuration with `body`, again if it changed meanwhile (section 2.5.1).
  public func stable<T>(_ body: (any VirtioTransport) -> T) throws(VirtioError) -> T {
    for _ in 0..<16 {
      let before = transport.configurationGeneration
      let value = body(transport)
      if transport.configurationGeneration == before { return value }
    }
    transport.status = Self.failed
    throw .configurationUnstable
  }

  /// Tells the device that it is given up (FAILED); returns `error`, to be thrown.
  public func givenUp(_ error: VirtioError) -> VirtioError {
    transport.status = Self.failed
    return error
  }

  /// Takes the device out of use, so that it leaves memory alone: by a reset, or without its bus.
  public func retire() {
    if !Self.reset(transport) { transport.cutOff() }
  }

  private static func reset(_ transport: any VirtioTransport) -> Bool {
    transport.status = 0
    for _ in 0..<patience where transport.status == 0 { return true }
    return false
  }
}
