// A connection as its user has it, in callback style. Back-pressure goes both ways by itself: who
// does not read keeps the peer from sending, and a write takes only what there is room for.

public import Internet

/// One end of a connection of TCP.
public final class Connection {
  let id: ConnectionID
  private let interface: NetworkInterface
  /// The other end.
  public let remote: Endpoint

  /// It is established: for one that was opened from here.
  public var onOpen: ((Connection) -> Void)?
  /// There is more to read, or the other end has finished (`isAtEnd`, when all is read).
  public var onReadable: ((Connection) -> Void)?
  /// There is room again, after a write that has left none.
  public var onWritable: ((Connection) -> Void)?
  /// It is over. The last call; afterwards reads and writes come to nothing.
  public var onClose: ((Connection, TCPCloseReason) -> Void)?

  init(_ id: ConnectionID, _ interface: NetworkInterface, _ remote: Endpoint) {
    self.id = id
    self.interface = interface
    self.remote = remote
  }

  /// Bytes that can be read now.
  public var readableCount: Int { interface.stack.look(id) { $0.readableCount } ?? 0 }

  /// Bytes that a write would take now; if there are none, `onWritable` is called when there are.
  public var writableCount: Int {
    let count = interface.stack.writableCount(id)
    if count == 0 { interface.changed() }
    return count
  }

  /// Whether everything has been read that will ever come.
  public var isAtEnd: Bool { interface.stack.look(id) { $0.isAtEnd } ?? true }

  /// Moves what has arrived into `target`, up to its size; returns how many bytes.
  public func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    guard let start = target.baseAddress else { return 0 }
    // Safety: the caller's buffer, for the time of this call.
    let bytes = UnsafeMutableBufferPointer(
      start: start.assumingMemoryBound(to: UInt8.self), count: target.count)
    var span = bytes.mutableSpan
    let count = interface.stack.read(id, into: &span)
    if count > 0 { interface.changed() }
    return count
  }

  /// Takes up to `limit` bytes of what has arrived. Allocates.
  public func read(upTo limit: Int) -> [UInt8] {
    let most = min(limit, readableCount)
    guard most > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      count = read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Queues as much of `bytes` as there is room for; returns how many. When that leaves no room,
  /// `onWritable` is called when there is some again.
  @discardableResult
  public func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    // Safety: the caller's buffer, for the time of this call.
    let buffer = UnsafeBufferPointer(
      start: start.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    let count = interface.stack.write(buffer.span, to: id)
    // Who got less than all may have to wait for memory, and that has a deadline.
    if !bytes.isEmpty { interface.changed() }
    return count
  }

  /// The same for an array.
  @discardableResult
  public func write(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBytes { write($0) } }

  /// Finishes this end after what was written; what comes can still be read.
  public func finish() {
    interface.stack.finish(id, at: interface.now)
    interface.changed()
  }

  /// Finishes this end, and wants nothing more from the other: if that sends more, it is reset.
  public func close() {
    interface.stack.close(id, at: interface.now)
    interface.changed()
  }

  /// When it is given up if the peer does not answer: at first what the interface says.
  public var limits: TCPLimits {
    get { interface.stack.look(id) { $0.limits } ?? TCPLimits() }
    set {
      interface.stack.setLimits(newValue, of: id, at: interface.now)
      interface.changed()
    }
  }

  /// Ends the connection at once, by a reset.
  public func abort() {
    interface.stack.abort(id)
    interface.changed()
  }

  func told(_ event: TCPEvent) {
    if event.signals.contains(.opened) { onOpen?(self) }
    if !event.signals.isDisjoint(with: [.readable, .finished]) { onReadable?(self) }
    if event.signals.contains(.writable) { onWritable?(self) }
    guard event.signals.contains(.closed) else { return }
    let last = onClose
    // What they hold goes with the connection.
    onOpen = nil
    onReadable = nil
    onWritable = nil
    onClose = nil
    last?(self, event.closeReason ?? .finished)
  }
}
