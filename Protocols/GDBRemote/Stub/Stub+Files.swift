// vFile: files of the target that a client may read (gdb's manual, "Host I/O Packets"), so that a
// stock gdb fetches one by `remote get`, and finds the image of what runs. A file's descriptor is
// its number and no more: nothing is open, nothing has to be closed.

internal import Bytes

extension Stub {
  /// Answers what follows `vFile:`.
  mutating func operate<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    guard target.files > 0 else { return reply("") }
    var reader = PacketReader(arguments)
    if reader.take(text: "setfs:") {
      // There is one file system, for every process.
      answerFile(reader.number() == nil ? .invalid : nil)
    } else if reader.take(text: "open:") {
      open(reader, target)
    } else if reader.take(text: "close:") {
      answerFile(descriptor(&reader, target) == nil ? .noDescriptor : nil)
    } else if reader.take(text: "pread:") {
      readFile(reader, target)
    } else if reader.take(text: "fstat:") {
      describe(descriptor(&reader, target), target, or: .noDescriptor)
    } else if reader.take(text: "stat:") {
      guard reader.decodeHex(into: &scratch) else { return answerFile(.invalid) }
      describe(target.file(named: scratch[...]), target, or: .noFile)
    } else if reader.take(text: "pwrite:") || reader.take(text: "unlink:") {
      answerFile(.readOnly)
    } else {
      reply("")
    }
  }

  /// `open:NAME,FLAGS,MODE`, all in hexadecimal.
  private mutating func open<T: StubTarget>(_ arguments: PacketReader, _ target: T) {
    var reader = arguments
    guard let name = reader.taken(before: Letter.comma),
      PacketReader(name).decodeHex(into: &scratch), let flags = reader.number(),
      reader.take(Letter.comma), reader.number() != nil, reader.isAtEnd
    else { return answerFile(.invalid) }
    guard allows(.observe) else { return }
    // O_RDONLY alone: neither O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC nor O_EXCL.
    guard flags & 0xe0b == 0 else { return answerFile(.readOnly) }
    guard let file = target.file(named: scratch[...]) else { return answerFile(.noFile) }
    reply { body in
      body.put(Letter.F)
      body.append(hex: UInt64(file + Stub.firstDescriptor))
    }
  }

  /// `pread:DESCRIPTOR,COUNT,OFFSET`: no bytes mean the file's end.
  private mutating func readFile<T: StubTarget>(_ arguments: PacketReader, _ target: T) {
    var reader = arguments
    guard let file = descriptor(&reader, target) else { return answerFile(.noDescriptor) }
    guard reader.take(Letter.comma), let count = reader.number(), reader.take(Letter.comma),
      let offset = reader.number(), reader.isAtEnd
    else { return answerFile(.invalid) }
    // Half a packet: each byte may have to be escaped.
    let most = min(Int(clamping: count), Stub.packetSize / 2 - 16)
    let window = window(at: Int(clamping: offset), most, of: file, target)
    reply { body in
      body.put(Letter.F)
      body.append(hex: UInt64(window.bytes.count))
      body.put(Letter.semicolon)
      body.append(contentsOf: window.bytes)
    }
    scratch = window.bytes
  }

  /// `struct stat` as the protocol lays it out, most significant byte first: a regular file that
  /// anybody may read, its size, and nothing else.
  private mutating func describe<T: StubTarget>(
    _ file: Int?, _ target: T, or problem: FileProblem
  ) {
    guard let file else { return answerFile(problem) }
    let window = window(at: .max, 0, of: file, target)
    reply { body in
      body.append(text: "F40;")
      body.append(big: 0, 4)  // st_dev
      body.append(big: UInt64(file) + 1, 4)
      body.append(big: 0o100444, 4)
      body.append(big: 1, 4)
      body.append(big: 0, 12)  // owner, group, st_rdev
      body.append(big: window.total, 8)
      body.append(big: 512, 8)
      body.append(big: (window.total &+ 511) / 512, 8)
      body.append(big: 0, 12)  // the three times
    }
    scratch = window.bytes
  }

  /// A part of a file, in the buffer of `scratch`, which gets it back afterwards.
  private mutating func window<T: StubTarget>(
    at offset: Int, _ count: Int, of file: Int, _ target: T
  ) -> TransferWindow {
    var buffer: [UInt8] = []
    swap(&buffer, &scratch)
    buffer.clear()
    var window = TransferWindow(offset: offset, count: count, buffer: buffer)
    buffer = []
    target.write(file: file, to: &window)
    return window
  }

  /// Takes the descriptor of a file that there is.
  private func descriptor<T: StubTarget>(_ reader: inout PacketReader, _ target: T) -> Int? {
    guard let number = reader.number() else { return nil }
    let file = Int(clamping: number) - Stub.firstDescriptor
    return file >= 0 && file < target.files ? file : nil
  }

  /// 0, 1 and 2 are no files' in any program.
  private static var firstDescriptor: Int { 3 }

  private mutating func answerFile(_ problem: FileProblem?) {
    guard let problem else { return reply("F0") }
    reply { body in
      body.append(text: "F-1,")
      body.append(hex: problem.rawValue)
    }
  }
}

extension [UInt8] {
  /// Appends a number in so many bytes, the most significant first.
  fileprivate mutating func append(big number: UInt64, _ width: UInt64) {
    for place in (0..<width).reversed() {
      put(place < 8 ? UInt8(truncatingIfNeeded: number >> (8 * place)) : 0)
    }
  }
}

/// What the protocol calls `errno` (gdb's manual, "Errno Values").
private enum FileProblem: UInt64 {
  case noFile = 2
  case noDescriptor = 9
  case invalid = 22
  case readOnly = 30
}
