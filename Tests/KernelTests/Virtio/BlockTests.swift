// The block driver against a disk that works.

import Devices
import Execution
import Machine
import Testing
import Virtio

@Suite("virtio block")
struct BlockTests {
  @Test("reads and writes move the bytes between the blocks and the buffer, and nothing else")
  func transfer() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    #expect(block.blockCount == 256 && block.blockSize == 512 && !block.isReadOnly)
    let before = disk.content
    let outcome = Outcome()
    let (source, target) = (buffer(1024) { UInt8(truncatingIfNeeded: $0 &* 3) }, buffer(1536))
    block.write(7, UnsafeRawBufferPointer(source), outcome.take)
    #expect(outcome.results == [], "done was called within the call")
    disk.run()
    block.read(6, into: target, outcome.take)
    disk.run()
    block.flush(outcome.take)
    disk.run()
    #expect(outcome.results == [nil, nil, nil])
    #expect(disk.log == ["write 7 1024", "read 6 1536", "flush"])
    #expect(Array(disk.content[7 * 512..<9 * 512]) == Array(source))
    #expect(disk.content[..<(7 * 512)] == before[..<(7 * 512)])
    #expect(disk.content[(9 * 512)...] == before[(9 * 512)...])
    #expect(Array(target) == Array(disk.content[6 * 512..<9 * 512]))
    #expect(disk.device.violations == [] && disk.window.trace.violations == [])
    #expect(block.statistics.requests == 3 && block.statistics.errors == 0)
  }

  @Test("blocks of 4096 bytes are counted in the device's own size")
  func largeBlocks() throws {
    let disk = FakeDisk(sectors: 64, features: 1 << 6, blockSize: 4096)
    let block = try disk.start()
    #expect(block.blockSize == 4096 && block.blockCount == 8)
    let outcome = Outcome()
    let target = buffer(4096)
    block.read(7, into: target, outcome.take)
    block.read(8, into: target, outcome.take)
    block.read(0, into: buffer(512), outcome.take)
    disk.run()
    #expect(disk.log == ["read 56 4096"])
    #expect(Array(target) == Array(disk.content[(7 * 4096)...]))
    #expect(outcome.results.count == 3)
    for error in [BlockError.outOfRange, .partialBlock] { #expect(outcome.results.contains(error)) }
  }

  @Test("what is longer than a chain goes out in several, to the limits the device gives")
  func split() throws {
    let disk = FakeDisk(features: 1 << 1 | 1 << 2, sizeMax: 1500, segMax: 3, queueSize: 8)
    let block = try disk.start()
    var segments: [[Int]] = []
    disk.answer = { request in
      segments.append(request.chain.buffers.map(\.length))
      return 0
    }
    let outcome = Outcome()
    let target = buffer(9 * 512)
    block.read(10, into: target, outcome.take)
    disk.run()
    // 1500 is cut to whole sectors.
    #expect(
      segments == [
        [16, 1024, 1024, 1024, 1], [16, 1024, 512, 1],
      ])
    #expect(disk.log == ["read 10 3072", "read 16 1536"])
    #expect(outcome.results == [nil])
    #expect(Array(target) == Array(disk.content[10 * 512..<19 * 512]))
    #expect(disk.device.violations == [])
  }

  @Test("many requests are under way at once, end in any order, and each gets its own bytes")
  func inFlight() throws {
    let disk = FakeDisk(queueSize: 16)
    let block = try disk.start()
    disk.answer = { _ in nil }
    var ended: [Int] = []
    let targets = (0..<40).map { _ in buffer(512) }
    for index in 0..<40 {
      block.read(UInt64(index * 3), into: targets[index]) { _ in ended.append(index) }
    }
    disk.settle()
    #expect(disk.held.count == 5)  // of 3 descriptors each; the others wait
    var random = SystemRandomNumberGenerator()
    while !disk.held.isEmpty {
      disk.held.shuffle(using: &random)
      disk.finish(disk.held.removeFirst(), 0)
      disk.settle()
    }
    #expect(Set(ended) == Set(0..<40) && ended.count == 40)
    for index in 0..<40 {
      #expect(Array(targets[index]) == Array(disk.content[index * 1536..<index * 1536 + 512]))
    }
    #expect(disk.device.violations == [])
  }

  @Test("a request made from the end of another is served")
  func chained() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    let target = buffer(512)
    var left = 1000
    func next() {
      left -= 1
      if left > 0 { block.read(0, into: target) { _ in next() } }
    }
    next()
    disk.run()
    #expect(left == 0 && block.statistics.requests == 999)
  }

  @Test("what cannot be done is refused without asking the device")
  func refusals() throws {
    let disk = FakeDisk(features: 1 << 5)
    let block = try disk.start()
    #expect(block.isReadOnly)
    let outcome = Outcome()
    let memory = buffer(1024)
    block.write(0, UnsafeRawBufferPointer(memory), outcome.take)
    block.read(256, into: memory, outcome.take)
    block.read(255, into: memory, outcome.take)
    block.read(.max, into: memory, outcome.take)
    block.read(0, into: UnsafeMutableRawBufferPointer(rebasing: memory[0..<100]), outcome.take)
    block.read(256, into: UnsafeMutableRawBufferPointer(start: nil, count: 0), outcome.take)
    block.flush(outcome.take)  // not offered: a device that writes through has nothing to flush
    #expect(outcome.results == [])
    disk.run()
    #expect(
      outcome.results == [
        .readOnly, .outOfRange, .outOfRange, .outOfRange, .partialBlock, nil, nil,
      ]
    )
    #expect(disk.log == [])
  }

  @Test("one request more than the limit is busy, and the others are not lost")
  func busy() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    disk.answer = { _ in nil }
    let outcome = Outcome()
    for _ in 0...VirtioBlock.requestLimit { block.read(0, into: buffer(512), outcome.take) }
    disk.settle()
    #expect(outcome.results == [.busy])
    disk.answer = { _ in 0 }
    while !disk.held.isEmpty { disk.finish(disk.held.removeFirst(), 0) }
    disk.run()
    #expect(outcome.results.count == VirtioBlock.requestLimit + 1)
    #expect(outcome.results.dropFirst().allSatisfy { $0 == nil })
  }

  @Test("nothing wakes an idle core once all requests have ended and the watch is over")
  func idle() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    for _ in 0..<100 { block.read(0, into: buffer(512)) { _ in } }
    disk.run()
    #expect(disk.loop.timerCount == 0 && disk.machine.armed == nil)
  }

  @Test(
    "a configuration that makes no sense is refused",
    arguments: [(0, UInt32(0)), (1, 100), (2, 768), (3, 1 << 17), (4, 256)])
  func invalid(number: Int, blockSize: UInt32) {
    let disk = FakeDisk(features: 1 << 6, blockSize: blockSize)
    #expect(throws: VirtioError.configurationInvalid) { try disk.start() }
    #expect(disk.device.status & 128 != 0)
    let small = FakeDisk(features: 1 << 1, sizeMax: 511)
    #expect(throws: VirtioError.configurationInvalid) { try small.start() }
    let short = FakeDisk(queueSize: 2)
    #expect(throws: VirtioError.queueUnavailable) { try short.start() }
  }
}
