// The entropy and console drivers against fake devices.

import Execution
import Machine
import Testing
import Virtio

@Suite("virtio entropy")
struct EntropyTests {
  private final class Source {
    let device = FakeVirtioDevice(type: 4, features: 1 << 29, queues: [8])
    var time: UInt64 = 0
    var next: UInt8 = 1
    /// The most bytes it writes at once; nil: no answer.
    var portion: Int? = 64

    func start() throws -> VirtioEntropy {
      device.onNotify = { [unowned self] _ in
        guard let portion, let chain = device.take(0) else { return }
        let bytes = (0..<min(portion, chain.writableCount)).map { _ -> UInt8 in
          next = next &* 5 &+ 1
          return next
        }
        chain.fill(bytes)
        device.giveBack(0, id: UInt32(chain.id), written: UInt32(bytes.count))
      }
      return try VirtioEntropy(try MMIOTransport(FakeWindow(device: device))) { [unowned self] in
        time += 1_000_000
        return Instant(nanoseconds: time)
      }
    }
  }

  @Test("a buffer of any size is filled with the device's bytes in order", arguments: [1, 7, 64])
  func fill(portion: Int) throws {
    let source = Source()
    source.portion = portion
    let entropy = try source.start()
    for size in [0, 1, 32, 64, 65, 300] {
      var expected = source.next
      let target = buffer(size)
      #expect(entropy.read(into: target) == size)
      for byte in target {
        expected = expected &* 5 &+ 1
        #expect(byte == expected)
      }
    }
    #expect(source.device.violations == [] && entropy.failure == nil)
  }

  @Test("silence ends in time, and the device is not asked again")
  func silence() throws {
    let source = Source()
    source.portion = nil
    let entropy = try source.start()
    #expect(entropy.read(into: buffer(32)) == 0)
    #expect(entropy.failure == .timedOut)
    #expect(source.time <= VirtioEntropy.patience.count + 5_000_000)
    let asked = source.device.notifications.count
    #expect(entropy.read(into: buffer(32)) == 0)
    #expect(source.device.notifications.count == asked)
    #expect(source.device.status == 0, "it was not reset")
  }

  @Test("a device that returns nothing, or claims too much, is out of use")
  func lies() throws {
    let source = Source()
    source.portion = 0
    #expect(try source.start().read(into: buffer(32)) == 0)
    let liar = Source()
    let entropy = try liar.start()
    liar.device.onNotify = { [device = liar.device] _ in
      guard let chain = device.take(0) else { return }
      device.giveBack(0, id: UInt32(chain.id), written: 33)
    }
    #expect(entropy.read(into: buffer(32)) == 0)
    #expect(entropy.failure == .queue(.lengthBeyondPosted))
  }
}

@Suite("virtio console")
struct ConsoleDeviceTests {
  private final class Link {
    let device = FakeVirtioDevice(type: 3, features: 1 << 29, queues: [64, 64])
    let machine = FakeMachine()
    let loop: EventLoop
    let line = Line(rawValue: 12)
    var arrived: [UInt8] = []
    var sent: [UInt8] = []
    /// Whether the host reads.
    var isReading = true
    var buffers: [Chain] = []

    init() {
      loop = EventLoop(on: machine)
      device.onInterrupt = { [machine, line] in machine.mark(line) }
      device.onNotify = { [unowned self] _ in work() }
    }

    func start() throws -> VirtioConsole {
      let transport = try MMIOTransport(FakeWindow(device: device))
      return try VirtioConsole(transport, loop: loop, line: line) { [unowned self] bytes in
        arrived += bytes
      }
    }

    func work() {
      while let chain = device.take(0) { buffers.append(chain) }
      while isReading, let chain = device.take(1) {
        sent += chain.readable
        device.giveBack(1, id: UInt32(chain.id), written: 0)
      }
    }

    func deliver(_ bytes: [UInt8]) -> Int {
      work()
      guard !buffers.isEmpty else { return 0 }
      let chain = buffers.removeFirst()
      let count = chain.fill(bytes)
      device.giveBack(0, id: UInt32(chain.id), written: UInt32(count))
      return count
    }
  }

  private func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 ^ $0 >> 8) }
  }

  @Test("a megabyte goes each way, whole and in order")
  func stream() throws {
    let link = Link()
    let console = try link.start()
    let bytes = pattern(1 << 20)
    var (out, into) = (0, 0)
    while out < bytes.count || into < bytes.count {
      let piece = Array(bytes[out..<min(out + 777, bytes.count)])
      out += piece.withUnsafeBytes { console.write($0) }
      into += link.deliver(Array(bytes[into..<min(into + 300, bytes.count)]))
      link.loop.runUntilIdle(link.machine)
    }
    #expect(link.sent == bytes && link.arrived == bytes)
    #expect(console.pending == 0 && link.device.violations == [])
  }

  @Test("a host that does not read costs only what the ring holds; the rest is counted")
  func unread() throws {
    let link = Link()
    let console = try link.start()
    link.isReading = false
    let bytes = pattern(10_000)
    let taken = bytes.withUnsafeBytes { console.write($0) }
    link.loop.runUntilIdle(link.machine)
    #expect(taken == VirtioConsole.outputSize && console.dropped == 10_000 - UInt64(taken))
    link.isReading = true
    link.work()
    link.loop.runUntilIdle(link.machine)
    #expect(link.sent == Array(bytes[..<taken]) && console.pending == 0)
    _ = bytes.withUnsafeBytes { console.write(UnsafeRawBufferPointer(rebasing: $0[..<100])) }
    link.loop.runUntilIdle(link.machine)
    #expect(link.sent.count == taken + 100)
  }

  @Test("a flush waits until the host has all, also what came later than the last interrupt")
  func flush() throws {
    let link = Link()
    let console = try link.start()
    link.isReading = false
    let bytes = pattern(3000)
    for start in stride(from: 0, to: bytes.count, by: 100) {
      _ = bytes[start..<start + 100].withUnsafeBytes { console.write($0) }
    }
    var looks = 0
    // The loop, which would serve the interrupts, does not run.
    console.flush {
      looks += 1
      if looks % 50 == 0 {
        link.isReading = true
        link.work()
        link.isReading = false
      }
      return Instant(nanoseconds: UInt64(looks) * 1_000_000)
    }
    #expect(link.sent == bytes && console.pending == 0 && console.failure == nil)
    #expect(console.dropped == 0 && link.device.violations == [])
  }

  @Test("a flush that the host does not answer ends in time; what is left is counted")
  func endlessFlush() throws {
    let link = Link()
    let console = try link.start()
    link.isReading = false
    _ = pattern(3000).withUnsafeBytes { console.write($0) }
    var time: UInt64 = 0
    console.flush {
      time += 1_000_000
      return Instant(nanoseconds: time)
    }
    #expect(time <= VirtioConsole.patience.count + 5_000_000)
    #expect(console.failure == .timedOut && console.dropped == 3000)
    let before = time
    console.flush {
      time += 1_000_000
      return Instant(nanoseconds: time)
    }
    #expect(time <= before + 1_000_000, "it waited for a device that is out of use")
  }

  @Test("a lie in either queue puts the link out of use; writes are dropped and counted")
  func lies() throws {
    for queue in 0...1 {
      let link = Link()
      let console = try link.start()
      link.device.giveBack(queue, id: 99, written: 0)
      link.machine.mark(link.line)
      link.loop.runUntilIdle(link.machine)
      #expect(console.failure == (queue == 0 ? .queue(.idOutOfRange) : .queue(.indexJump)))
      #expect(pattern(10).withUnsafeBytes { console.write($0) } == 0)
      #expect(console.dropped == 10 && link.device.status == 0)
    }
  }

  @Test("input that claims more than a buffer holds is not read")
  func overlong() throws {
    let link = Link()
    let console = try link.start()
    link.work()
    let chain = try #require(link.buffers.first)
    link.device.giveBack(0, id: UInt32(chain.id), written: UInt32(chain.writableCount) + 1)
    link.loop.runUntilIdle(link.machine)
    #expect(link.arrived == [] && console.failure == .queue(.lengthBeyondPosted))
  }
}
