// qXfer:OBJECT:read:ANNEX:OFFSET,COUNT: documents of any length, in parts.

internal import Bytes

extension Stub {
  /// Answers what follows `qXfer:`.
  mutating func transfer<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let object = reader.taken(before: Letter.colon), reader.take(text: "read:"),
      let annex = reader.taken(before: Letter.colon), let (offset, count) = reader.range()
    else { return reply("") }
    body.clear()
    body.put(Letter.m)
    var buffer: [UInt8] = []
    swap(&buffer, &body)
    var window = TransferWindow(
      offset: Int(clamping: offset.value), count: min(count, Stub.packetSize - 8), buffer: buffer)
    buffer = []
    let isKnown: Bool
    if object.equals(text: "features"), annex.equals(text: "target.xml") {
      window.append(text: target.registers.description)
      isKnown = true
    } else if object.equals(text: "memory-map") {
      appendMemoryMap(target, to: &window)
      isKnown = true
    } else if object.equals(text: "threads") {
      appendThreads(target, to: &window)
      isKnown = true
    } else if object.equals(text: "exec-file"), target.executable(to: &window) {
      isKnown = true
    } else if object.equals(text: "auxv"), let entry = target.entry {
      // AT_ENTRY and AT_NULL: code that runs no more, where gdb puts single instructions.
      window.append(word: 9)
      window.append(word: entry.value)
      window.append(word: 0)
      window.append(word: 0)
      isKnown = true
    } else if object.equals(text: "osdata") {
      isKnown = appendTable(annex, target, to: &window)
    } else {
      isKnown = false
    }
    let isCut = window.isCut
    // Handed over, not shared: changing a shared array would copy it, to the heap.
    swap(&body, &window.bytes)
    guard isKnown else { return replyError(.malformed) }
    if !isCut { body[0] = 0x6c }
    sendBody()
  }

  private func appendMemoryMap<T: StubTarget>(_ target: T, to window: inout TransferWindow) {
    window.append(text: "<memory-map>")
    var index = 0
    while let range = target.memory(at: index) {
      window.append(text: "<memory type=\"")
      switch range.kind {
      case .ram: window.append(text: "ram")
      case .rom: window.append(text: "rom")
      case .flash: window.append(text: "flash")
      }
      window.append(text: "\" start=\"")
      window.append(hex: range.start.value)
      window.append(text: "\" length=\"")
      window.append(hex: range.size)
      if case .flash(let block) = range.kind {
        window.append(text: "\"><property name=\"blocksize\">")
        window.append(hex: block)
        window.append(text: "</property></memory>")
      } else {
        window.append(text: "\"/>")
      }
      index += 1
    }
    window.append(text: "</memory-map>")
  }

  private mutating func appendThreads<T: StubTarget>(_ target: T, to window: inout TransferWindow) {
    window.append(text: "<threads>")
    var index = 0
    while let thread = target.thread(at: index) {
      window.append(text: "<thread id=\"")
      scratch.clear()
      if client.contains(.multiprocess) { scratch.append(text: "p1.") }
      scratch.append(hex: thread)
      for byte in scratch { window.append(byte) }
      window.append(text: "\" name=\"")
      scratch.clear()
      target.appendName(of: thread, to: &scratch)
      window.append(attribute: scratch.prefix(256))
      window.append(text: "\"/>")
      index += 1
    }
    window.append(text: "</threads>")
  }
}
