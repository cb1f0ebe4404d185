// The 16550 serial port, as every PC has it and QEMU emulates it. Output is queued and sent from
// the interrupt, input is queued by the interrupt, and a panic sends what is left by polling.
// Register numbers and bits: National Semiconductor PC16550D data sheet, section 8.
//
// A reader that is too slow, or does not read at all, costs it output and the kernel nothing: what
// finds the queue full is a gap. All later output belongs to the gap, until half of the queue has
// left; then a line that says how much is missing closes it, and output goes on behind that line.

/// Access to the eight registers of a serial port, in the port or memory space of the machine.
public protocol SerialRegisters {
  /// Reads register `index`, 0 to 7.
  func read(_ index: UInt16) -> UInt8
  /// Writes register `index`, 0 to 7.
  func write(_ index: UInt16, _ value: UInt8)
}

/// A driver without waits and without knowledge of interrupts: the owner keeps those out while
/// it calls.
public struct UART16550<Registers: SerialRegisters> {
  private let registers: Registers
  var output: ByteRing
  var input: ByteRing
  private var isSending = false
  var overruns: UInt64 = 0
  private var lost: UInt64 = 0
  private var isAtLineStart = true

  /// Bytes of output that were dropped and of which the output does not tell yet.
  public private(set) var gap: UInt64 = 0

  private static var data: UInt16 { 0 }
  private static var interruptEnable: UInt16 { 1 }
  private static var fifoControl: UInt16 { 2 }
  private static var lineControl: UInt16 { 3 }
  private static var modemControl: UInt16 { 4 }
  private static var lineStatus: UInt16 { 5 }

  private static var hasData: UInt8 { 0x01 }
  private static var hasOverrun: UInt8 { 0x02 }
  private static var canSend: UInt8 { 0x20 }
  private static var receiveInterrupt: UInt8 { 0x01 }
  private static var sendInterrupt: UInt8 { 0x02 }

  /// The most bytes one interrupt moves each way.
  private static var burst: Int { 512 }
  /// Bytes that the port takes once it says that it can send: the size of its FIFO.
  private static var portion: Int { 16 }

  /// Takes the port over: 115,200 baud, 8N1, FIFOs on, receive interrupt on.
  public init(_ registers: Registers, output: ByteRing, input: ByteRing) {
    self.registers = registers
    self.output = output
    self.input = input
    Self.configure(registers)
    registers.write(Self.interruptEnable, Self.receiveInterrupt)
  }

  /// Sets speed, format and FIFOs, with interrupts off.
  public static func configure(_ registers: Registers) {
    registers.write(interruptEnable, 0)
    registers.write(lineControl, 0x80)  // divisor latch
    registers.write(data, 1)
    registers.write(interruptEnable, 0)
    registers.write(lineControl, 0x03)  // 8N1
    registers.write(fifoControl, 0x07)  // on, cleared, interrupt at the first byte
    registers.write(modemControl, 0x0b)  // DTR, RTS, interrupts reach the bus (OUT2)
  }

  /// Bytes lost because a queue was full, or because the port had no room for the next one: it
  /// tells of that once, however many it lost.
  public var drops: (output: UInt64, input: UInt64) {
    (lost, input.dropped &+ overruns)
  }

  /// Bytes that wait to be sent.
  public var pending: Int { output.count }

  /// Queues bytes for output and sees to it that they leave; drops them while there is a gap.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      if gap == 0, output.append(byte) {
        isAtLineStart = byte == 10
      } else {
        gap &+= 1
        lost &+= 1
      }
    }
    guard !isSending, output.count > 0 else { return }
    isSending = true
    registers.write(Self.interruptEnable, Self.receiveInterrupt | Self.sendInterrupt)
  }

  /// Whether there is a gap, and room again for what comes after it.
  public var canCloseGap: Bool { gap > 0 && output.count <= output.capacity / 2 }

  /// Ends the gap with `line`, which says how many bytes it has. The owner calls this when
  /// `canCloseGap` says so, and after `flush`.
  public mutating func closeGap(_ line: UnsafeRawBufferPointer) {
    gap = 0
    if !isAtLineStart { output.append(10) }
    write(line)
  }

  /// Takes received bytes; returns how many.
  public mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var count = 0
    while count < buffer.count, let byte = input.popFirst() {
      buffer[count] = byte
      count &+= 1
    }
    return count
  }

  /// Serves the interrupt: drains the receiver, refills the sender.
  public mutating func interrupted() {
    var moved = 0
    while moved < Self.burst {
      let status = registers.read(Self.lineStatus)
      if status & Self.hasOverrun != 0 { overruns &+= 1 }
      guard status & Self.hasData != 0 else { break }
      input.append(registers.read(Self.data))
      moved &+= 1
    }
    guard isSending else { return }
    moved = 0
    while moved < Self.burst, output.count > 0, registers.read(Self.lineStatus) & Self.canSend != 0
    {
      moved &+= Self.portion
      var room = Self.portion
      while room > 0, let byte = output.popFirst() {
        registers.write(Self.data, byte)
        room &-= 1
      }
    }
    if output.count == 0 {
      isSending = false
      registers.write(Self.interruptEnable, Self.receiveInterrupt)
    }
  }

  /// Sends everything queued by polling, for the end of a machine's life; gives up on the rest
  /// when `patience` is used up.
  public mutating func flush(patience: inout Int) {
    // Bounded even if a wild write has hit the queue's indices.
    var left = output.capacity
    while left > 0, let byte = output.popFirst() {
      left &-= 1
      Self.send(byte, to: registers, patience: &patience)
    }
  }

  /// Sends one byte by polling; false if the port does not become free before `patience`, which
  /// counts looks at the port in vain, is 0. A look takes half a microsecond or more.
  @discardableResult
  public static func send(
    _ byte: UInt8, to registers: Registers, patience: inout Int
  ) -> Bool {
    guard patience > 0 else { return false }
    while registers.read(lineStatus) & canSend == 0 {
      patience &-= 1
      if patience == 0 { return false }
    }
    registers.write(data, byte)
    return true
  }
}
