// g, G, p, P: registers. A register without a value is sent as `xx`.

internal import Bytes

extension Stub {
  /// The thread that register requests are about.
  var subject: UInt64 { chosenThread == 0 ? lastStop.thread : chosenThread }

  /// `g`: all of them.
  mutating func readRegisters<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var arguments = arguments
    guard let thread = subject(of: &arguments, target) else { return replyError(.noThread) }
    body.removeAll(keepingCapacity: true)
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
    body.removeAll(keepingCapacity: true)
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
    let count = target.registers.sizes.count
    var rest = arguments
    for number in 0..<count {
      let length = Int(target.registers.sizes[number]) * 2
      guard rest.count >= length else { break }
      let text = rest.prefix(length)
      rest = rest.dropFirst(length)
      if text.first == Letter.x { continue }
      guard PacketReader(text).decodeHex(into: &scratch) else { return replyError(.malformed) }
      // gdb writes all of them to change one: those that cannot be set are the same as before.
      _ = target.setRegister(number, of: thread, to: scratch[...])
    }
    replyOK()
  }

  /// Appends a register to `body` in hexadecimal.
  mutating func appendRegister<T: StubTarget>(_ number: Int, of thread: UInt64, _ target: T) {
    scratch.removeAll(keepingCapacity: true)
    let size = Int(target.registers.sizes[number])
    if target.appendRegister(number, of: thread, to: &scratch), scratch.count == size {
      body.append(hexOf: scratch)
    } else {
      for _ in 0..<(2 * size) { body.append(Letter.x) }
    }
  }
}
