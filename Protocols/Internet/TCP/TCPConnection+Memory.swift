// The memory of a connection's buffers: they grow as they are used, and give back what they have when
// the stack needs it for others.

/// Bytes of memory that buffers have, by what they are for.
struct BufferMemory: Equatable {
  var sending = 0
  var receiving = 0

  var total: Int { sending + receiving }

  /// Replaces a part by what it has become.
  mutating func replace(_ before: BufferMemory, by after: BufferMemory) {
    sending += after.sending - before.sending
    receiving += after.receiving - before.receiving
  }
}

extension TCPConnection {
  /// Bytes of memory that its buffers have.
  var bufferMemory: BufferMemory {
    BufferMemory(sending: sendBuffer.capacity, receiving: receive.capacity)
  }

  /// Gives back the memory of buffers with nothing in them; with `pruning` also that of data which the
  /// peer still has.
  mutating func releaseIdleBuffers(pruning: Bool) {
    if sendBuffer.count == 0, sendBuffer.capacity > 0 { sendBuffer.release() }
    receive.releaseIdle(pruning: pruning)
  }

  /// Whether its user waits to write, and no acknowledgment will tell that there is room.
  var isWaitingForMemory: Bool { isWriterWaiting && sendBuffer.count == 0 && state.canSend }

  /// There is memory again for who waits to write.
  mutating func memoryFreed() {
    guard isWaitingForMemory else { return }
    isWriterWaiting = false
    signals.insert(.writable)
  }
}
