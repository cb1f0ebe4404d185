// The disassembler against objdump, which prints as gdb does: the same code is read by both.

import Bytes
import Disassembly
import Glibc
import Testing

@Suite("Disassembly")
struct DisassemblyTests {
  private func disassembler() throws -> Disassembler {
    try #require(Disassembler(architecture: "x86_64"))
  }

  private func text(_ instruction: Instruction) -> String {
    instruction.operands.isEmpty
      ? instruction.mnemonic : "\(instruction.mnemonic) \(instruction.operands)"
  }

  @Test(
    "single instructions in gdb's words",
    arguments: [
      ([0x55], "push %rbp"), ([0x48, 0x89, 0xe5], "mov %rsp,%rbp"),
      ([0x48, 0x83, 0xec, 0x08], "sub $0x8,%rsp"), ([0xc3], "ret"),
      ([0x8b, 0x45, 0xfc], "mov -0x4(%rbp),%eax"),
      ([0xc7, 0x45, 0xf8, 5, 0, 0, 0], "movl $0x5,-0x8(%rbp)"),
      ([0x48, 0x8b, 0x04, 0xcf], "mov (%rdi,%rcx,8),%rax"), ([0xff, 0xd0], "call *%rax"),
      ([0x0f, 0xb6, 0xc0], "movzbl %al,%eax"), ([0xf4], "hlt"), ([0x06], ".byte 0x6"),
    ] as [([UInt8], String)])
  func single(bytes: [UInt8], expected: String) throws {
    let decoded = try disassembler().disassemble(bytes, at: Address(0x1000), limit: 1)
    #expect(decoded.map(text) == [expected])
    #expect(decoded.first?.bytes == bytes)
  }

  @Test("calls, jumps and pc-relative operands know where they lead")
  func targets() throws {
    let code: [UInt8] = [0xe8, 0xfb, 0, 0, 0, 0xeb, 0xf9, 0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0xc3]
    let decoded = try disassembler().disassemble(code, at: Address(0x1000), limit: 10)
    #expect(decoded.map(\.kind) == [.call, .jump, .other, .ret])
    #expect(
      decoded.map(\.target) == [Address(0x1100), Address(0x1000), Address(0x101e), nil])
  }

  @Test("decoding goes on after bytes that are no instruction, and stops at the limit")
  func bad() throws {
    let decoded = try disassembler().disassemble(
      [0x06, 0x90, 0x0f], at: Address(0), limit: 10)
    #expect(decoded.map(\.mnemonic) == [".byte", "nop", ".byte"])
    #expect(try disassembler().disassemble([0x90, 0x90], at: Address(0), limit: 1).count == 1)
    #expect(try disassembler().disassemble([], at: Address(0), limit: 1).isEmpty)
    #expect(Disassembler(architecture: "m68k") == nil)
  }

  @Test("thousands of instructions of a real library read as objdump reads them")
  func objdump() throws {
    let listing = try Listing.ofLibrary()
    #expect(listing.count > 2000)
    let disassembler = try disassembler()
    var different: [String] = []
    var lengths = 0
    for line in listing {
      guard let own = disassembler.disassemble(line.bytes, at: line.address, limit: 1).first
      else { continue }
      if own.bytes.count != line.bytes.count { lengths += 1 }
      if text(own) != line.text { different.append("\(line.text) <> \(text(own))") }
    }
    #expect(lengths * 1000 <= listing.count, "\(lengths) of other lengths")
    #expect(
      different.count * 200 <= listing.count,
      "\(different.count) of \(listing.count): \(different.prefix(40))")
  }
}

/// What objdump says of a stretch of the C library.
struct Listing {
  var address: Address
  var bytes: [UInt8]
  var text: String

  static func ofLibrary() throws -> [Listing] {
    let output = try #require(
      run("objdump -dw -j .text /lib/x86_64-linux-gnu/libc.so.6 | head -n 40000"))
    return output.split(separator: "\n").compactMap(parse)
  }

  private static func run(_ command: String) -> String? {
    guard let pipe = popen(command, "r") else { return nil }
    defer { pclose(pipe) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads `  1234:\t55 48\tpush   %rbp # comment`.
  private static func parse(_ line: Substring) -> Listing? {
    let fields = line.split(separator: "\t", maxSplits: 2)
    guard fields.count == 3, fields[0].hasSuffix(":"),
      let address = Hex.number(fields[0].dropLast().filter { $0 != " " }.utf8),
      let bytes = Hex.decode(fields[1].filter { $0 != " " }.utf8)
    else { return nil }
    var text = fields[2]
    if let comment = text.firstIndex(of: "#") { text = text[..<comment] }
    if let symbol = text.firstIndex(of: "<") { text = text[..<symbol] }
    if text.contains("(bad)") { return nil }
    var words = text.split(separator: " ").map(String.init)
    // gdb prints where a branch goes as a number with its prefix.
    if let last = words.last, words.count > 1, Hex.number(last.utf8) != nil {
      words[words.count - 1] = "0x" + last
    }
    return Listing(
      address: Address(address), bytes: bytes, text: words.joined(separator: " "))
  }
}
