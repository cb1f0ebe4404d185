// How a driver reaches a virtio device, whatever bus it is on. "Virtio 1.2" in this module is the
// OASIS specification "Virtual I/O Device (VIRTIO) Version 1.2".

/// A virtio device's registers, independent of the bus (virtio 1.2, section 4).
///
/// Nothing here checks what the device says; `VirtioDevice` does.
public protocol VirtioTransport: AnyObject {
  /// What the device is: the numbers of section 5.
  var deviceType: UInt32 { get }

  /// The device status (section 2.1). Storing 0 asks the device to reset.
  var status: UInt8 { get set }

  /// 32 of the features that the device offers: word 0 has bits 0 to 31.
  func offeredFeatures(word: UInt32) -> UInt32

  /// Tells the device which of its features are accepted.
  func acceptFeatures(word: UInt32, _ bits: UInt32)

  /// The most descriptors that the queue may have; 0 if there is no such queue.
  func sizeLimit(ofQueue queue: UInt16) -> UInt16

  /// Gives the queue its memory and turns it on; false if the device does not take it.
  func enable(_ queue: UInt16, _ layout: QueueLayout) -> Bool

  /// Tells the device that there is something new in the queue.
  func notify(_ queue: UInt16)

  /// Changes whenever the configuration does.
  var configurationGeneration: UInt32 { get }

  /// 32 bits of the device's configuration at `offset`, a multiple of 4; 0 beyond its end.
  func configuration(_ offset: Int) -> UInt32

  /// Takes back the interrupt that has arrived, so that the next one can.
  func acknowledgeInterrupt()

  /// Keeps the device from memory where the bus can, after it did not reset when told to.
  func cutOff()
}

/// Where a split queue's three parts are, and how many descriptors it has.
public struct QueueLayout: Equatable, Sendable {
  /// Descriptors, a power of two.
  public let size: UInt16
  /// The descriptor table's physical address.
  public let descriptors: UInt64
  /// The driver area's ("available ring").
  public let driver: UInt64
  /// The device area's ("used ring").
  public let device: UInt64
}

/// Why a device is not used, or no longer.
public enum VirtioError: Error, Equatable, Sendable {
  /// It is older than virtio 1.0, or its modern interface is switched off.
  case legacy
  /// It did not come back from a reset.
  case resetTimedOut
  /// It did not agree to the features that it had offered.
  case featuresRefused
  /// A queue that it must have is missing or not to be enabled.
  case queueUnavailable
  /// Its configuration changed each time it was read.
  case configurationUnstable
  /// Its configuration makes no sense.
  case configurationInvalid
  /// Its registers are not where its capabilities say.
  case malformedCapabilities
  /// Its interrupts have nowhere to go: no line of the event loop is free, or no input of the
  /// controller is as its place says.
  case noInterrupt
  /// It is on PCI and has no message interrupts (MSI-X).
  case noMessages
  /// It asks to be reset (section 2.1.2).
  case needsReset
  /// It did not answer in time.
  case timedOut
  /// It broke the rules of the queue.
  case queue(QueueFault)

  /// The reason in words for a log.
  public var text: StaticString {
    switch self {
    case .legacy: "it is a legacy device; virtio 1.0 is needed"
    case .resetTimedOut: "it does not reset"
    case .featuresRefused: "it does not agree to its own features"
    case .queueUnavailable: "a queue is missing"
    case .configurationUnstable: "its configuration never stands still"
    case .configurationInvalid: "its configuration makes no sense"
    case .malformedCapabilities: "its capabilities make no sense"
    case .noInterrupt: "there is no interrupt for it"
    case .noMessages: "it has no message interrupts (MSI-X), and INTx is not used"
    case .needsReset: "it asks for a reset"
    case .timedOut: "it did not answer in time"
    case .queue(.indexJump): "it returned more buffers than it had"
    case .queue(.idOutOfRange): "it returned a buffer beyond the queue"
    case .queue(.notOutstanding): "it returned a buffer that it did not have"
    case .queue(.lengthBeyondPosted): "it claims to have written beyond a buffer"
    }
  }
}
