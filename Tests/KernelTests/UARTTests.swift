// The serial driver against a port made of plain Swift, which has room for as many bytes as a
// test says and remembers what it was sent.

import Devices
import Testing

private final class FakePort: SerialRegisters {
  var sent: [UInt8] = []
  var waiting: [UInt8] = []
  /// How many more bytes the port takes before it is busy.
  var room = 16
  var interrupts: UInt8 = 0
  /// Whether the port lost a byte since its line status was read last.
  var hasOverrun = false
  private var isDivisor = false

  func read(_ index: UInt16) -> UInt8 {
    switch index {
    case 0: waiting.isEmpty ? 0 : waiting.removeFirst()
    case 5: lineStatus
    default: 0
    }
  }

  private var lineStatus: UInt8 {
    defer { hasOverrun = false }
    return (waiting.isEmpty ? 0 : 1) | (hasOverrun ? 2 : 0) | (room > 0 ? 0x20 : 0)
  }

  func write(_ index: UInt16, _ value: UInt8) {
    switch index {
    case 0 where !isDivisor:
      sent.append(value)
      room -= 1
    case 1 where !isDivisor: interrupts = value
    case 3: isDivisor = value & 0x80 != 0
    default: break
    }
  }
}

/// A driver with rings of 64 and 8 bytes, which live as long as it.
private final class Driver {
  let port = FakePort()
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 72, alignment: 8)
  private(set) var uart: UART16550<FakePort>

  init() throws {
    // Safety: the rings share no byte, and `deinit` frees the memory after the last use.
    let output = try #require(ByteRing(over: .init(rebasing: memory[0..<64])))
    let input = try #require(ByteRing(over: .init(rebasing: memory[64..<72])))
    uart = UART16550(port, output: output, input: input)
  }

  deinit { memory.deallocate() }

  func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { uart.write($0) } }

  func interrupt() { uart.interrupted() }

  func flush() { uart.flush() }

  func read(_ limit: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = uart.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

@Suite("Serial port")
struct UARTTests {
  @Test("Writing sends nothing by itself, but asks for the interrupt that will")
  func queued() throws {
    let driver = try Driver()
    #expect(driver.port.interrupts == 1)
    driver.write([1, 2, 3])
    #expect(driver.port.sent == [])
    #expect(driver.port.interrupts == 3)
    driver.interrupt()
    #expect(driver.port.sent == [1, 2, 3])
    #expect(driver.port.interrupts == 1)
  }

  @Test("A busy port is fed as it empties, in order, and without loss")
  func busy() throws {
    let driver = try Driver()
    let text = [UInt8](0..<50)
    driver.write(text)
    for _ in 0..<5 {
      driver.port.room = 10
      driver.interrupt()
    }
    #expect(driver.port.sent == text)
    #expect(driver.port.interrupts == 1)
  }

  @Test("What does not fit is dropped and counted, and what was queued is kept")
  func full() throws {
    let driver = try Driver()
    driver.write([UInt8](0..<100))
    #expect(driver.uart.drops.output == 36)
    #expect(driver.uart.pending == 64)
    driver.port.room = 1000
    driver.flush()
    #expect(driver.port.sent == [UInt8](0..<64))
  }

  @Test("Input is kept up to the ring's size, and the rest is counted")
  func input() throws {
    let driver = try Driver()
    driver.port.waiting = [UInt8](1...10)
    driver.interrupt()
    #expect(driver.port.waiting == [])
    #expect(driver.read(3) == [1, 2, 3])
    #expect(driver.read(100) == [4, 5, 6, 7, 8])
    #expect(driver.read(100) == [])
    #expect(driver.uart.drops.input == 2)
  }

  @Test("A byte that the port itself lost is counted once, and the others arrive")
  func overrun() throws {
    let driver = try Driver()
    driver.port.waiting = [1, 2, 3]
    driver.port.hasOverrun = true
    driver.interrupt()
    #expect(driver.read(100) == [1, 2, 3])
    #expect(driver.uart.drops.input == 1)
    driver.interrupt()
    #expect(driver.uart.drops.input == 1)
  }

  @Test("A port that never becomes free does not hold a panic up for ever")
  func stuck() throws {
    let driver = try Driver()
    driver.write([1, 2])
    driver.port.room = 0
    driver.flush()
    #expect(driver.port.sent == [])
    #expect(driver.uart.pending == 0)
  }

  @Test(
    "A ring takes the power of two that fits its memory", arguments: [(1, 1), (7, 4), (64, 64)])
  func capacity(_ bytes: Int, _ capacity: Int) throws {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 1)
    defer { memory.deallocate() }
    #expect(try #require(ByteRing(over: memory)).capacity == capacity)
    #expect(ByteRing(over: UnsafeMutableRawBufferPointer(start: nil, count: 0)) == nil)
  }
}
