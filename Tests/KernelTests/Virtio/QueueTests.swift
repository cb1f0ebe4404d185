// The split queue against a device that follows the specification, over more chains than its
// indices can count, and against one that lies.

import Testing
import Virtio

/// The queue where the test macros, which copy, can get at it.
private final class HeldQueue {
  private var queue: SplitQueue
  init(_ queue: consuming SplitQueue) { self.queue = queue }
  @discardableResult
  func append(_ address: UInt, _ length: UInt32, isWritable: Bool) -> Bool {
    queue.append(address, length, isWritable: isWritable)
  }
  func submit() -> UInt16 { queue.submit() }
  func needsNotification() -> Bool { queue.needsNotification() }
  func takeUsed() -> (id: UInt16, written: UInt32)? { queue.takeUsed() }
  func rearm() -> Bool { queue.rearm() }
  var fault: QueueFault? { queue.fault }
  var freeCount: UInt16 { queue.freeCount }
  var outstanding: UInt16 { queue.outstanding }
}

/// Marsaglia's xorshift: the system's generator costs a system call a number.
private struct Marsaglia: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Suite("virtio queue")
struct QueueTests {
  /// A queue of 8 and the device's view of it.
  private func make(eventIndex: Bool = false) throws -> (FakeVirtioDevice, VirtioDevice) {
    let fake = FakeVirtioDevice(type: 2, features: eventIndex ? 1 << 29 : 0, queues: [8])
    let transport = try MMIOTransport(FakeWindow(device: fake))
    return (fake, try VirtioDevice(transport, wanted: VirtioFeature.eventIndex))
  }

  @Test(
    "70,000 chains of all lengths, more than an index counts, returned out of order",
    arguments: [false, true])
  func model(eventIndex: Bool) throws {
    let (fake, device) = try make(eventIndex: eventIndex)
    let queue = HeldQueue(try device.makeQueue(0, limit: 8))
    device.start()
    var random = Marsaglia(state: 88_172_645_463_325_252)
    var held: [Chain] = []
    /// What each chain number was posted with, and how much the device wrote.
    var posted: [UInt16: (address: UInt, count: Int)] = [:]
    var expected: [UInt16: UInt32] = [:]
    var wrong: [String] = []
    var (next, total) = (UInt(4096), 0)
    while total < 70_000, wrong.isEmpty {
      let count = Int.random(in: 1...3, using: &random)
      if queue.freeCount >= count {
        for part in 0..<count {
          queue.append(next + UInt(part), UInt32(part + 1), isWritable: part > 0)
        }
        let id = queue.submit()
        if posted[id] != nil { wrong.append("chain number \(id) given out again") }
        posted[id] = (next, count)
        next += 16
        total += 1
      }
      while let chain = fake.take(0) { held.append(chain) }
      if let index = held.indices.randomElement(using: &random), Bool.random(using: &random) {
        let chain = held.remove(at: index)
        guard let was = posted[chain.id] else {
          wrong.append("chain \(chain.id) was not posted")
          break
        }
        for (part, buffer) in chain.buffers.enumerated()
        where buffer.address != was.address + UInt(part) || buffer.length != part + 1 {
          wrong.append("buffer \(part) of chain \(chain.id)")
        }
        if chain.buffers.count != was.count { wrong.append("length of chain \(chain.id)") }
        let written = UInt32.random(in: 0...UInt32(chain.writableCount), using: &random)
        expected[chain.id] = written
        fake.giveBack(0, id: UInt32(chain.id), written: written)
      }
      while let used = queue.takeUsed() {
        if expected.removeValue(forKey: used.id) != used.written { wrong.append("\(used)") }
        posted[used.id] = nil
      }
    }
    #expect(wrong.prefix(5) == [] && fake.violations == [])
    #expect(queue.fault == nil && expected.isEmpty)
    #expect(Int(queue.outstanding) == posted.count)
    #expect(Int(queue.freeCount) == 8 - posted.values.map(\.count).reduce(0, +))
  }

  @Test("a full queue takes nothing more, and what does not fit breaks nothing")
  func full() throws {
    let (fake, device) = try make()
    let queue = HeldQueue(try device.makeQueue(0, limit: 8))
    device.start()
    for index in 0..<8 {
      #expect(queue.append(UInt(index + 1) * 16, 4, isWritable: false))
      _ = queue.submit()
    }
    #expect(!queue.append(4096, 4, isWritable: false) && queue.freeCount == 0)
    for index in 0..<8 { #expect(fake.take(0)?.buffers[0].address == UInt(index + 1) * 16) }
    #expect(fake.take(0) == nil && fake.violations == [])
  }

  @Test("the device is told when its event index asks for it, and not before")
  func notification() throws {
    let (fake, device) = try make(eventIndex: true)
    let queue = HeldQueue(try device.makeQueue(0, limit: 8))
    device.start()
    func post() {
      queue.append(4096, 4, isWritable: false)
      _ = queue.submit()
    }
    #expect(!queue.needsNotification())
    post()
    #expect(queue.needsNotification() && !queue.needsNotification())
    post()
    #expect(!queue.needsNotification())  // it is busy with the first and will look again
    _ = fake.take(0)
    _ = fake.take(0)
    post()
    post()
    #expect(queue.needsNotification())  // it had seen all and waits for the third
  }

  @Test("without event indices the device's flag decides")
  func notificationFlag() throws {
    let (fake, device) = try make()
    let queue = HeldQueue(try device.makeQueue(0, limit: 8))
    device.start()
    for flag: UInt16 in [0, 1, 0] {
      poke(fake.queues[0].device, flag)
      queue.append(4096, 4, isWritable: false)
      _ = queue.submit()
      #expect(queue.needsNotification() == (flag == 0))
    }
  }

  @Test("arming for the next interrupt finds what came just before", arguments: [false, true])
  func rearm(eventIndex: Bool) throws {
    let (fake, device) = try make(eventIndex: eventIndex)
    let queue = HeldQueue(try device.makeQueue(0, limit: 8))
    device.start()
    var interrupts = 0
    fake.onInterrupt = { interrupts += 1 }
    for _ in 0..<3 {
      queue.append(4096, 4, isWritable: true)
      _ = queue.submit()
    }
    #expect(queue.rearm())
    let chains = [fake.take(0), fake.take(0), fake.take(0)].compactMap { $0 }
    fake.giveBack(0, id: UInt32(chains[0].id), written: 0)
    #expect(interrupts == 1)
    _ = queue.takeUsed()
    fake.giveBack(0, id: UInt32(chains[1].id), written: 0)
    #expect(!queue.rearm())
    _ = queue.takeUsed()
    #expect(queue.rearm())
    let before = interrupts
    fake.giveBack(0, id: UInt32(chains[2].id), written: 0)
    #expect(interrupts == before + 1)
  }

  /// A way to lie about the one chain that was posted, with 32 writable bytes.
  enum Lie: CaseIterable {
    case jump, farJump, range, farRange, other, twice, length, farLength

    var fault: QueueFault {
      switch self {
      case .jump, .farJump: .indexJump
      case .range, .farRange: .idOutOfRange
      case .other, .twice: .notOutstanding
      case .length, .farLength: .lengthBeyondPosted
      }
    }
  }

  @Test("each lie breaks the queue for good, with its name", arguments: Lie.allCases)
  func lies(lie: Lie) throws {
    let (fake, device) = try make()
    let queue = HeldQueue(try device.makeQueue(0, limit: 8))
    device.start()
    for _ in 0..<2 {
      queue.append(4096, 16, isWritable: false)
      queue.append(8192, 32, isWritable: true)
      _ = queue.submit()
    }
    let id = UInt32(try #require(fake.take(0)).id)
    switch lie {
    case .jump:
      for _ in 0..<3 { fake.giveBack(0, id: id, written: 0) }
    case .farJump: poke(fake.queues[0].device + 2, UInt16(0xffff))
    case .range: fake.giveBack(0, id: 8, written: 0)
    case .farRange: fake.giveBack(0, id: id | 0x1_0000, written: 0)
    case .other: fake.giveBack(0, id: id + 1, written: 0)
    case .twice:
      for _ in 0..<2 { fake.giveBack(0, id: id, written: 32) }
      #expect(queue.takeUsed()?.id == UInt16(id))
    case .length: fake.giveBack(0, id: id, written: 33)
    case .farLength: fake.giveBack(0, id: id, written: .max)
    }
    #expect(queue.takeUsed() == nil && queue.fault == lie.fault)
    // Even the truth is too late now.
    fake.giveBack(0, id: id, written: 1)
    #expect(queue.takeUsed() == nil && queue.fault == lie.fault)
    #expect(!queue.append(4096, 16, isWritable: false))
  }

  @Test("a device that scribbles over the descriptor table changes nothing that is believed")
  func scribble() throws {
    let (fake, device) = try make()
    let queue = HeldQueue(try device.makeQueue(0, limit: 8))
    device.start()
    queue.append(4096, 16, isWritable: false)
    queue.append(8192, 32, isWritable: true)
    _ = queue.submit()
    let chain = try #require(fake.take(0))
    let table = fake.queues[0].descriptors
    for offset in UInt(0)..<128 { poke(table + offset, UInt8(0xff)) }
    fake.giveBack(0, id: UInt32(chain.id), written: 32)
    #expect(queue.takeUsed()?.written == 32 && queue.freeCount == 8)
    for index in 0..<8 {
      #expect(queue.append(UInt(index + 1) * 16, 4, isWritable: false))
      _ = queue.submit()
    }
    for index in 0..<8 { #expect(fake.take(0)?.buffers.first?.address == UInt(index + 1) * 16) }
    #expect(fake.violations == [])
  }
}
