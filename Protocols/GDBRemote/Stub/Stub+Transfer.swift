// qXfer:OBJECT:read:ANNEX:OFFSET,COUNT: documents of any length, in parts. They are written anew
// for each part, and only what lies in the part is kept: no document needs memory of its own.

internal import Bytes

/// The part of a document that is asked for: takes the whole and keeps what lies inside.
struct TransferWindow {
  private var skip: Int
  private var room: Int
  fileprivate(set) var bytes: [UInt8]
  /// Whether the document went on beyond the part.
  private(set) var isCut = false

  init(offset: Int, count: Int, buffer: [UInt8]) {
    skip = offset
    room = count
    bytes = buffer
  }

  mutating func append(_ byte: UInt8) {
    if skip > 0 {
      skip -= 1
    } else if room > 0 {
      room -= 1
      bytes.append(byte)
    } else {
      isCut = true
    }
  }

  mutating func append(word: UInt64) {
    for byte in 0..<UInt64(8) { append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
  }

  mutating func append(text: String) { for byte in text.utf8 { append(byte) } }

  mutating func append(hex number: UInt64) {
    append(text: "0x")
    var shift: UInt64 = 60
    while shift > 0, number >> shift & 15 == 0 { shift -= 4 }
    append(Hex.digit(UInt8(truncatingIfNeeded: number >> shift)))
    while shift > 0 {
      shift -= 4
      append(Hex.digit(UInt8(truncatingIfNeeded: number >> shift)))
    }
  }

  mutating func append(decimal number: UInt64) {
    var unit: UInt64 = 1
    while number / unit >= 10 { unit *= 10 }
    while unit > 0 {
      append(0x30 + UInt8(truncatingIfNeeded: number / unit % 10))
      unit /= 10
    }
  }

  /// Appends text as the value of an XML attribute; control characters become `?`.
  mutating func append(attribute text: ArraySlice<UInt8>) {
    for byte in text {
      switch byte {
      case 0x22: append(text: "&quot;")
      case 0x26: append(text: "&amp;")
      case 0x3c: append(text: "&lt;")
      case 0..<0x20, 0x7f: append(0x3f)
      default: append(byte)
      }
    }
  }
}

extension Stub {
  /// Answers what follows `qXfer:`.
  mutating func transfer<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let object = reader.taken(before: Letter.colon), reader.take(text: "read:"),
      let annex = reader.taken(before: Letter.colon), let (offset, count) = reader.range()
    else { return reply("") }
    body.removeAll(keepingCapacity: true)
    body.append(Letter.m)
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
      scratch.removeAll(keepingCapacity: true)
      if client.contains(.multiprocess) { scratch.append(text: "p1.") }
      scratch.append(hex: thread)
      for byte in scratch { window.append(byte) }
      window.append(text: "\" name=\"")
      scratch.removeAll(keepingCapacity: true)
      target.appendName(of: thread, to: &scratch)
      window.append(attribute: scratch.prefix(256))
      window.append(text: "\"/>")
      index += 1
    }
    window.append(text: "</threads>")
  }
}
