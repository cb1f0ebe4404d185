// The console device (virtio 1.2, section 5.3), port 0 alone: a byte link beside the serial
// ports. Output waits in a ring of fixed size, from which one piece at a time is with the device;
// what finds the ring full is dropped and counted, so a link that nobody reads holds nothing up.

public import Execution
public import Machine

/// A byte link to the host.
public final class VirtioConsole {
  private let device: VirtioDevice
  private let loop: EventLoop
  private var input: SplitQueue
  private var output: SplitQueue
  private var handler: HandlerID?
  // Safety: all three are allocated in `init` in these sizes and never freed: the device knows
  // their addresses.
  private let inputBuffers: UnsafeMutableRawPointer
  private let ring: UnsafeMutableRawPointer
  private let owners: UnsafeMutablePointer<UInt16>
  private var head = 0
  private var tail = 0
  /// Bytes of the ring, from its head on, that the device has.
  private var sent = 0
  private let onInput: (UnsafeRawBufferPointer) -> Void

  /// Why the device is out of use; nil while it works.
  public private(set) var failure: VirtioError?
  /// Bytes of output that found no room.
  public private(set) var dropped: UInt64 = 0

  /// The number of this kind of device (section 5).
  public static var deviceType: UInt32 { 3 }
  /// Bytes that wait for the host at most.
  public static var outputSize: Int { 4096 }
  /// How long the end of a machine waits for the host to take what is left.
  public static var patience: Nanoseconds { .milliseconds(500) }
  private static var bufferSize: Int { 256 }
  private static var bufferCount: UInt16 { 8 }
  private static var receive: UInt16 { 0 }
  private static var transmit: UInt16 { 1 }

  /// Starts the device; `onInput` gets what arrives, in the loop, and must not keep the pointer.
  public init(
    _ transport: any VirtioTransport, loop: EventLoop, line: Line,
    onInput: @escaping (UnsafeRawBufferPointer) -> Void
  ) throws(VirtioError) {
    device = try VirtioDevice(transport, wanted: VirtioFeature.eventIndex)
    input = try device.makeQueue(Self.receive, limit: Self.bufferCount)
    output = try device.makeQueue(Self.transmit, limit: 2)
    let count = Int(input.size)
    inputBuffers = .allocate(byteCount: count * Self.bufferSize, alignment: 64)
    inputBuffers.initializeMemory(as: UInt8.self, repeating: 0, count: count * Self.bufferSize)
    owners = .allocate(capacity: count)
    owners.initialize(repeating: 0, count: count)
    ring = .allocate(byteCount: Self.outputSize, alignment: 64)
    ring.initializeMemory(as: UInt8.self, repeating: 0, count: Self.outputSize)
    self.loop = loop
    self.onInput = onInput
    for buffer in 0..<input.size { post(buffer) }
    handler = loop.register("virtio-console", line: line) { [self] in serve() }
    device.start()
    if input.needsNotification() { device.transport.notify(Self.receive) }
  }

  /// Queues bytes for the host; returns how many found room. The others are dropped and counted.
  @discardableResult
  public func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    let room = failure == nil ? Self.outputSize - (tail - head) : 0
    let count = min(bytes.count, room)
    for index in 0..<count {
      ring.storeBytes(
        of: bytes[index], toByteOffset: (tail + index) & (Self.outputSize - 1), as: UInt8.self)
    }
    tail += count
    dropped &+= UInt64(bytes.count - count)
    send()
    return count
  }

  /// Bytes that wait for the host.
  public var pending: Int { tail - head }

  /// Has the host take what waits, for the end of a machine's life: polls, as `clock` tells the time,
  /// for `patience` at most. A device that has not taken all by then is out of use, and the rest
  /// dropped.
  public func flush(clock: () -> Instant) {
    let deadline = clock() + Self.patience
    while failure == nil, tail > head {
      _ = takeOutput()
      send()
      if let fault = output.fault {
        fail(.queue(fault))
      } else if tail > head, clock() > deadline {
        fail(.timedOut)
      }
    }
  }

  private func post(_ buffer: UInt16) {
    owners[Int(input.nextDescriptor)] = buffer
    input.append(
      UInt(bitPattern: inputBuffers) + UInt(buffer) * UInt(Self.bufferSize),
      UInt32(Self.bufferSize), isWritable: true)
    _ = input.submit()
  }

  /// Gives the device the longest piece of the ring that does not wrap around.
  private func send() {
    guard sent == 0, tail > head, failure == nil else { return }
    let start = head & (Self.outputSize - 1)
    sent = min(tail - head, Self.outputSize - start)
    output.append(
      UInt(bitPattern: ring) + UInt(start), UInt32(truncatingIfNeeded: sent), isWritable: false)
    _ = output.submit()
    if output.needsNotification() { device.transport.notify(Self.transmit) }
  }

  private func serve() {
    guard failure == nil else { return }
    device.transport.acknowledgeInterrupt()
    let taken = takeOutput() + takeInput()
    if let fault = input.fault ?? output.fault {
      fail(.queue(fault))
    } else if taken == 0, device.isInNeedOfReset {
      fail(.needsReset)
    } else {
      send()
      if input.needsNotification() { device.transport.notify(Self.receive) }
    }
  }

  private func takeOutput() -> Int {
    var taken = 0
    repeat {
      while output.takeUsed() != nil {
        head += sent
        sent = 0
        taken += 1
      }
    } while output.fault == nil && !output.rearm()
    return taken
  }

  private func takeInput() -> Int {
    var taken = 0
    // One round of the buffers at most, so that a flood of input does not hold the loop.
    while taken < Int(input.size), let used = input.takeUsed() {
      let buffer = owners[Int(used.id)]
      let bytes = UnsafeRawBufferPointer(
        start: inputBuffers + Int(buffer) * Self.bufferSize, count: Int(used.written))
      onInput(bytes)
      post(buffer)
      taken += 1
    }
    if input.fault == nil, !input.rearm(), let handler { loop.mark(handler) }
    return taken
  }

  private func fail(_ error: VirtioError) {
    failure = error
    dropped &+= UInt64(tail - head)
    head = tail
    device.retire()
    error.report("virtio-console", isLate: true)
  }
}
