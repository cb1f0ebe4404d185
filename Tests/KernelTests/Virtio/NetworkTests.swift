// The network card's driver against a fake device.

import Execution
import Machine
import Testing
import Virtio

@Suite("virtio network")
struct NetworkDeviceTests {
  private final class Card {
    let device: FakeVirtioDevice
    let machine = FakeMachine()
    let loop: EventLoop
    let line = Line(rawValue: 12)
    var arrived: [[UInt8]] = []
    var finishes = 0
    var sent: [[UInt8]] = []
    /// Whether the host takes what is sent.
    var isTaking = true
    var buffers: [Chain] = []

    init(features: UInt64 = 1 << 29 | 1 << 5, configuration: [UInt8] = [2, 0, 0, 0, 0, 7]) {
      device = FakeVirtioDevice(
        type: 1, features: features, queues: [64, 64], configuration: configuration)
      loop = EventLoop(on: machine)
      device.onInterrupt = { [machine, line] in machine.mark(line) }
      device.onNotify = { [unowned self] _ in work() }
    }

    func start() throws -> VirtioNetwork {
      let card = try VirtioNetwork(
        try MMIOTransport(FakeWindow(device: device)), loop: loop, line: line)
      card.start(
        receive: { [unowned self] in arrived.append(Array($0)) },
        finish: { [unowned self] in finishes += 1 })
      return card
    }

    func work() {
      while let chain = device.take(0) { buffers.append(chain) }
      while isTaking, let chain = device.take(1) {
        sent.append(chain.readable)
        device.giveBack(1, id: UInt32(chain.id), written: 0)
      }
    }

    func deliver(_ frame: [UInt8]) -> Bool {
      guard !buffers.isEmpty else { return false }
      let chain = buffers.removeFirst()
      let count = chain.fill([UInt8](repeating: 0, count: 12) + frame)
      device.giveBack(0, id: UInt32(chain.id), written: UInt32(count))
      return true
    }
  }

  private func frame(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 3 ^ number) }
  }

  private func send(_ card: VirtioNetwork, _ frame: [UInt8]) -> Bool {
    card.send { room in
      room.copyBytes(from: frame)
      return frame.count
    }
  }

  @Test("the address and the MTU are read as they stand on the wire")
  func configuration() throws {
    let plain = try Card().start()
    #expect(plain.hardwareAddress == 0x0200_0000_0007 && plain.mtu == 1500)
    let features: UInt64 = 1 << 29 | 1 << 5 | 1 << 3
    let bytes: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0, 0, 0]
    let small = try Card(features: features, configuration: bytes + [0x78, 5]).start()
    #expect(small.hardwareAddress == 0x5254_0012_3456 && small.mtu == 1400)
    let large = try Card(features: features, configuration: bytes + [0x28, 35]).start()
    #expect(large.mtu == 1500)
    for (features, configuration) in [
      (features, bytes + [0, 2]), (1 << 29, bytes), (1 << 5, [1, 0, 0, 0, 0, 7]),
      (1 << 5, [0, 0, 0, 0, 0, 0]),
    ] as [(UInt64, [UInt8])] {
      #expect(throws: VirtioError.configurationInvalid) {
        try Card(features: features, configuration: configuration).start()
      }
    }
  }

  @Test("thousands of frames go each way, whole and in order, behind a header of zeros")
  func stream() throws {
    let card = Card()
    let driver = try card.start()
    for number in 0..<3000 {
      let bytes = frame(number, 60 + number % 1455)
      #expect(send(driver, bytes))
      #expect(card.deliver(bytes))
      if number % 7 == 0 {
        driver.flush()
        card.loop.runUntilIdle(card.machine)
      }
    }
    driver.flush()
    card.loop.runUntilIdle(card.machine)
    let expected = (0..<3000).map { frame($0, 60 + $0 % 1455) }
    #expect(card.arrived == expected)
    #expect(card.sent == expected.map { [UInt8](repeating: 0, count: 12) + $0 })
    #expect(card.finishes > 0 && card.device.violations == [] && driver.failure == nil)
  }

  @Test("a host that takes nothing: there is no room after a queue full, and word when there is")
  func full() throws {
    let card = Card()
    let driver = try card.start()
    card.isTaking = false
    for number in 0..<32 { #expect(send(driver, frame(number, 60))) }
    #expect(!send(driver, frame(32, 60)))
    card.loop.runUntilIdle(card.machine)
    let before = card.finishes
    card.isTaking = true
    card.work()
    card.loop.runUntilIdle(card.machine)
    #expect(card.finishes > before && card.sent.count == 32)
    #expect(send(driver, frame(32, 60)))
    #expect(card.device.violations == [])
  }

  @Test("a device that breaks the rules is reset and out of use, and says so once")
  func faults() throws {
    for (queue, id, written) in [(0, 99, 12), (0, 0, 4000), (1, 3, 0)] as [(Int, UInt32, UInt32)] {
      let card = Card()
      let driver = try card.start()
      card.device.giveBack(queue, id: id, written: written)
      card.machine.mark(card.line)
      card.loop.runUntilIdle(card.machine)
      // The sending queue is looked at when there is no room.
      for number in 0..<40 { _ = send(driver, frame(number, 60)) }
      card.loop.runUntilIdle(card.machine)
      #expect(driver.hasFailed, "queue \(queue)")
      #expect(!send(driver, frame(1, 60)) && card.arrived == [])
      #expect(card.device.status == 0, "it was not reset")
    }
  }

  @Test("a buffer that comes back with less than a header is no frame")
  func runts() throws {
    let card = Card()
    let driver = try card.start()
    card.work()
    for written in [0, 1, 12] {
      let chain = card.buffers.removeFirst()
      card.device.giveBack(0, id: UInt32(chain.id), written: UInt32(written))
    }
    card.loop.runUntilIdle(card.machine)
    #expect(card.arrived == [] && driver.statistics.runts == 3 && driver.failure == nil)
  }
}
