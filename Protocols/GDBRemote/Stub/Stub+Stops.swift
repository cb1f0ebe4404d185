// Stop replies and resumptions.

internal import Bytes

extension Stub {
  /// `T SIGNAL name:value;...` with the registers that a client asks for first anyway.
  mutating func replyStop<T: StubTarget>(_ stop: StubStop, _ target: borrowing T) {
    body.clear()
    appendStop(stop, target)
    sendBody()
  }

  /// Appends a stop reply to `body`.
  mutating func appendStop<T: StubTarget>(_ stop: StubStop, _ target: borrowing T) {
    body.put(Letter.T)
    body.append(hexOf: CollectionOfOne(stop.signal))
    body.append(text: "thread:")
    appendThread(stop.thread)
    body.put(Letter.semicolon)
    switch stop.cause {
    case .softwareBreakpoint where client.contains(.softwareBreak): body.append(text: "swbreak:;")
    case .hardwareBreakpoint where client.contains(.hardwareBreak): body.append(text: "hwbreak:;")
    case .watch(let kind, let address):
      if kind == .read { body.put(Letter.r) }
      if kind == .access { body.put(0x61) }
      body.append(text: "watch:")
      body.append(hex: address.value)
      body.put(Letter.semicolon)
    default: break
    }
    appendReason(of: stop, target)
    appendThreadList(target)
    appendExpedited(of: stop.thread, target)
  }

  /// `qThreadStopInfoTHREAD`, which lldb asks of every thread: as a stop reply, with its name.
  mutating func tellStop<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let thread = reader.thread(), exists(thread, target) else {
      return replyError(.noThread)
    }
    body.clear()
    body.put(Letter.T)
    // Signal 0: this thread is not why the target stopped.
    body.append(hexOf: CollectionOfOne(thread == lastStop.thread ? lastStop.signal : 0))
    body.append(text: "thread:")
    appendThread(thread)
    body.put(Letter.semicolon)
    appendExpedited(of: thread, target)
    sendBody()
  }

  /// Appends the thread's name, which lldb takes from here only, and the registers.
  private mutating func appendExpedited<T: StubTarget>(of thread: UInt64, _ target: borrowing T) {
    scratch.clear()
    target.appendName(of: thread, to: &scratch)
    body.append(text: "hexname:")
    body.append(hexOf: scratch.prefix(256))
    body.put(Letter.semicolon)
    for number in target.registers.expedited {
      scratch.clear()
      // One that has no value now cannot be told so here.
      guard target.appendRegister(number, of: thread, to: &scratch) else { continue }
      body.append(hex: UInt64(number))
      body.put(Letter.colon)
      body.append(hexOf: scratch)
      body.put(Letter.semicolon)
    }
  }

  /// Appends a thread's name to `body`.
  mutating func appendThread(_ thread: UInt64) {
    if client.contains(.multiprocess) { body.append(text: "p1.") }
    body.append(hex: thread)
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
      kind = signals.isDelivered(signal) ? .contWithSignal(UInt8(signal)) : .cont
    } else if reader.take(Letter.S) {
      guard let signal = reader.number() else { return nil }
      // A fault that the program is given ends it: there is no step to be told of.
      let ends = signals.isDelivered(signal) && lastStop.isFault(signal)
      kind = ends ? .contWithSignal(lastStop.signal) : .step
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
