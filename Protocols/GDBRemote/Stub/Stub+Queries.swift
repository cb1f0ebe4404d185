// q and Q: questions and settings.

internal import Bytes

extension Stub {
  /// Answers a packet that begins with `q` or `Q`.
  mutating func answerQuery<T: StubTarget>(_ packet: ArraySlice<UInt8>, _ target: inout T) {
    var reader = PacketReader(packet)
    if reader.take(text: "qSupported") {
      introduce(reader.rest, &target)
    } else if reader.take(text: "QStartNoAckMode") {
      replyOK()
      silence = .agreed
    } else if reader.take(text: "qXfer:") {
      transfer(reader.rest, target)
    } else if reader.take(text: "qfThreadInfo") {
      listThreads(fromStart: true, target)
    } else if reader.take(text: "qsThreadInfo") {
      listThreads(fromStart: false, target)
    } else if reader.take(text: "qThreadExtraInfo,") {
      tellName(reader.rest, target)
    } else if reader.take(text: "qThreadStopInfo") {
      tellStop(reader.rest, target)
    } else if packet.equals(text: "qC") {
      tellCurrentThread()
    } else if reader.take(text: "qRcmd,") {
      obeyMonitor(reader, &target)
    } else if reader.take(text: "qCRC:") {
      sumMemory(reader.rest, target)
    } else if reader.take(text: "qSearch:memory:") {
      searchMemory(reader.rest, target)
    } else if packet.equals(text: "qAttached") || reader.take(text: "qAttached:") {
      reply("1")  // the target was there before the client, and shall outlive it
    } else if reader.take(text: "QAllow:") {
      restrict(reader.rest)
    } else if reader.take(text: "QPassSignals:") {
      passSignals(reader)
    } else if reader.take(text: "QProgramSignals:") {
      deliverSignals(reader)
    } else if reader.take(text: "qSymbol:") {
      replyOK()
    } else if isTelemetry(packet) {
      answerTelemetry(packet, &target)
    } else if !answerLLDB(packet, &target) {
      reply("")
    }
  }

  /// `qSupported:FEATURE;...`: what the client can do, and what we can.
  private mutating func introduce<T: StubTarget>(
    _ text: ArraySlice<UInt8>, _ target: inout T
  ) {
    client = []
    // Another client may have come, one that knows nothing of what the last one asked for.
    target.publish(hertz: 0)
    var reader = PacketReader(text)
    _ = reader.take(Letter.colon)
    while !reader.isAtEnd {
      let name: ArraySlice<UInt8>
      if let part = reader.taken(before: Letter.semicolon) {
        name = part
      } else {
        name = reader.rest
        reader = PacketReader([])
      }
      if name.equals(text: "swbreak+") { client.insert(.softwareBreak) }
      if name.equals(text: "hwbreak+") { client.insert(.hardwareBreak) }
      if name.equals(text: "error-message+") { client.insert(.errorText) }
      if name.equals(text: "multiprocess+") { client.insert(.multiprocess) }
    }
    let runs = isRunning
    reply { body in
      body.append(text: "PacketSize=")
      body.append(hex: UInt64(Stub.packetSize))
      // One by one: strings that are added up are made on the heap, which may be in use.
      body.append(text: ";QStartNoAckMode+;multiprocess+;swbreak+;hwbreak+;vContSupported+")
      body.append(
        text: ";qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+;qXfer:osdata:read+")
      body.append(text: ";QPassSignals+;QProgramSignals+;QAllow+;binary-upload+;error-message+")
      body.append(text: ";ConditionalBreakpoints+;BreakpointCommands+;QNonStop+")
      body.append(text: ";MultiMemRead+;jMultiBreakpoint+")
      if target.entry != nil { body.append(text: ";qXfer:auxv:read+") }
      guard target.rootBlock != nil else { return }
      body.append(text: ";PortholeTelemetry+")
      if runs { body.append(text: ";PortholeRunning+") }
      body.append(text: ";PortholeDescription=")
      body.append(hex: AgentDescription.identity(of: target.registers.description))
    }
  }

  /// `QAllow:NAME:0;...`: a client that wants to be held to reading. It can give up what it may
  /// do, never gain.
  private mutating func restrict(_ text: ArraySlice<UInt8>) {
    var reader = PacketReader(text)
    var writes = true
    var stops = true
    repeat {
      guard let name = reader.taken(before: Letter.colon), let value = reader.number() else {
        return replyError(.malformed)
      }
      guard value == 0 else { continue }
      if name.equals(text: "WriteReg") || name.equals(text: "WriteMem") { writes = false }
      if name.equals(text: "InsertBreak") || name.equals(text: "Stop") { stops = false }
    } while reader.take(Letter.semicolon)
    if !stops { authority = min(authority, .observe) }
    if !writes { authority = min(authority, .stop) }
    replyOK()
  }

  /// `qRcmd,HEX`: a command to the target itself; what it says comes as `O` packets before `OK`.
  private mutating func obeyMonitor<T: StubTarget>(_ reader: PacketReader, _ target: inout T) {
    guard reader.decodeHex(into: &scratch) else { return replyError(.malformed) }
    body.clear()
    guard target.monitor(scratch[...], output: &body) else {
      body.clear()
      body.append(text: "no such command; try: monitor help\n")
      sendText()
      return replyOK()
    }
    sendText()
    replyOK()
  }

  /// Sends the text in `body` as `O` packets.
  mutating func sendText() {
    scratch.clear()
    swap(&scratch, &body)
    let most = Stub.packetSize / 2 - 8
    var rest = scratch[...]
    while !rest.isEmpty {
      body.clear()
      body.put(0x4f)
      body.append(hexOf: rest.prefix(most))
      rest = rest.dropFirst(most)
      sendBody()
    }
    // Each keeps its own room.
    rest = []
    swap(&body, &scratch)
  }
}
