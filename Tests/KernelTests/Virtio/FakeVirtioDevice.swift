// A virtio device written from the specification alone (virtio 1.2), for drivers to be tested
// against: registers are plain state, queues are walked in the memory that the driver gave. What
// the driver does against the rules is collected in `violations`; how the device itself breaks
// them is up to each test.

import Testing

/// A chain of descriptors as the device sees it.
struct Chain {
  struct Buffer {
    let address: UInt
    let length: Int
    let isWritable: Bool
  }

  let id: UInt16
  let buffers: [Buffer]

  /// Everything the device may read, in order.
  var readable: [UInt8] {
    buffers.filter { !$0.isWritable }.flatMap { buffer in
      (0..<buffer.length).map { peek(buffer.address + UInt($0), UInt8.self) }
    }
  }

  /// Writes `bytes` into what the device may write, from the start; returns how many fitted.
  @discardableResult
  func fill(_ bytes: [UInt8], from start: Int = 0) -> Int {
    let places = buffers.filter(\.isWritable).flatMap { buffer in
      (0..<buffer.length).map { buffer.address + UInt($0) }
    }.dropFirst(start)
    for (place, byte) in zip(places, bytes) { poke(place, byte) }
    return min(places.count, bytes.count)
  }

  var writableCount: Int { buffers.filter(\.isWritable).map(\.length).reduce(0, +) }
}

// Safety: addresses that the driver gave for its queues and buffers, in this process.
func peek<T>(_ address: UInt, _: T.Type) -> T {
  UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped.load(as: T.self)
}

func poke<T>(_ address: UInt, _ value: T) {
  UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped.storeBytes(of: value, as: T.self)
}

final class FakeVirtioDevice {
  struct Queue {
    var limit: UInt16
    var size: UInt16 = 0
    var descriptors: UInt = 0
    var driver: UInt = 0
    var device: UInt = 0
    var isEnabled = false
    var vector: UInt16 = 0xffff
    var seen: UInt16 = 0
    var used: UInt16 = 0
    /// The used index when the driver was last interrupted.
    var interrupted: UInt16 = 0
  }

  let type: UInt32
  var features: UInt64
  var accepted: UInt64 = 0
  var status: UInt8 = 0
  var queues: [Queue]
  var configuration: [UInt8]
  var generation: UInt32 = 0
  var interruptStatus: UInt32 = 0
  var notifications: [UInt16] = []
  var violations: [String] = []
  var resets = 0

  // How it misbehaves.
  var ignoresReset = false
  var refusesFeatures = false
  var generationNeverRests = false

  var onNotify: (UInt16) -> Void = { _ in }
  var onInterrupt: () -> Void = {}

  init(type: UInt32, features: UInt64, queues: [UInt16], configuration: [UInt8] = []) {
    self.type = type
    self.features = features | 1 << 32
    self.queues = queues.map { Queue(limit: $0) }
    self.configuration = configuration
  }

  var isLive: Bool { status & 4 != 0 }
  var usesEventIndex: Bool { accepted & 1 << 29 != 0 }

  // MARK: What both transports do

  func setStatus(_ value: UInt8) {
    if value == 0 {
      resets += 1
      if ignoresReset { return }
      status = 0
      accepted = 0
      interruptStatus = 0
      queues = queues.map { Queue(limit: $0.limit) }
      return
    }
    if value & 128 == 0, value & status != status { violations.append("status bit taken back") }
    if value & 8 != 0, status & 8 == 0 {
      if accepted & ~features != 0 { violations.append("accepted what was not offered") }
      if refusesFeatures {
        status = value & ~8
        return
      }
    }
    if value & 4 != 0, value & 8 == 0 { violations.append("DRIVER_OK without FEATURES_OK") }
    status = value
  }

  func enable(_ queue: Int) {
    if status & 8 == 0 || status & 4 != 0 { violations.append("queue set up at the wrong time") }
    let state = queues[queue]
    if state.size == 0 || state.size & (state.size - 1) != 0 || state.size > state.limit {
      violations.append("queue size \(state.size)")
    }
    if state.descriptors & 15 != 0 || state.driver & 1 != 0 || state.device & 3 != 0 {
      violations.append("queue misaligned")
    }
    queues[queue].isEnabled = true
  }

  func notified(_ queue: UInt16) {
    if !isLive { violations.append("notified before DRIVER_OK") }
    notifications.append(queue)
    onNotify(queue)
  }

  func readGeneration() -> UInt32 {
    if generationNeverRests { generation += 1 }
    return generation
  }

  func configurationWord(_ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { word, index in
      let at = offset + index
      return word | UInt32(at < configuration.count ? configuration[at] : 0) << (8 * index)
    }
  }

  // MARK: The device's side of a queue (section 2.7)

  /// Chains offered that have not been taken.
  func available(_ queue: Int) -> Int {
    guard queues[queue].isEnabled else { return 0 }
    return Int(peek(queues[queue].driver + 2, UInt16.self) &- queues[queue].seen)
  }

  /// Takes the next chain, nil if there is none.
  func take(_ queue: Int) -> Chain? {
    guard available(queue) > 0 else { return nil }
    let state = queues[queue]
    let head = peek(state.driver + 4 + 2 * UInt(state.seen % state.size), UInt16.self)
    queues[queue].seen &+= 1
    if usesEventIndex {
      poke(state.device + 4 + 8 * UInt(state.size), queues[queue].seen)
    }
    var buffers: [Chain.Buffer] = []
    var index = head
    while true {
      guard index < state.size, buffers.count < state.size else {
        violations.append("chain out of range or endless")
        break
      }
      let at = state.descriptors + 16 * UInt(index)
      let flags = peek(at + 12, UInt16.self)
      if flags & ~3 != 0 { violations.append("descriptor flags \(flags)") }
      let buffer = Chain.Buffer(
        address: UInt(peek(at, UInt64.self)), length: Int(peek(at + 8, UInt32.self)),
        isWritable: flags & 2 != 0)
      if !buffer.isWritable, buffers.last?.isWritable == true {
        violations.append("readable after writable")
      }
      buffers.append(buffer)
      if flags & 1 == 0 { break }
      index = peek(at + 14, UInt16.self)
    }
    return Chain(id: head, buffers: buffers)
  }

  /// Returns a chain as used, and interrupts if the driver wants that.
  func giveBack(_ queue: Int, id: UInt32, written: UInt32) {
    let state = queues[queue]
    let at = state.device + 4 + 8 * UInt(state.used % state.size)
    poke(at, id)
    poke(at + 4, written)
    queues[queue].used &+= 1
    poke(state.device + 2, queues[queue].used)
    let wants: Bool
    if usesEventIndex {
      let event = peek(state.driver + 4 + 2 * UInt(state.size), UInt16.self)
      let (new, old) = (queues[queue].used, queues[queue].interrupted)
      wants = new &- event &- 1 < new &- old
    } else {
      wants = peek(state.driver, UInt16.self) & 1 == 0
    }
    if wants {
      queues[queue].interrupted = queues[queue].used
      interrupt()
    }
  }

  func interrupt() {
    interruptStatus |= 1
    onInterrupt()
  }
}
