// The entropy device (virtio 1.2, section 5.4): one queue, in which it fills buffers with random
// bytes. Polled, with a bound: random bytes are wanted at start, when nothing else runs yet.

public import Machine

/// A source of random bytes from the host.
public final class VirtioEntropy {
  private let device: VirtioDevice
  private var queue: SplitQueue
  // Safety: allocated once, never freed: the device may still write there after a time-out.
  private let buffer: UnsafeMutableRawPointer
  private let clock: () -> Instant
  /// Why the device is out of use; nil while it works.
  public private(set) var failure: VirtioError?

  /// The number of this kind of device (section 5).
  public static var deviceType: UInt32 { 4 }
  /// Bytes asked for at once.
  private static var portion: Int { 64 }
  /// How long the device may take for a portion before it counts as dead.
  public static var patience: Nanoseconds { .milliseconds(500) }

  /// Starts the device; `clock` bounds the waits.
  public init(
    _ transport: any VirtioTransport, clock: @escaping () -> Instant
  ) throws(VirtioError) {
    device = try VirtioDevice(transport, wanted: 0)
    queue = try device.makeQueue(0, limit: 2)
    queue.suppressInterrupts()
    buffer = UnsafeMutableRawPointer.allocate(byteCount: Self.portion, alignment: 16)
    buffer.initializeMemory(as: UInt8.self, repeating: 0, count: Self.portion)
    self.clock = clock
    device.start()
  }

  /// Fills `target` with random bytes as far as the device delivers; returns how many bytes.
  ///
  /// Fewer than asked for means that the device has failed, and `failure` says how. Costs a round
  /// trip to the host for each 64 bytes, and at most `patience` once.
  public func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while filled < target.count, failure == nil {
      let wanted = min(target.count - filled, Self.portion)
      let count = fill(wanted)
      for index in 0..<count {
        let byte = buffer.load(fromByteOffset: index, as: UInt8.self)
        target[filled + index] = byte
        // Random bytes that somebody has are not left lying about.
        buffer.storeBytes(of: 0, toByteOffset: index, as: UInt8.self)
      }
      filled += count
    }
    return filled
  }

  /// Has the device write up to `count` bytes into the buffer; returns how many it wrote.
  private func fill(_ count: Int) -> Int {
    queue.append(UInt(bitPattern: buffer), UInt32(truncatingIfNeeded: count), isWritable: true)
    _ = queue.submit()
    _ = queue.needsNotification()
    device.transport.notify(0)
    let deadline = clock() + Self.patience
    while true {
      if let used = queue.takeUsed() {
        // Nothing at all, again and again, would be an endless wait (section 5.4.6.1).
        if used.written == 0 { fail(.configurationInvalid) }
        return Int(used.written)
      }
      if let fault = queue.fault {
        fail(.queue(fault))
        return 0
      }
      if clock() > deadline {
        fail(device.isInNeedOfReset ? .needsReset : .timedOut)
        return 0
      }
    }
  }

  private func fail(_ error: VirtioError) {
    failure = error
    device.retire()
    error.report("virtio-rng", isLate: true)
  }
}
