internal import GDBRemote
internal import Testing

@Suite("The stub's files")
struct StubFileTests {
  private var talk: StubConversation {
    var talk = StubConversation()
    talk.machine.fileNames = ["image", "log"]
    return talk
  }

  /// Packets and answers as gdb's manual has them, "Host I/O Packets" and "struct stat".
  static let answers: [(String, String)] = [
    ("vFile:setfs:0", "F0"), ("vFile:setfs:1", "F0"), ("vFile:setfs:", "F-1,16"),
    ("vFile:open:6c6f67,0,0", "F4"), ("vFile:open:2f696d616765,0,1c0", "F3"),
    ("vFile:open:6e6f6e65,0,0", "F-1,2"), ("vFile:open:6c6f67,1,0", "F-1,1e"),
    ("vFile:open:6c6f67,601,1b6", "F-1,1e"), ("vFile:open:6c6f6,0,0", "F-1,16"),
    ("vFile:open:6c6f67,0", "F-1,16"), ("vFile:open:", "F-1,16"),
    ("vFile:pread:4,10,0", "F9;one line\n"), ("vFile:pread:4,3,4", "F3;lin"),
    ("vFile:pread:4,10,9", "F0;"), ("vFile:pread:4,10,ffffffffffffffff", "F0;"),
    ("vFile:pread:4,0,0", "F0;"), ("vFile:pread:5,10,0", "F-1,9"),
    ("vFile:pread:2,10,0", "F-1,9"), ("vFile:pread:ffffffffffffffff,1,0", "F-1,9"),
    ("vFile:pread:4,1", "F-1,16"), ("vFile:pread:", "F-1,9"),
    ("vFile:close:4", "F0"), ("vFile:close:5", "F-1,9"), ("vFile:fstat:9", "F-1,9"),
    ("vFile:stat:6e6f6e65", "F-1,2"), ("vFile:pwrite:4,0,x", "F-1,1e"),
    ("vFile:unlink:6c6f67", "F-1,1e"), ("vFile:readlink:6c6f67", ""), ("vFile:", ""),
    ("qXfer:exec-file:read:1:0,100", "l/image"), ("qXfer:exec-file:read::1,3", "mima"),
  ]

  @Test("answers as the manual says", arguments: answers)
  func answer(packet: String, expected: String) {
    var talk = talk
    #expect(talk.ask(packet) == [expected])
  }

  @Test("a file comes whole, in parts, with every byte as it is")
  func whole() {
    var talk = talk
    // Who wants it asks: it is long on a slow line.
    #expect(!talk.ask("qSupported")[0].contains("exec-file"))
    var contents: [UInt8] = []
    while true {
      talk.hear(packet("vFile:pread:3,10000,\(String(contents.count, radix: 16))"))
      // By hand, for a decoded text would not keep the bytes: `$F`, count, `;`, data, `#` and sum.
      let data = talk.stub.output.dropFirst().dropLast(3)
      talk.stub.output.removeAll()
      let parts = data.split(separator: 0x3b, maxSplits: 1, omittingEmptySubsequences: false)
      var part: [UInt8] = []
      var bytes = parts[1].makeIterator()
      while let byte = bytes.next() {
        if byte == 0x7d {
          part.append((bytes.next() ?? 0) ^ 0x20)
        } else if byte == 0x2a, let last = part.last {
          part += Array(repeating: last, count: Int(bytes.next() ?? 29) - 29)
        } else {
          part.append(byte)
        }
      }
      #expect(Int(String(decoding: parts[0].dropFirst(), as: UTF8.self), radix: 16) == part.count)
      contents += part
      if part.isEmpty || contents.count > 30_000 { break }
    }
    #expect(contents == ToyMachine.image)
  }

  @Test("tells a file's size and that nobody can write it")
  func status() {
    var talk = talk
    func field(_ at: Int, _ width: Int) -> UInt64 {
      talk.stub.output.removeAll()
      talk.hear(packet("vFile:fstat:3"))
      var bytes: [UInt8] = []
      var rest = talk.stub.output.dropFirst(5).dropLast(3).makeIterator()
      while let byte = rest.next() {
        if byte == 0x7d {
          bytes.append((rest.next() ?? 0) ^ 0x20)
        } else if byte == 0x2a, let last = bytes.last {
          bytes += Array(repeating: last, count: Int(rest.next() ?? 29) - 29)
        } else {
          bytes.append(byte)
        }
      }
      guard bytes.count == 64 else { return .max }
      return bytes[at..<(at + width)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    // st_mode, st_size, st_blksize, st_blocks at 8, 28, 36 and 44 of the manual's structure.
    #expect(field(8, 4) == 0o100444)
    #expect(field(28, 8) == 25_600)
    #expect(field(36, 8) == 512)
    #expect(field(44, 8) == 50)
    #expect(talk.ask("vFile:stat:6c6f67")[0].hasPrefix("F40;"))
  }
}
