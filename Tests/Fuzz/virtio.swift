// modules: Telemetry Publishing Machine Log Execution Devices Virtio
//
// What a virtio device says: the memory of a queue, which it can write at any time, and its
// configuration space. A queue believes only what it posted, keeps its books, and neither traps
// nor reads outside its memory; a walk along capabilities and bridges ends.

import Devices
import Virtio

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(bytes: Array(UnsafeBufferPointer(start: data, count: count)))
  switch input.next() % 3 {
  case 0: queue(&input)
  case 1: configuration(input)
  default:
    input.bytes.withUnsafeBytes { bytes in
      MMIOParameter.each(on: bytes) { window in
        precondition(window.base <= .max - window.size && window.size >= 0x104, "a bad window")
      }
    }
  }
  return 0
}

private struct Input {
  let bytes: [UInt8]
  var position = 0
  mutating func next() -> Int {
    guard position < bytes.count else { return 0 }
    position += 1
    return Int(bytes[position - 1])
  }
  var isAtEnd: Bool { position >= bytes.count }
}

/// Posts, takes and lets the device write wherever it can.
private func queue(_ input: inout Input) {
  let size = 1 << (input.next() % 5)
  var queue = SplitQueue(size: UInt16(size), usesEventIndex: input.next() & 1 == 1)
  let layout = queue.layout
  guard let memory = UnsafeMutableRawPointer(bitPattern: UInt(layout.descriptors)) else { return }
  let bytes = Int(layout.device - layout.descriptors) + 6 + 8 * size
  /// What is with the device, by its number: how many descriptors, and writable bytes.
  var posted = [(count: Int, writable: UInt32)?](repeating: nil, count: size)
  while !input.isAtEnd {
    switch input.next() % 5 {
    case 0:
      let wanted = input.next() % 4 + 1
      guard queue.freeCount >= wanted, queue.fault == nil else { continue }
      var writable: UInt32 = 0
      for _ in 0..<wanted {
        let length = UInt32(input.next())
        let isWritable = length & 1 == 1
        precondition(queue.append(4096, length, isWritable: isWritable), "no room after all")
        if isWritable { writable += length }
      }
      let id = Int(queue.submit())
      precondition(posted[id] == nil, "a number in use was given out again")
      posted[id] = (wanted, writable)
    case 1:
      let (low, high) = (input.next(), input.next())
      let offset = (low | high << 8) % bytes
      memory.storeBytes(of: UInt8(input.next()), toByteOffset: offset, as: UInt8.self)
    case 2:  // a device that begins well: an element, then the index
      let used = Int(layout.device - layout.descriptors)
      let index = memory.load(fromByteOffset: used + 2, as: UInt16.self)
      let slot = used + 4 + 8 * (Int(index) % size)
      memory.storeBytes(of: UInt32(input.next()), toByteOffset: slot, as: UInt32.self)
      memory.storeBytes(of: UInt32(input.next()), toByteOffset: slot + 4, as: UInt32.self)
      memory.storeBytes(of: index &+ 1, toByteOffset: used + 2, as: UInt16.self)
    case 3:
      guard let taken = queue.takeUsed() else { continue }
      guard let chain = posted[Int(taken.id)] else { fatalError("took what was not posted") }
      precondition(taken.written <= chain.writable, "more than there was room for")
      posted[Int(taken.id)] = nil
    default:
      _ = queue.rearm()
      _ = queue.needsNotification()
    }
    let held = posted.compactMap(\.self)
    precondition(Int(queue.outstanding) == held.count, "outstanding")
    precondition(Int(queue.freeCount) == size - held.map(\.count).reduce(0, +), "free")
  }
  queue.deallocate()
}

/// Up to four functions whose configuration spaces are the input.
private struct Spaces: PCIConfiguration {
  let bytes: [UInt8]
  func read(_ address: PCIAddress, _ offset: UInt8) -> UInt32 {
    let start = Int(address.number & 3) * 256 + Int(offset)
    guard address.number < 0x300, start + 4 <= bytes.count else { return 0xffff_ffff }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
  }
  func write(_ address: PCIAddress, _ offset: UInt8, _ value: UInt32) {}
}

private func configuration(_ input: Input) {
  Spaces(bytes: Array(input.bytes.dropFirst())).scan { function in
    _ = PCILayout.deviceType(of: function)
    if let vectors = MSIXCapability(of: function) {
      precondition((1...2048).contains(vectors.count) && vectors.bar < 8)
      _ = function.memoryBase(ofBAR: vectors.bar)
    }
    if let layout = try? PCILayout(of: function) {
      for window in [layout.common, layout.notify, layout.device].compactMap(\.self) {
        precondition(window.base &+ UInt64(window.size) < 1 << 53 && window.base & 3 == 0)
      }
    }
    return false
  }
}
