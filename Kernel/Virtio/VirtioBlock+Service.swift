// The block driver at work: sending what the queue has room for, taking what comes back, and
// putting a device out of use that breaks the rules or does not answer.

internal import Devices
internal import Execution
internal import Machine

extension VirtioBlock {
  /// Sends waiting requests as far as there are free descriptors.
  func send() {
    while let slot = order.first {
      let request = requests + Int(slot)
      guard request.pointee.error == nil, send(partOf: request, slot) else { break }
      if request.pointee.left == 0 { _ = order.removeFirst() }
    }
    if queue.needsNotification() { device.transport.notify(0) }
    watch()
  }

  /// Sends as much of a request as one chain takes; false if there is no room for a chain.
  private func send(
    partOf request: UnsafeMutablePointer<BlockRequest>, _ slot: UInt8
  ) -> Bool {
    let (kind, left) = (request.pointee.kind, request.pointee.left)
    let room = min(Int(queue.freeCount) - 2, limits.segmentCount)
    let wanted = (left + limits.segmentSize - 1) / limits.segmentSize
    // A chain of many segments waits for room rather than being cut small.
    let most = min(wanted, limits.segmentCount, Int(queue.size) - 2)
    guard room >= most, queue.freeCount >= 2 else { return false }
    let bytes = min(left, most * limits.segmentSize)
    // The chain's number is that of its first descriptor, the next free one.
    let index = Int(queue.nextDescriptor)
    chains.prepare(index, kind, sector: request.pointee.sector)
    queue.append(chains.header(index), 16, isWritable: false)
    var offset = 0
    while offset < bytes {
      let size = min(bytes - offset, limits.segmentSize)
      queue.append(
        request.pointee.address + UInt(offset), UInt32(truncatingIfNeeded: size),
        isWritable: kind == .read)
      offset += size
    }
    queue.append(chains.status(index), 1, isWritable: true)
    chains[index] = BlockChains.Record(
      slot: slot, dataCount: kind == .read ? UInt32(truncatingIfNeeded: bytes) : 0,
      sent: loop.now.nanoseconds, isUnderWay: true)
    _ = queue.submit()
    request.pointee.sector &+= UInt64(bytes / BlockLimits.sector)
    request.pointee.address &+= UInt(bytes)
    request.pointee.left -= bytes
    request.pointee.underWay += 1
    return true
  }

  /// Takes what the device has returned, sends what waits, and tells the callers.
  func serve() {
    guard failure == nil else { return }
    device.transport.acknowledgeInterrupt()
    var taken = 0
    repeat {
      while let used = queue.takeUsed() {
        finish(chain: Int(used.id), written: used.written)
        taken += 1
      }
    } while queue.fault == nil && !queue.rearm()
    if let fault = queue.fault {
      breakDown(.queue(fault))
    } else if taken == 0, device.isInNeedOfReset {
      // An interrupt without an answer: the device has something else to say.
      breakDown(.needsReset)
    } else {
      send()
    }
    tellCallers()
  }

  private func finish(chain index: Int, written: UInt32) {
    let chain = chains[index]
    chains[index].isUnderWay = false
    statistics.requests &+= 1
    let request = requests + Int(chain.slot)
    var error = request.pointee.error
    switch chains.statusByte(index) {
    case 0 where written > chain.dataCount: break
    case 2: error = error ?? .unsupported
    default: error = error ?? .failed  // also an answer that did not fill the buffer
    }
    if error != nil { statistics.errors &+= 1 }
    request.pointee.error = error
    request.pointee.underWay -= 1
    let isSent = request.pointee.left == 0
    guard request.pointee.underWay == 0, isSent || error != nil else { return }
    if !isSent { order.removeIfFirst(chain.slot) }
    ended.append(chain.slot)
  }

  private func tellCallers() {
    // Those that end meanwhile have their turn at the next interrupt, not in this loop.
    while let slot = ended.removeFirst() {
      guard let done = requests[Int(slot)].done else { continue }
      // The room is free before the caller is told, who may want it at once.
      requests[Int(slot)].done = nil
      if let error = requests[Int(slot)].error { done(.failure(error)) } else { done(.success(())) }
    }
  }

  // MARK: A device that fails

  /// Puts the device out of use: it is reset, and every request ends with `lost`.
  private func breakDown(_ error: VirtioError) {
    failure = error
    statistics.faults &+= 1
    device.retire()
    error.report("virtio-blk", isLate: true)
    order = BlockOrder()
    ended = BlockOrder()
    for slot in 0..<VirtioBlock.requestLimit where requests[slot].done != nil {
      statistics.lost &+= 1
      if requests[slot].error == nil { requests[slot].error = .lost }
      ended.append(UInt8(slot))
    }
  }

  /// Sees to it that a timer runs while the device has something.
  private func watch() {
    guard queue.outstanding > 0, !isWatched, failure == nil else { return }
    isWatched = true
    loop.at(oldest + patience) { [self] in
      isWatched = false
      lookForLate()
    }
  }

  private func lookForLate() {
    guard failure == nil, queue.outstanding > 0 else { return }
    if loop.now >= oldest + patience {
      // Perhaps it has answered, and only the interrupt was lost.
      let before = statistics.requests
      serve()
      statistics.missedInterrupts &+= statistics.requests &- before
      guard failure == nil, queue.outstanding > 0 else { return }
      if loop.now >= oldest + patience {
        breakDown(device.isInNeedOfReset ? .needsReset : .timedOut)
        return tellCallers()
      }
    }
    watch()
  }

  /// When the chain was sent that the device has had for longest.
  private var oldest: Instant {
    var first = UInt64.max
    for index in 0..<chains.count where chains[index].isUnderWay {
      first = min(first, chains[index].sent)
    }
    return Instant(nanoseconds: first)
  }
}
