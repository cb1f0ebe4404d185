// The prompt beside the real gdb on the same ELF file, line by line: memory in all formats, values,
// source lines, symbols and instructions of a small C program.

internal import Bytes
internal import Glibc
internal import Inspect
internal import Session
internal import Symbols
internal import Testing

/// The program, compiled once, and its segments as a fake target's memory.
struct CProgram {
  let path: String
  let session: Session
  let target: FakeTarget

  static let text = """
    #include <stdint.h>
    uint8_t bytes[16] = {0, 1, 2, 65, 127, 128, 255, 34, 39, 92, 10, 27, 195, 169, 97, 0};
    uint32_t words[4] = {1, 0xffffffff, 0x80000000, 0x12345678};
    uint64_t giants[4] = {1, ~0ull, 0x8000000000000000ull, 0x123456789abcdef0ull};
    double doubles[3] = {1.5, -0.1, 1e300};
    float floats[4] = {1.5f, -0.1f, 3e38f, 0};
    int16_t shorts[4] = {-1, 1, -32768, 0x1234};
    char text[32] = "hello\\nworld\\"";
    char repeated[300] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabccccccccccccccccccccccc";
    int number = 42;
    char *pointer = text;
    static int helper(int n) {
      int local = n + 1;
      return local * number;
    }
    int main(void) {
      int total = 0;
      for (int i = 0; i < 3; i++)
        total += helper(i);
      return total;
    }
    """

  init?() {
    let folder = "/tmp/porthole-oracle-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    mkdir(folder, 0o700)
    path = folder + "/program"
    TranscriptTests.write(Self.text + "\n", to: folder + "/program.c")
    let flags = "-g -O0 -no-pie -fno-pie -fcf-protection=none"
    guard system("cc \(flags) -o \(path) \(folder)/program.c 2>/dev/null") == 0,
      let symbols = try? SymbolFile(path: path), let image = Self.read(path)
    else { return nil }
    var memory = FakeMemory()
    for (address, bytes) in Self.segments(image) { memory.map(Address(address), bytes) }
    target = FakeTarget(memory: memory, processors: [FakeProcessor(pc: Address(0), sp: Address(0))])
    session = Session(target: target, symbols: symbols)
  }

  func remove() {
    _ = system("rm -rf '\(path.dropLast(8))'")
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let stream = fopen(path, "r") else { return nil }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var byte = fgetc(stream)
    while byte != EOF {
      bytes.append(UInt8(truncatingIfNeeded: byte))
      byte = fgetc(stream)
    }
    return bytes
  }

  /// The PT_LOAD segments of a 64-bit little-endian ELF file.
  private static func segments(_ image: [UInt8]) -> [(UInt64, [UInt8])] {
    func number(_ offset: Int, _ size: Int) -> UInt64 {
      image[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let table = Int(number(32, 8))
    return (0..<Int(number(56, 2))).compactMap { index in
      let header = table + index * 56
      guard number(header, 4) == 1 else { return nil }
      let (offset, size) = (Int(number(header + 8, 8)), Int(number(header + 32, 8)))
      let zeros = [UInt8](repeating: 0, count: Int(number(header + 40, 8)) - size)
      return (number(header + 16, 8), Array(image[offset..<(offset + size)]) + zeros)
    }
  }
}

@Suite(
  "The prompt beside gdb", .enabled(if: system("command -v gdb cc >/dev/null 2>&1") == 0))
struct PromptOracleTests {
  /// Whether gdb and we must agree is asked of each of these lines, in this order.
  static let lines: [String] = {
    var lines: [String] = []
    for (name, count) in [("bytes", 16), ("words", 4), ("giants", 4), ("shorts", 4)] {
      for format in ["x", "d", "u", "o", "t", "z", "c"] {
        for size in ["b", "h", "w", "g"] where count != 16 || size == "b" {
          lines.append("x/\(min(count, 9))\(format)\(size) &\(name)")
        }
      }
    }
    lines += ["x/4fw &floats", "x/3fg &doubles", "x/4ag &giants", "x/2a &pointer", "x/20xb &bytes"]
    lines += ["x/s &text", "x/3s &text", "x/s &repeated", "x/-2xw (long)&words + 8"]
    lines += [
      "x/2xg &giants", "x", "x/3", "x/b &number", "x", "x/2i main", "x", "x/i",
      "x/w &number",
    ]
    lines += [
      "x/c &text", "x/2c &text", "x/3xw &words", "x", "x/2dh &shorts", "x/f &doubles",
    ]
    lines += ["print/x *(long*)&pointer", "print (long)&number", "print (char)number"]
    lines += ["print sizeof(number)", "print *(int*)&number + 1", "print *(char**)&pointer"]
    lines += ["print {unsigned char}((long)&bytes + 3)", "print/c {unsigned char}&words"]
    lines += ["print *(unsigned int*)&words@4", "print/x *(unsigned int*)&words@4", "print nosuch"]
    lines += ["print (long)main == (long)&main", "print (int)number * 2", "whatis (char)number"]
    lines += ["list main", "list", "list -", "list 1,3", "list 5,", "list ,5", "list program.c:7"]
    lines += ["list program.c:2,program.c:4", "list helper", "list 99", "list nosuch"]
    lines += ["info line helper", "info line main", "info line program.c:13"]
    lines += [
      "info address main", "info address number", "info symbol main", "info symbol &number",
    ]
    lines += ["info symbol 0", "info symbol (long)main+1"]
    lines += [
      "disassemble helper", "disassemble /r helper", "disassemble main,+4",
      "disassemble main,main+5",
    ]
    lines += [
      #"printf "%d|%5d|%-5d|%05d|%+d|%x|%#x|%o|%c|%u\n", number, number, -number, number, 7, 255, 255, 8, 65, -1"#,
      #"printf "%s and %10s|%-8s|%.3s\n", pointer, text, &text, pointer"#,
      #"printf "%f %8.3f %e %g %5.1f\n", 1.5, -0.25, 1e10, 0.5, 2.25"#,
      #"printf "%lu %lld %%\n", (unsigned long)number, (long)-number"#, #"printf "%hd\n", 1"#,
      #"printf "%p\n", pointer"#,
      #"printf "none\n""#, #"printf "%d\n""#, #"printf "%d\n", 1, 2"#, #"printf "%s\n", 8"#,
      #"printf "a, (b) \"c\" \\ \t|\n""#,
    ]
    lines += ["break helper", "break program.c:20", "tbreak *main", "info breakpoints", "delete 2"]
    lines += [
      "condition 1 number == 3", "info breakpoints", "disable 1", "break helper",
      "enable once 1", "info breakpoints", "enable count 3 1", "info breakpoints",
      "enable delete 1", "info breakpoints",
    ]
    lines += [
      "info breakpoints", "delete 77", "info nosuch", "ignore 1", "delete 1",
    ]
    return lines
  }()

  /// These need the types of globals, so they are asked only where the symbols know them.
  static let typed = [
    "print number", "print &number", "print number + 1", "print/x number", "print -number",
    "print *&number", "print pointer", "print pointer[1]", "print *pointer@5", "whatis number",
    "whatis &number", "whatis number + 1L", "whatis pointer", "output number",
  ]

  @Test("every line says what gdb says")
  func lines() throws {
    let program = try #require(CProgram())
    defer { program.remove() }
    let prompt = Prompt((program.session, program.target))
    let hasTypes = program.session.symbols?.data(named: "pointer")?.typeName.isEmpty == false
    let lines = Self.lines + (hasTypes ? Self.typed : [])
    let expected = try #require(Self.gdb(lines, program.path))
    #expect(expected.count == lines.count)
    for (line, answer) in zip(lines, expected) {
      let shown = prompt.run(line)
      #expect(Self.comparable(shown) == Self.comparable(answer), "\(line)")
    }
  }

  /// What may differ: our hints after a message, blank lines, and array types, which our symbols
  /// do not tell apart.
  static func comparable(_ text: String) -> String {
    var lines = text.split(separator: "\n").map { line -> String in
      var line = String(line)
      // The number of a value in the history is compared elsewhere; an `info` of none records none.
      if line.hasPrefix("$"), let start = line.firstRange(of: " = ")?.lowerBound {
        line = "$N" + line[start...]
      }
      if line.hasPrefix("Note: ") { line = "" }
      for hint in ["  Try ", "  Did you mean", " `info ", " Usage:", " `backtrace", "  At most"] {
        if let start = line.firstRange(of: hint)?.lowerBound { line = String(line[..<start]) }
      }
      return Self.trimmed(line)
    }
    lines.removeAll { $0.isEmpty }
    return lines.joined(separator: "\n")
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " || line.last == "\t" { line.removeLast() }
    return line
  }

  private static func gdb(_ lines: [String], _ path: String) -> [String]? {
    let marker = "@@@@"
    let commands = lines.map { "-ex 'echo \(marker)\\n' -ex '\($0)'" }.joined(separator: " ")
    let line = "LC_ALL=C gdb -nx -batch -ex 'set confirm off' \(commands) \(path) 2>&1 </dev/null"
    // Safety: `popen` returns a stream or nil; it is closed once, below, and not used after.
    guard let stream = popen(line, "r") else { return nil }
    var output: [UInt8] = []
    var byte = fgetc(stream)
    while byte != EOF {
      output.append(UInt8(truncatingIfNeeded: byte))
      byte = fgetc(stream)
    }
    pclose(stream)
    let text = String(decoding: output, as: UTF8.self)
    return text.split(separator: marker + "\n", omittingEmptySubsequences: false).dropFirst().map {
      String($0)
    }
  }
}
