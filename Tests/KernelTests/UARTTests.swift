// The serial driver against a port made of plain Swift: a FIFO of 16 bytes as the data sheet has it,
// which empties when a test says so, loses what it is given too much, and remembers what left.

import Devices
import Testing

private final class FakePort: SerialRegisters {
  var sent: [UInt8] = []
  var waiting: [UInt8] = []
  private var fifo: [UInt8] = []
  /// Whether what is in the FIFO leaves at once.
  var isFast = false
  /// Bytes that found the FIFO full.
  var overwritten = 0
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
    return (waiting.isEmpty ? 0 : 1) | (hasOverrun ? 2 : 0) | (fifo.isEmpty ? 0x20 : 0)
  }

  /// The FIFO's bytes are sent.
  func drain() {
    sent += fifo
    fifo = []
  }

  func write(_ index: UInt16, _ value: UInt8) {
    switch index {
    case 0 where !isDivisor:
      if fifo.count < 16 { fifo.append(value) } else { overwritten += 1 }
      if isFast { drain() }
    case 1 where !isDivisor: interrupts = value
    case 3: isDivisor = value & 0x80 != 0
    default: break
    }
  }
}

/// A driver with rings of 128 and 8 bytes, which live as long as it, and an owner that closes gaps
/// when it may.
private final class Driver {
  let port = FakePort()
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 136, alignment: 8)
  private(set) var uart: UART16550<FakePort>

  init() throws {
    // Safety: the rings share no byte, and `deinit` frees the memory after the last use.
    let output = try #require(ByteRing(over: .init(rebasing: memory[0..<128])))
    let input = try #require(ByteRing(over: .init(rebasing: memory[128..<136])))
    uart = UART16550(port, output: output, input: input)
  }

  deinit { memory.deallocate() }

  func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { uart.write($0) } }

  func write(_ text: String) { write(Array(text.utf8)) }

  func interrupt() {
    uart.interrupted()
    if uart.canCloseGap { closeGap() }
  }

  /// Interrupts until everything has left.
  func drain() {
    while uart.pending > 0 {
      interrupt()
      port.drain()
    }
  }

  func flush() {
    var patience = 100
    uart.flush(patience: &patience)
    if uart.gap > 0 { closeGap() }
    uart.flush(patience: &patience)
  }

  private func closeGap() {
    withUnsafeTemporaryAllocation(byteCount: DroppedOutput.size, alignment: 1) { buffer in
      uart.closeGap(DroppedOutput.line(uart.gap, in: buffer))
    }
  }

  func read(_ limit: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = uart.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

/// Reads a stream whose gaps are told of, and compares it with what was written.
private struct GapReader {
  private let words = Array(" bytes of console output were dropped\n".utf8)
  private let stream: [UInt8]

  init(_ stream: [UInt8]) { self.stream = stream }

  /// Whether the stream from `at` on is what was written from `place` on, but for the bytes that
  /// its lines count, `dropped` in all.
  func explains(
    _ written: [UInt8], dropped: Int, at: Int = 0, place: Int = 0
  ) -> Bool {
    var (at, place) = (at, place)
    while at < stream.count {
      if let (size, count) = line(at) {
        // What follows is decided: a number too large, or too small, is found out by the bytes.
        return count <= dropped
          && explains(written, dropped: dropped - count, at: at + size, place: place + count)
      }
      // The line of a gap in the middle of a line begins a new one: a line's end that nobody wrote.
      if stream[at] == 10, line(at + 1) != nil,
        explains(written, dropped: dropped, at: at + 1, place: place)
      {
        return true
      }
      guard place < written.count, stream[at] == written[place] else { return false }
      (at, place) = (at + 1, place + 1)
    }
    return place == written.count && dropped == 0
  }

  /// The size of the line about a gap that begins at `start`, and the bytes it counts.
  private func line(_ start: Int) -> (Int, Int)? {
    let digits = stream[start...].prefix { (48...57).contains($0) }
    guard !digits.isEmpty, stream[digits.endIndex...].starts(with: words),
      start == 0 || stream[start - 1] == 10
    else { return nil }
    return (digits.count + words.count, digits.reduce(0) { $0 * 10 + Int($1 - 48) })
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
    driver.port.drain()
    #expect(driver.port.sent == [1, 2, 3])
    #expect(driver.port.interrupts == 1)
  }

  @Test("A busy port is fed as it empties, a FIFO at a time, in order, and without loss")
  func busy() throws {
    let driver = try Driver()
    let text = [UInt8](0..<100)
    driver.write(text)
    for round in 1...7 {
      driver.interrupt()
      // An interrupt for another reason finds no room, and sends nothing.
      driver.interrupt()
      driver.port.drain()
      #expect(driver.port.sent.count == min(16 * round, 100))
    }
    #expect(driver.port.sent == text && driver.port.overwritten == 0)
    #expect(driver.port.interrupts == 1)
  }

  @Test("What does not fit is dropped and counted, and what was queued is kept")
  func full() throws {
    let driver = try Driver()
    driver.write([UInt8](0..<200))
    #expect(driver.uart.drops.output == 72 && driver.uart.gap == 72)
    #expect(driver.uart.pending == 128)
    driver.port.isFast = true
    driver.flush()
    let line = Array("\n72 bytes of console output were dropped\n".utf8)
    #expect(driver.port.sent == [UInt8](0..<128) + line)
    #expect(driver.uart.drops.output == 72 && driver.uart.gap == 0)
  }

  @Test("A gap is told of once, where it is, when half of the queue has left")
  func gap() throws {
    let driver = try Driver()
    driver.write(String(repeating: "a", count: 120) + "\n")
    driver.write("bcdefgh")
    driver.write("lost")
    for _ in 0..<3 {
      driver.interrupt()
      driver.port.drain()
      driver.write("lost too")
    }
    #expect(driver.uart.gap == 4 + 3 * 8)
    driver.interrupt()
    #expect(driver.uart.gap == 0)
    driver.write("after\n")
    driver.drain()
    #expect(
      String(decoding: driver.port.sent, as: UTF8.self)
        == String(repeating: "a", count: 120)
        + "\nbcdefgh\n28 bytes of console output were dropped\nafter\n")
  }

  @Test("Whatever is written and whenever it leaves, the gaps' lines say exactly what is missing")
  func gaps() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let driver = try Driver()
      var written: [UInt8] = []
      for _ in 0..<60 {
        // Capitals and line ends, which no gap's line begins with.
        let bytes = (0..<Int.random(in: 0..<80, using: &random)).map { _ -> UInt8 in
          Bool.random(using: &random) ? 10 : UInt8.random(in: 65...90, using: &random)
        }
        driver.write(bytes)
        written += bytes
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
          driver.interrupt()
          driver.port.drain()
        }
      }
      driver.port.isFast = true
      driver.flush()
      #expect(driver.port.overwritten == 0)
      let dropped = Int(driver.uart.drops.output)
      let isExplained = GapReader(driver.port.sent).explains(written, dropped: dropped)
      #expect(isExplained)
    }
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
    driver.write([UInt8](0..<40))
    driver.interrupt()
    driver.flush()
    driver.port.drain()
    #expect(driver.port.sent == [UInt8](0..<16))
    #expect(driver.uart.pending == 0)
  }

  @Test("All of the end's output shares one patience")
  func patience() throws {
    let port = FakePort()
    var patience = 10
    #expect(UART16550.send(1, to: port, patience: &patience) && patience == 10)
    #expect(!UART16550.send(2, to: port, patience: &patience) && patience == 0)
    port.drain()
    #expect(!UART16550.send(3, to: port, patience: &patience))
    #expect(port.sent == [1])
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
