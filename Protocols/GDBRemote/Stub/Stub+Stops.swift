// Stop replies, resumptions, breakpoints.

internal import Bytes

extension Stub {
  /// `T SIGNAL name:value;...` with the registers that a client asks for first anyway.
  mutating func replyStop<T: StubTarget>(_ stop: StubStop, _ target: borrowing T) {
    body.removeAll(keepingCapacity: true)
    appendStop(stop, target)
    sendBody()
  }

  /// Appends a stop reply to `body`.
  mutating func appendStop<T: StubTarget>(_ stop: StubStop, _ target: borrowing T) {
    body.append(Letter.T)
    body.append(hexOf: CollectionOfOne(stop.signal))
    body.append(text: "thread:")
    appendThread(stop.thread)
    body.append(Letter.semicolon)
    switch stop.cause {
    case .softwareBreakpoint where client.contains(.softwareBreak): body.append(text: "swbreak:;")
    case .hardwareBreakpoint where client.contains(.hardwareBreak): body.append(text: "hwbreak:;")
    case .watch(let kind, let address):
      if kind == .read { body.append(Letter.r) }
      if kind == .access { body.append(0x61) }
      body.append(text: "watch:")
      body.append(hex: address.value)
      body.append(Letter.semicolon)
    default: break
    }
    appendThreadList(target)
    appendExpedited(of: stop.thread, target)
  }

  /// `qThreadStopInfoTHREAD`, which lldb asks of every thread: as a stop reply, with its name.
  mutating func tellStop<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let thread = reader.thread(), exists(thread, target) else {
      return replyError(.noThread)
    }
    body.removeAll(keepingCapacity: true)
    body.append(Letter.T)
    // Signal 0: this thread is not why the target stopped.
    body.append(hexOf: CollectionOfOne(thread == lastStop.thread ? lastStop.signal : 0))
    body.append(text: "thread:")
    appendThread(thread)
    body.append(Letter.semicolon)
    appendExpedited(of: thread, target)
    sendBody()
  }

  /// Appends the thread's name, which lldb takes from here only, and the registers.
  private mutating func appendExpedited<T: StubTarget>(of thread: UInt64, _ target: borrowing T) {
    scratch.removeAll(keepingCapacity: true)
    target.appendName(of: thread, to: &scratch)
    body.append(text: "hexname:")
    body.append(hexOf: scratch.prefix(256))
    body.append(Letter.semicolon)
    for number in target.registers.expedited {
      scratch.removeAll(keepingCapacity: true)
      // One that has no value now cannot be told so here.
      guard target.appendRegister(number, of: thread, to: &scratch) else { continue }
      body.append(hex: UInt64(number))
      body.append(Letter.colon)
      body.append(hexOf: scratch)
      body.append(Letter.semicolon)
    }
  }

  /// Appends a thread's name to `body`.
  mutating func appendThread(_ thread: UInt64) {
    if client.contains(.multiprocess) { body.append(text: "p1.") }
    body.append(hex: thread)
  }

  /// `Z KIND,ADDRESS,LENGTH` and `z`; a breakpoint may have conditions and commands.
  mutating func plant<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ isPlanted: Bool, _ target: inout T
  ) {
    var reader = PacketReader(arguments)
    guard let kind = reader.number(), reader.take(Letter.comma),
      let (address, length) = reader.range()
    else { return replyError(.malformed) }
    guard reader.isAtEnd || isPlanted && kind < 2 else { return replyError(.malformed) }
    guard kind < 5, let known = StopPointKind(rawValue: UInt8(kind)) else { return reply("") }
    guard allows(.stop) else { return }
    let point = RemoteStopPoint(kind: known, address: address, length: UInt64(length))
    // Before it is planted, or a condition that cannot be kept would be one that is always true.
    if let error = scripts.set(known, address, &reader) { return replyError(error) }
    switch target.set(point, isPlanted: isPlanted) {
    case .done: return replyOK()
    case .unsupported: reply("")
    case .failed: replyError(.unreadable)
    }
    scripts.remove(known, address)
  }

  /// `vCont;ACTION[:THREAD];...`; the reply comes when the target stops.
  mutating func resume<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ target: T
  ) -> StubEffect? {
    resumption.removeAll(keepingCapacity: true)
    var reader = PacketReader(arguments)
    repeat {
      guard resumption.count < 16, let action = action(&reader) else {
        replyError(.malformed)
        return nil
      }
      resumption.append(action)
    } while reader.take(Letter.semicolon)
    guard reader.isAtEnd else {
      replyError(.malformed)
      return nil
    }
    return go()
  }

  private func action(_ reader: inout PacketReader) -> ContinueAction? {
    let kind: ContinueAction.Kind
    if reader.take(Letter.c) {
      kind = .cont
    } else if isNonStop, reader.take(Letter.t) {
      kind = .stop
    } else if reader.take(Letter.s) {
      kind = .step
    } else if reader.take(Letter.C) {
      guard let signal = reader.number() else { return nil }
      kind = .contWithSignal(UInt8(truncatingIfNeeded: signal))
    } else if reader.take(Letter.S) {
      guard reader.number() != nil else { return nil }
      kind = .step
    } else if reader.take(Letter.r) {
      guard let start = reader.number(), reader.take(Letter.comma), let end = reader.number()
      else { return nil }
      kind = .stepRange(start: Address(start), end: Address(end))
    } else {
      return nil
    }
    var thread: RemoteThread?
    if reader.take(Letter.colon) {
      guard let number = reader.thread() else { return nil }
      if number != 0 { thread = RemoteThread(thread: number) }
    }
    return ContinueAction(kind, thread: thread)
  }

  /// `s [ADDRESS]` and `c [ADDRESS]`, of clients that do without `vCont`.
  mutating func stepOrContinue<T: StubTarget>(
    _ kind: ContinueAction.Kind, _ arguments: ArraySlice<UInt8>, _ target: inout T
  ) -> StubEffect? {
    // Going on elsewhere is what `P` of the program counter is for; nobody sends it here.
    guard arguments.isEmpty else {
      replyError(.malformed)
      return nil
    }
    resumption.removeAll(keepingCapacity: true)
    if kind == .step {
      let thread = continuedThread == 0 ? subject : continuedThread
      resumption.append(ContinueAction(.step, thread: RemoteThread(thread: thread)))
    }
    resumption.append(ContinueAction(.cont))
    return go()
  }

  private mutating func go() -> StubEffect? {
    guard allows(.stop) else { return nil }
    if isNonStop {
      replyOK()
      return .resume
    }
    state = .running
    forgetReply()
    return .resume
  }
}
