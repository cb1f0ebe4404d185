// g, G, p, P: registers. A register without a value is sent as `xx`.

internal import Bytes

extension Stub {
  /// The thread that register requests are about.
  var subject: UInt64 { chosenThread == 0 ? lastStop.thread : chosenThread }

  /// `g`: all of them.
  mutating func readRegisters<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var arguments = arguments
    guard let thread = subject(of: &arguments, target) else { return replyError(.noThread) }
    body.clear()
    let count = target.registers.sizes.count
    for number in 0..<count { appendRegister(number, of: thread, target) }
    sendBody()
  }

  /// `p NUMBER`
  mutating func readRegister<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var arguments = arguments
    guard let thread = subject(of: &arguments, target) else { return replyError(.noThread) }
    var reader = PacketReader(arguments)
    guard let number = reader.number(), reader.isAtEnd else { return replyError(.malformed) }
    guard number < UInt64(target.registers.sizes.count) else { return replyError(.noRegister) }
    body.clear()
    appendRegister(Int(number), of: thread, target)
    sendBody()
  }

  /// `P NUMBER=HEX`
  mutating func writeRegister<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: inout T) {
    var arguments = arguments
    guard let thread = subject(of: &arguments, target) else { return replyError(.noThread) }
    var reader = PacketReader(arguments)
    guard let number = reader.number(), reader.take(Letter.equals),
      reader.decodeHex(into: &scratch)
    else { return replyError(.malformed) }
    guard allows(.write) else { return }
    let sizes = target.registers.sizes
    guard number < UInt64(sizes.count), scratch.count == Int(sizes[Int(number)]),
      target.setRegister(Int(number), of: thread, to: scratch[...])
    else { return replyError(.noRegister) }
    replyOK()
  }

  /// `G HEX`: all of them; what comes as `xx` or is too short stays as it is.
  mutating func writeRegisters<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ target: inout T
  ) {
    guard allows(.write) else { return }
    var arguments = arguments
    guard let thread = subject(of: &arguments, target) else { return replyError(.noThread) }
    guard !arguments.isEmpty, arguments.count.isMultiple(of: 2) else {
      return replyError(.malformed)
    }
    guard set(arguments, of: thread, &target) else { return replyError(.malformed) }
    replyOK()
  }

  /// Sets all registers as far as `text` goes; false if it is no hexadecimal.
  private mutating func set<T: StubTarget>(
    _ text: ArraySlice<UInt8>, of thread: UInt64, _ target: inout T
  ) -> Bool {
    let count = target.registers.sizes.count
    var rest = text
    for number in 0..<count {
      let length = Int(target.registers.sizes[number]) * 2
      guard rest.count >= length else { break }
      let text = rest.prefix(length)
      rest = rest.dropFirst(length)
      if text.first == Letter.x { continue }
      guard PacketReader(text).decodeHex(into: &scratch) else { return false }
      // gdb writes all of them to change one: those that cannot be set are the same as before.
      _ = target.setRegister(number, of: thread, to: scratch[...])
    }
    return true
  }

  /// `QSaveRegisterState[;thread:ID;]`: keeps all registers, one set of them, until the next time.
  mutating func saveRegisters<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var arguments = arguments
    guard let thread = subject(of: &arguments, target), arguments.isEmpty else {
      return replyError(.noThread)
    }
    body.clear()
    let count = target.registers.sizes.count
    for number in 0..<count { appendRegister(number, of: thread, target) }
    saved.keep(body)
    let number = saved.number
    // Below ten, so that decimal and hexadecimal are the same.
    reply { $0.put(0x30 + number) }
  }

  /// `QRestoreRegisterState:NUMBER[;thread:ID;]`
  mutating func restoreRegisters<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ target: inout T
  ) {
    guard allows(.write) else { return }
    var arguments = arguments
    guard let thread = subject(of: &arguments, target) else { return replyError(.noThread) }
    var reader = PacketReader(arguments)
    guard let number = reader.number(), reader.isAtEnd, number == UInt64(saved.number),
      number > 0
    else { return replyError(.malformed) }
    // Taken out and put back: the buffer must not be shared when it is written anew.
    var text: [UInt8] = []
    swap(&text, &saved.text)
    _ = set(text[...], of: thread, &target)
    swap(&text, &saved.text)
    replyOK()
  }

  /// Appends a register to `body` in hexadecimal.
  mutating func appendRegister<T: StubTarget>(_ number: Int, of thread: UInt64, _ target: T) {
    scratch.clear()
    let size = Int(target.registers.sizes[number])
    if target.appendRegister(number, of: thread, to: &scratch), scratch.count == size {
      body.append(hexOf: scratch)
    } else {
      for _ in 0..<(2 * size) { body.put(Letter.x) }
    }
  }
}

/// Registers as a `g` packet tells them, kept for a client.
struct SavedRegisters: Sendable {
  var text: [UInt8] = []
  /// The number of the set that is kept, from 1 to 9; 0 for none.
  private(set) var number: UInt8 = 0

  init() { text.reserveCapacity(2048) }

  /// Keeps another set in place of the last; no more than there is room for.
  mutating func keep(_ registers: [UInt8]) {
    number = number % 9 + 1
    text.clear()
    text.append(contentsOf: registers.prefix(2048))
  }

  mutating func forget() { number = 0 }
}
