// The block driver against a disk that fails, lies, or is silent: every request ends, with an
// error that says so, and nothing that the device claims reaches beyond the posted buffers.

import Devices
import Execution
import Machine
import Testing
import Virtio

@Suite("virtio block, failing")
struct BlockFaultTests {
  @Test("a device's own errors reach the caller, and the device stays in use")
  func errors() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    let outcome = Outcome()
    for status: UInt8 in [1, 2, 3, 0xff, 0] {
      disk.answer = { _ in status }
      block.read(0, into: buffer(512), outcome.take)
      disk.run()
    }
    #expect(outcome.results == [.failed, .unsupported, .failed, .failed, nil])
    #expect(block.failure == nil && block.statistics.errors == 4)
  }

  @Test("an answer that did not fill the buffer is no success")
  func short() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    let outcome = Outcome()
    disk.answer = { request in
      request.chain.fill([0], from: request.chain.writableCount - 1)
      disk.device.giveBack(0, id: UInt32(request.chain.id), written: 1)
      return nil
    }
    block.read(0, into: buffer(512), outcome.take)
    disk.run()
    #expect(outcome.results == [.failed])
  }

  @Test("an error in one part of a long request ends it once, after its other parts")
  func partial() throws {
    let disk = FakeDisk(features: 1 << 1 | 1 << 2, sizeMax: 512, segMax: 1, queueSize: 8)
    let block = try disk.start()
    let outcome = Outcome()
    disk.answer = { $0.sector == 2 ? 1 : 0 }
    block.read(0, into: buffer(8 * 512), outcome.take)
    block.read(20, into: buffer(512), outcome.take)
    disk.run()
    #expect(outcome.results.count == 2)
    #expect(outcome.results.contains(.failed) && outcome.results.contains(nil))
    #expect(!disk.log.contains("read 7 512"), "went on after the error")
    #expect(disk.device.violations == [])
  }

  @Test("each lie ends every request with `lost`, resets the device, and says so once")
  func lies() throws {
    let lies: [(QueueFault, (FakeDisk) -> Void)] = [
      (.indexJump, { poke($0.device.queues[0].device + 2, UInt16(1000)) }),
      (.idOutOfRange, { $0.device.giveBack(0, id: 64, written: 1) }),
      (.notOutstanding, { $0.device.giveBack(0, id: 63, written: 1) }),
      (
        .lengthBeyondPosted,
        { $0.device.giveBack(0, id: UInt32($0.held[0].chain.id), written: 514) }
      ),
    ]
    for (fault, lie) in lies {
      let disk = FakeDisk()
      let block = try disk.start()
      disk.answer = { _ in nil }
      let outcome = Outcome()
      for _ in 0..<30 { block.read(0, into: buffer(512), outcome.take) }
      disk.loop.turn(mayWait: false)
      let resets = disk.device.resets
      lie(disk)
      disk.machine.mark(disk.line)
      disk.run()
      #expect(outcome.results == [BlockError?](repeating: .lost, count: 30))
      #expect(block.failure == .queue(fault) && block.statistics.faults == 1)
      #expect(block.statistics.lost == 30)
      #expect(disk.device.resets == resets + 1)
      block.read(0, into: buffer(512), outcome.take)
      block.flush(outcome.take)
      disk.run()
      #expect(outcome.results.count == 32 && outcome.results.allSatisfy { $0 == .lost })
    }
  }

  @Test("a device that does not answer is dead after its time, not before")
  func silence() throws {
    let disk = FakeDisk()
    let block = try disk.start(patience: .seconds(2))
    disk.answer = { _ in nil }
    var ends: [UInt64] = []
    for delay: UInt64 in [0, 500_000_000] {
      disk.loop.at(Instant(nanoseconds: delay)) {
        block.read(0, into: buffer(512)) { result in
          ends.append(disk.machine.time)
          #expect(throws: BlockError.lost) { try result.get() }
        }
      }
    }
    disk.run()
    #expect(ends == [2_000_000_000, 2_000_000_000])
    #expect(block.failure == .timedOut)
  }

  @Test("one request that starves beside others that are served is found too")
  func starvation() throws {
    let disk = FakeDisk()
    let block = try disk.start(patience: .seconds(2))
    disk.answer = { $0.sector == 99 ? nil : 0 }
    let outcome = Outcome()
    block.read(99, into: buffer(512), outcome.take)
    let timer = disk.loop.every(.milliseconds(100)) { block.read(0, into: buffer(512)) { _ in } }
    disk.loop.at(Instant(nanoseconds: 3_000_000_000)) { disk.loop.cancel(timer) }
    disk.run()
    #expect(outcome.results == [.lost] && block.failure == .timedOut)
    #expect(block.statistics.requests >= 15)
  }

  @Test("an answer whose interrupt was lost is found at the time-out, and the device lives")
  func missedInterrupt() throws {
    let disk = FakeDisk()
    let block = try disk.start(patience: .seconds(2))
    disk.device.onInterrupt = {}
    let outcome = Outcome()
    block.read(0, into: buffer(512), outcome.take)
    disk.run()
    #expect(outcome.results == [nil] && block.failure == nil)
    #expect(block.statistics.missedInterrupts == 1)
  }

  @Test("a device that asks for a reset is put out of use at once")
  func needsReset() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    disk.answer = { _ in nil }
    let outcome = Outcome()
    block.read(0, into: buffer(512), outcome.take)
    disk.device.status |= 64
    disk.machine.mark(disk.line)  // a configuration interrupt: nothing is in the queue
    disk.loop.turn(mayWait: false)
    disk.loop.turn(mayWait: false)
    #expect(outcome.results == [.lost] && block.failure == .needsReset)
  }

  @Test("interrupts out of nothing do nothing")
  func spurious() throws {
    let disk = FakeDisk()
    let block = try disk.start()
    for _ in 0..<100 {
      disk.machine.mark(disk.line)
      disk.loop.turn(mayWait: false)
    }
    #expect(block.failure == nil && block.statistics.requests == 0)
    #expect(disk.device.violations == [] && disk.window.trace.violations == [])
  }

  @Test("a device that does not even reset is left alone, and its requests end")
  func unstoppable() throws {
    let disk = FakeDisk()
    let block = try disk.start(patience: .milliseconds(1))
    disk.answer = { _ in nil }
    let outcome = Outcome()
    block.read(0, into: buffer(512), outcome.take)
    disk.device.ignoresReset = true
    disk.run()
    #expect(outcome.results == [.lost])
  }
}
