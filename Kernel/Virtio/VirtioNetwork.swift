// The network device (virtio 1.2, section 5.1) without offloads: queue 0 receives and queue 1 sends,
// each frame in one buffer behind a header of 12 bytes that says nothing. Buffers are made once and
// go round; a frame is read where the device wrote it, and written where the device reads it.

public import Devices
public import Execution
public import Machine

/// A network card on a virtio transport.
public final class VirtioNetwork: NetworkDevice {
  private let device: VirtioDevice
  private let loop: EventLoop
  private var receiving: SplitQueue
  private var sending: SplitQueue
  private var handler: HandlerID?
  // Safety: all are allocated in `init` in the sizes that the queues have, and never freed: the
  // device knows their addresses.
  private let receiveBuffers: UnsafeMutableRawPointer
  private let sendBuffers: UnsafeMutableRawPointer
  private let receiveOwners: UnsafeMutablePointer<UInt16>
  private let sendOwners: UnsafeMutablePointer<UInt16>
  private let unused: UnsafeMutablePointer<UInt16>
  private var unusedCount: Int
  private var isFull = false
  private let bufferSize: Int
  private var receive: ((UnsafeRawBufferPointer) -> Void)?
  private var finish: (() -> Void)?

  public let hardwareAddress: UInt64
  public let mtu: Int
  /// Why the device is out of use; nil while it works.
  public private(set) var failure: VirtioError?
  public var hasFailed: Bool { failure != nil }
  /// What has been counted.
  public var statistics = VirtioNetworkStatistics()

  /// The number of this kind of device (section 5).
  public static var deviceType: UInt32 { 1 }
  private static var hasMTU: UInt64 { 1 << 3 }
  private static var hasAddress: UInt64 { 1 << 5 }
  private static var headerSize: Int { 12 }
  private static var receiveLimit: UInt16 { 64 }
  private static var sendLimit: UInt16 { 32 }

  /// Brings the device up, with its queues served by `loop` whenever `line` is marked; nothing is
  /// received before `start`.
  public init(
    _ transport: any VirtioTransport, loop: EventLoop, line: Line
  ) throws(VirtioError) {
    device = try VirtioDevice(
      transport, wanted: VirtioFeature.eventIndex | Self.hasMTU | Self.hasAddress)
    // Without an address of its own there is nobody to speak as.
    guard device.has(Self.hasAddress) else { throw device.givenUp(.configurationInvalid) }
    let hasMTU = device.has(Self.hasMTU)
    let (low, high, third) = try device.stable { transport in
      (transport.configuration(0), transport.configuration(4), transport.configuration(8))
    }
    // Bytes 0 to 5: the address; 10 and 11: the MTU.
    hardwareAddress =
      UInt64(low.byteSwapped) << 16 | UInt64(UInt16(truncatingIfNeeded: high).byteSwapped)
    let offered = hasMTU ? Int(third >> 16) : 1500
    guard offered >= 576, hardwareAddress >> 40 & 1 == 0, hardwareAddress != 0 else {
      throw device.givenUp(.configurationInvalid)
    }
    mtu = min(offered, 1500)
    bufferSize = (Self.headerSize + mtu + 18 + 63) & ~63
    receiving = try device.makeQueue(0, limit: Self.receiveLimit)
    sending = try device.makeQueue(1, limit: Self.sendLimit)
    let (receiveCount, sendCount) = (Int(receiving.size), Int(sending.size))
    receiveBuffers = .allocate(byteCount: receiveCount * bufferSize, alignment: 64)
    receiveBuffers.initializeMemory(as: UInt8.self, repeating: 0, count: receiveCount * bufferSize)
    sendBuffers = .allocate(byteCount: sendCount * bufferSize, alignment: 64)
    sendBuffers.initializeMemory(as: UInt8.self, repeating: 0, count: sendCount * bufferSize)
    receiveOwners = .allocate(capacity: receiveCount)
    receiveOwners.initialize(repeating: 0, count: receiveCount)
    sendOwners = .allocate(capacity: sendCount)
    sendOwners.initialize(repeating: 0, count: sendCount)
    unused = .allocate(capacity: sendCount)
    for index in 0..<sendCount {
      (unused + index).initialize(to: UInt16(truncatingIfNeeded: index))
    }
    unusedCount = sendCount
    self.loop = loop
    for buffer in 0..<receiving.size { post(buffer) }
    handler = loop.register("virtio-net", line: line) { [self] in serve() }
    device.start()
  }

  public func start(
    receive: @escaping (UnsafeRawBufferPointer) -> Void, finish: @escaping () -> Void
  ) {
    self.receive = receive
    self.finish = finish
    if receiving.needsNotification() { device.transport.notify(0) }
  }

  public func send(_ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
    if unusedCount == 0 { reclaim() }
    guard unusedCount > 0, failure == nil else {
      waitForRoom()
      return false
    }
    let buffer = unused[unusedCount - 1]
    let start = sendBuffers + Int(buffer) * bufferSize
    let room = UnsafeMutableRawBufferPointer(
      start: start + Self.headerSize, count: mtu + 18)
    let count = min(fill(room), room.count)
    guard count > 0 else { return true }
    unusedCount -= 1
    sendOwners[Int(sending.nextDescriptor)] = buffer
    sending.append(
      UInt(bitPattern: start), UInt32(truncatingIfNeeded: Self.headerSize + count),
      isWritable: false)
    _ = sending.submit()
    return true
  }

  public func flush() {
    if sending.needsNotification() { device.transport.notify(1) }
  }

  // MARK: Queues

  private func post(_ buffer: UInt16) {
    receiveOwners[Int(receiving.nextDescriptor)] = buffer
    receiving.append(
      UInt(bitPattern: receiveBuffers) + UInt(buffer) * UInt(bufferSize),
      UInt32(truncatingIfNeeded: bufferSize), isWritable: true)
    _ = receiving.submit()
  }

  /// Takes back what has been sent. Nobody is interrupted for that alone.
  private func reclaim() {
    while let used = sending.takeUsed() {
      unused[unusedCount] = sendOwners[Int(used.id)]
      unusedCount += 1
    }
    if let fault = sending.fault { fail(.queue(fault)) }
  }

  /// There is something to send and no room for it: the next that comes back interrupts.
  private func waitForRoom() {
    guard failure == nil else { return }
    isFull = true
    flush()
    if !sending.rearm(), let handler { loop.mark(handler) }
  }

  private func serve() {
    guard failure == nil else { return }
    device.transport.acknowledgeInterrupt()
    var taken = 0
    if isFull {
      isFull = false
      reclaim()
      taken += 1
    }
    // One round of the buffers at most, so that a flood does not hold the loop.
    while taken < Int(receiving.size), failure == nil, let used = receiving.takeUsed() {
      taken += 1
      let buffer = receiveOwners[Int(used.id)]
      deliver(receiveBuffers + Int(buffer) * bufferSize, Int(used.written))
      post(buffer)
    }
    if let fault = receiving.fault { return fail(.queue(fault)) }
    if taken == 0, device.isInNeedOfReset { return fail(.needsReset) }
    if receiving.needsNotification() { device.transport.notify(0) }
    if !receiving.rearm(), let handler { loop.mark(handler) }
    finish?()
  }

  private func deliver(_ start: UnsafeMutableRawPointer, _ written: Int) {
    guard written > Self.headerSize, let receive else {
      statistics.runts &+= 1
      return
    }
    receive(
      UnsafeRawBufferPointer(start: start + Self.headerSize, count: written - Self.headerSize))
  }

  private func fail(_ error: VirtioError) {
    guard failure == nil else { return }
    failure = error
    device.retire()
    error.report("virtio-net", isLate: true)
  }
}

/// What the driver of a network card has counted.
public struct VirtioNetworkStatistics: Equatable, Sendable {
  /// Buffers that came back without a frame.
  public var runts: UInt64 = 0
}
