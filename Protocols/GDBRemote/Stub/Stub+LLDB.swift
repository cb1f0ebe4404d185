// What lldb asks beyond gdb's protocol (LLVM's docs/resources/lldbgdbremote.md): what the machine is,
// what memory is where, and registers of a thread named in the request itself, which saves it a
// round trip for each.

internal import Bytes

extension Stub {
  /// Answers a packet of lldb's; false if it is none.
  mutating func answerLLDB<T: StubTarget>(_ packet: ArraySlice<UInt8>, _ target: T) -> Bool {
    var reader = PacketReader(packet)
    if packet.equals(text: "qHostInfo") {
      tellMachine(target, beginning: "")
    } else if packet.equals(text: "qProcessInfo") {
      tellMachine(target, beginning: "pid:1;")
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

  private mutating func tellMachine<T: StubTarget>(_ target: T, beginning: String) {
    guard let triple = target.triple else { return reply("") }
    reply { body in
      body.append(text: beginning)
      body.append(text: "triple:")
      body.append(hexOf: triple.utf8)
      body.append(text: ";endian:little;ptrsize:8;")
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
      body.append(Letter.semicolon)
    }
  }

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
      if index > 0 { body.append(Letter.comma) }
      body.append(hex: thread)
      index += 1
    }
    body.append(Letter.semicolon)
  }
}
