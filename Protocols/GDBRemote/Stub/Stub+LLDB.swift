// What lldb asks beyond gdb's protocol (LLVM's docs/resources/lldbgdbremote.md): what the machine is,
// what memory is where, and registers of a thread named in the request itself, which saves it a
// round trip for each.

internal import Bytes

extension Stub {
  /// Answers a packet of lldb's; false if it is none.
  mutating func answerLLDB<T: StubTarget>(
    _ packet: ArraySlice<UInt8>, _ target: inout T
  ) -> Bool {
    var reader = PacketReader(packet)
    if packet.equals(text: "qHostInfo") {
      tellMachine(target, beginning: "")
    } else if packet.equals(text: "qProcessInfo") {
      tellMachine(target, beginning: "pid:1;", withImage: true)
    } else if packet.equals(text: "qWatchpointSupportInfo:") {
      reply { body in
        body.append(text: "num:")
        body.append(hex: UInt64(target.watchpoints))
        body.put(Letter.semicolon)
      }
    } else if packet.equals(text: "qSupportsDetachAndStayStopped:") {
      replyOK()
    } else if reader.take(text: "qSpeedTest:response_size:") {
      testSpeed(reader)
    } else if reader.take(text: "QSaveRegisterState") {
      saveRegisters(reader.rest, target)
    } else if reader.take(text: "QRestoreRegisterState:") {
      restoreRegisters(reader.rest, &target)
    } else if reader.take(text: "qMemoryRegionInfo:") {
      tellRegion(reader, target)
    } else if packet.equals(text: "QThreadSuffixSupported") {
      client.insert(.threadSuffix)
      replyOK()
    } else if packet.equals(text: "QListThreadsInStopReply") {
      client.insert(.threadList)
      replyOK()
    } else if reader.take(text: "qEcho:") {
      reply { $0.append(contentsOf: packet) }
    } else {
      return false
    }
    return true
  }

  /// With the image, lldb knows by its build id which program it is, and finds the file where it
  /// looks for such.
  private mutating func tellMachine<T: StubTarget>(
    _ target: T, beginning: String, withImage: Bool = false
  ) {
    guard let triple = target.triple else { return reply("") }
    body.clear()
    body.append(text: beginning)
    body.append(text: "triple:")
    scratch.clear()
    scratch.append(text: triple)
    body.append(hexOf: scratch)
    body.append(text: ";endian:little;ptrsize:8;")
    scratch.clear()
    if withImage, let start = target.appendBuildID(to: &scratch) {
      body.append(text: "main-binary-uuid:")
      body.append(hexOf: scratch)
      body.append(text: ";main-binary-address:")
      body.append(hex: start.value)
      body.put(Letter.semicolon)
    }
    sendBody()
  }

  /// `qSpeedTest:response_size:COUNT;`: so many bytes and five more, of a packet's worth at most.
  private mutating func testSpeed(_ arguments: PacketReader) {
    var reader = arguments
    guard let digits = reader.taken(before: Letter.semicolon), let count = decimal(digits) else {
      return replyError(.malformed)
    }
    reply { body in
      body.append(text: "data:")
      for index in 0..<min(Int(count), Stub.packetSize - 5) {
        // Letters that differ: a run would be sent as its length.
        body.put(0x61 + UInt8(index & 15))
      }
    }
  }

  /// `qMemoryRegionInfo:ADDRESS`: the range that the address lies in, or the gap. Which of its pages
  /// may be written or executed is not told apart.
  private mutating func tellRegion<T: StubTarget>(_ arguments: PacketReader, _ target: T) {
    var reader = arguments
    guard let address = reader.number(), reader.isAtEnd else { return replyError(.malformed) }
    var next: UInt64?
    var index = 0
    while let range = target.memory(at: index) {
      let start = range.start.value
      if address >= start, address - start < range.size {
        return reply { body in
          body.append(text: "start:")
          body.append(hex: start)
          body.append(text: ";size:")
          body.append(hex: range.size)
          body.append(text: range.kind == .ram ? ";permissions:rwx;" : ";permissions:rx;")
        }
      }
      if start > address { next = min(next ?? start, start) }
      index += 1
    }
    reply { body in
      body.append(text: "start:")
      body.append(hex: address)
      body.append(text: ";size:")
      // Up to the next range, or to the end of what an address can name.
      body.append(hex: next.map { $0 - address } ?? ~address)
      body.put(Letter.semicolon)
    }
  }
}
