// What lldb learns of all threads in one answer rather than in one for each: more in stop replies, and
// jThreadsInfo.

internal import Bytes

extension Stub {
  /// Takes `;thread:NUMBER;` off the end of a request about registers.
  ///
  /// - Returns: the thread it names, or the chosen one; nil if there is no such thread.
  mutating func subject<T: StubTarget>(
    of arguments: inout ArraySlice<UInt8>, _ target: T
  ) -> UInt64? {
    guard client.contains(.threadSuffix),
      let semicolon = arguments.firstIndex(of: Letter.semicolon)
    else { return subject }
    var reader = PacketReader(arguments[semicolon...])
    arguments = arguments[..<semicolon]
    guard reader.take(text: ";thread:"), let thread = reader.thread(),
      thread == 0 || exists(thread, target)
    else { return nil }
    return thread == 0 ? subject : thread
  }

  /// Appends all threads to a stop reply, if lldb wants that and there are not many.
  mutating func appendThreadList<T: StubTarget>(_ target: borrowing T) {
    guard client.contains(.threadList) else { return }
    let start = body.count
    body.append(text: "threads:")
    var index = 0
    while let thread = target.thread(at: index) {
      guard index < 64 else { return body.removeSubrange(start...) }
      if index > 0 { body.put(Letter.comma) }
      body.append(hex: thread)
      index += 1
    }
    body.append(text: ";thread-pcs:")
    index = 0
    while let thread = target.thread(at: index) {
      if index > 0 { body.put(Letter.comma) }
      scratch.clear()
      if let counter = target.registers.expedited.last {
        _ = target.appendRegister(counter, of: thread, to: &scratch)
      }
      // One that has no value is told as 0: the lists must be of one length.
      body.append(hex: word(scratch[...]))
      index += 1
    }
    body.put(Letter.semicolon)
  }

  /// Appends why a thread has stopped, in lldb's words; of a watchpoint it knows by the address.
  mutating func appendReason<T: StubTarget>(of stop: StubStop, _ target: borrowing T) {
    guard client.contains(.threadList), let reason = reason(stop) else { return }
    body.append(text: "reason:")
    body.append(text: reason)
    body.put(Letter.semicolon)
    scratch.clear()
    target.appendDescription(of: stop, to: &scratch)
    guard !scratch.isEmpty else { return }
    body.append(text: "description:")
    body.append(hexOf: scratch.prefix(256))
    body.put(Letter.semicolon)
  }

  private func reason(_ stop: StubStop) -> String? {
    switch stop.cause {
    case .softwareBreakpoint, .hardwareBreakpoint: return "breakpoint"
    case .signal: return stop.signal == 5 ? "trace" : "signal"
    default: return nil
    }
  }

  /// Answers a packet that begins with `j`.
  mutating func answerJSON<T: StubTarget>(_ packet: ArraySlice<UInt8>, _ target: inout T) {
    var reader = PacketReader(packet)
    if packet.equals(text: "jThreadsInfo") {
      tellThreads(target)
    } else if reader.take(text: "jMultiBreakpoint:") {
      plantMany(reader.rest, &target)
    } else {
      reply("")
    }
  }

  /// `jThreadsInfo`: each thread with its name, why it stopped, the registers that stop replies
  /// have, and the memory that a walk along the frame pointers reads. What does not fit a packet is
  /// left to `qThreadStopInfo` and `m`.
  private mutating func tellThreads<T: StubTarget>(_ target: T) {
    body.clear()
    body.put(0x5b)
    var index = 0
    while let thread = target.thread(at: index), body.count < Stub.packetSize / 2 {
      body.append(text: index == 0 ? "{\"tid\":" : ",{\"tid\":")
      body.append(decimal: thread)
      if thread == lastStop.thread, let reason = reason(lastStop) {
        body.append(text: ",\"reason\":\"")
        body.append(text: reason)
        body.append(text: "\",\"signal\":")
        body.append(decimal: UInt64(lastStop.signal))
      }
      body.append(text: ",\"name\":\"")
      scratch.clear()
      target.appendName(of: thread, to: &scratch)
      for byte in scratch.prefix(64) { body.append(inJSON: byte) }
      body.append(text: "\",\"registers\":{")
      let framePointer = appendRegisters(of: thread, target)
      body.append(text: "},\"memory\":[")
      appendFrames(from: framePointer, target)
      body.append(text: "]}")
      index += 1
    }
    body.put(0x5d)
    sendBody()
  }

  /// Appends the expedited registers; returns the first of them, the frame pointer.
  private mutating func appendRegisters<T: StubTarget>(of thread: UInt64, _ target: T) -> UInt64 {
    var framePointer: UInt64 = 0
    var isFirst = true
    for number in target.registers.expedited {
      scratch.clear()
      guard target.appendRegister(number, of: thread, to: &scratch) else { continue }
      if !isFirst { body.put(Letter.comma) }
      isFirst = false
      body.put(0x22)
      body.append(decimal: UInt64(number))
      body.append(text: "\":\"")
      body.append(hexOf: scratch)
      body.put(0x22)
      if number == target.registers.expedited.first { framePointer = word(scratch[...]) }
    }
    return framePointer
  }

  /// Appends pairs of saved frame pointer and return address, upwards, as far as they are sound.
  private mutating func appendFrames<T: StubTarget>(from first: UInt64, _ target: T) {
    var framePointer = first
    for depth in 0..<16 {
      guard framePointer != 0, framePointer & 7 == 0, body.count < Stub.packetSize / 2 else {
        return
      }
      scratch.clear()
      target.appendMemory(at: Address(framePointer), count: 16, to: &scratch)
      guard scratch.count == 16 else { return }
      body.append(text: depth == 0 ? "{\"address\":" : ",{\"address\":")
      body.append(decimal: framePointer)
      body.append(text: ",\"bytes\":\"")
      body.append(hexOf: scratch)
      body.append(text: "\"}")
      let next = word(scratch.prefix(8))
      guard next > framePointer else { return }
      framePointer = next
    }
  }

  /// The number that up to eight bytes make, the lowest first.
  private func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension [UInt8] {
  /// Appends a byte of a string of JSON; control characters become `?`, and what is not ASCII too: a
  /// name may be cut within a character.
  fileprivate mutating func append(inJSON byte: UInt8) {
    switch byte {
    case 0x22, 0x5c:
      put(0x5c)
      put(byte)
    case 0..<0x20, 0x7f...0xff: put(0x3f)
    default: put(byte)
    }
  }
}
