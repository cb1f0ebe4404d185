// The block device (virtio 1.2, section 5.2). Each request becomes one or more chains: a header,
// the data in as many segments as the device wants, and a status byte. Several requests are under
// way at once; those for which the queue has no room wait in order.

public import Devices
public import Execution
public import Machine

/// A disk on a virtio transport.
public final class VirtioBlock: BlockDevice {
  /// The number of this kind of device (section 5).
  public static var deviceType: UInt32 { 2 }
  /// The most requests that are taken before the first of them ends; one more is `busy`.
  public static var requestLimit: Int { 64 }

  let device: VirtioDevice
  let loop: EventLoop
  var queue: SplitQueue
  var handler: HandlerID?
  let limits: BlockLimits
  let patience: Nanoseconds

  /// The requests, in no order; `order` has the numbers of those that wait to be sent.
  // Safety: `requestLimit` of them, initialized in `init`; a device stays for ever.
  let requests: UnsafeMutablePointer<BlockRequest>
  var order = BlockOrder()
  /// Requests that have ended and whose callers have not been told.
  var ended = BlockOrder()
  /// What is known of each chain, by the descriptor it begins with.
  let chains: BlockChains
  var isWatched = false
  /// Why the device is out of use; nil while it works.
  public internal(set) var failure: VirtioError?
  /// What has been counted.
  public internal(set) var statistics = VirtioStatistics()

  public var blockSize: Int { limits.blockSize }
  public var blockCount: UInt64 { limits.blockCount }
  public var isReadOnly: Bool { limits.isReadOnly }

  /// Starts the device, with its answers served by `loop` whenever `line` is marked.
  ///
  /// A request that takes longer than `patience` means that the device is dead.
  public init(
    _ transport: any VirtioTransport, loop: EventLoop, line: Line,
    patience: Nanoseconds = .seconds(30)
  ) throws(VirtioError) {
    device = try VirtioDevice(transport, wanted: BlockLimits.wanted | VirtioFeature.eventIndex)
    limits = try BlockLimits(of: device)
    queue = try device.makeQueue(0, limit: 64)
    guard queue.size >= 4 else { throw .queueUnavailable }
    chains = BlockChains(count: Int(queue.size))
    requests = .allocate(capacity: VirtioBlock.requestLimit)
    requests.initialize(repeating: BlockRequest(), count: VirtioBlock.requestLimit)
    self.loop = loop
    self.patience = patience
    handler = loop.register("virtio-blk", line: line) { [self] in serve() }
    device.start()
  }

  public func read(
    _ first: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ done: @escaping (Result<Void, BlockError>) -> Void
  ) {
    add(.read, first, UInt(bitPattern: buffer.baseAddress), buffer.count, done)
  }

  public func write(
    _ first: UInt64, _ bytes: UnsafeRawBufferPointer,
    _ done: @escaping (Result<Void, BlockError>) -> Void
  ) {
    add(.write, first, UInt(bitPattern: bytes.baseAddress), bytes.count, done)
  }

  /// A device without FLUSH writes through, so there is nothing to do.
  public func flush(_ done: @escaping (Result<Void, BlockError>) -> Void) {
    if limits.hasFlush { return add(.flush, 0, 0, 0, done) }
    later(failure == nil ? .success(()) : .failure(.lost), done)
  }

  private func add(
    _ kind: BlockRequest.Kind, _ first: UInt64, _ address: UInt, _ count: Int,
    _ done: @escaping (Result<Void, BlockError>) -> Void
  ) {
    if failure != nil { return later(.failure(.lost), done) }
    if let refusal = refusal(first, count: count, isWrite: kind == .write) {
      return later(.failure(refusal), done)
    }
    if count == 0, kind != .flush { return later(.success(()), done) }
    var slot = 0
    while slot < VirtioBlock.requestLimit, requests[slot].done != nil { slot += 1 }
    guard slot < VirtioBlock.requestLimit else { return later(.failure(.busy), done) }
    requests[slot] = BlockRequest(
      kind: kind, sector: first &* limits.sectorsPerBlock, address: address, left: count,
      done: done)
    order.append(UInt8(slot))
    send()
  }

  private func later(
    _ result: Result<Void, BlockError>, _ done: @escaping (Result<Void, BlockError>) -> Void
  ) {
    loop.after(.zero) { done(result) }
  }
}
