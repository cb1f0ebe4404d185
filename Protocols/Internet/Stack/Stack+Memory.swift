// What all connections may have of the memory. A peer decides how much it sends and what it leaves
// unread, so without a bound many of them could take everything.

extension Stack {
  /// Bytes of memory that the buffers of connections have.
  public var bufferMemory: Int { connections.bufferMemory.total }

  /// Bytes that connections may take more to send. Neither kind gets the last fourth of what there is:
  /// who reads only what it can write would wait for ever if nothing could be written for unread data.
  var memoryToSend: Int { memoryLeft(beside: connections.bufferMemory.sending) }

  /// Bytes that one connection may take more to send.
  func memoryToSend(_ index: Int) -> Int {
    share(memoryToSend, beside: connections.look(index) { $0.bufferMemory.sending } ?? 0)
  }

  /// Bytes that one connection may take more to receive.
  func memoryToReceive(_ index: Int) -> Int {
    share(
      memoryLeft(beside: connections.bufferMemory.receiving),
      beside: connections.look(index) { $0.bufferMemory.receiving } ?? 0)
  }

  private func memoryLeft(beside used: Int) -> Int {
    let limit = configuration.bufferLimit
    return max(min(limit - bufferMemory, limit - limit / 4 - used), 0)
  }

  /// Nobody has more than an eighth of what is left for all, so that whoever comes later finds
  /// something though many hold what they have for ever (dynamic thresholds: Choudhury and Hahne,
  /// 1998): forty of them leave a hundredth. With nothing yet a connection gets the smallest buffer as
  /// long as there is one.
  private func share(_ left: Int, beside own: Int) -> Int {
    own == 0 ? min(left, max(left / 8, ByteRing.portion)) : max(left / 8 - own, 0)
  }

  /// Whether buffers with nothing in them are to give their memory back at once.
  var isTight: Bool { bufferMemory > configuration.bufferLimit / 2 }

  /// Somebody did not get memory: the others are looked through, at most ten times a second.
  mutating func wantMemory() {
    if reliefAt == .distantFuture { reliefAt = nextRelief }
  }

  /// Takes back what buffers do not use, and tells those who wait to write, as long as there is room.
  public mutating func relieveMemory(at now: Moment) {
    reliefAt = .distantFuture
    nextRelief = now + .milliseconds(100)
    for index in 0..<connections.places.count {
      connections.change(index) { $0.releaseIdleBuffers(pruning: true) }
    }
    for index in 0..<connections.places.count {
      let waits = connections.look(index) { $0.isWaitingForMemory } ?? false
      guard waits else { continue }
      guard memoryToSend >= ByteRing.portion else {
        reliefAt = nextRelief
        return
      }
      connections.change(index) { $0.memoryFreed() }
      settle(index)
    }
  }
}
