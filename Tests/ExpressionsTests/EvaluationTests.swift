internal import Bytes
internal import Expressions
internal import Testing

@Suite("Expressions on a target")
struct EvaluationTests {
  /// 0x1000: 0x11223344, 0x1004: pointer to 0x1010, 0x1010: "hi".
  func context() -> FakeContext {
    let context = FakeContext()
    context.memory = [0x44, 0x33, 0x22, 0x11, 0x10, 0x10, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0]
    context.memory += Array("hi\0x".utf8)
    context.registers["rax"] = Value(7, as: .long, at: .register("rax"))
    context.registers["pc"] = Value(0x1008, as: .pointer(to: .code), at: .register("pc"))
    context.symbols["counter"] = ExpressionSymbol(address: Address(0x1000), size: 4, type: nil)
    context.symbols["Heart.beat"] = ExpressionSymbol(
      address: Address(0x1008), size: 4, type: .code)
    context.symbols["Heart.stop(now:for:)"] = ExpressionSymbol(
      address: Address(0x100c), size: 4, type: .code)
    context.variables["count"] = Value(3, as: .int, at: .memory(Address(0x100c)))
    context.variables["gone"] = .absent("<optimized out>")
    return context
  }

  @Test(
    "names and memory",
    arguments: [
      ("$rax", "7"), ("$rax + 1", "8"), ("$pc", "(void (*)()) 0x1008"),
      ("$pc + 4", "(void (*)()) 0x100c"), ("{int}0x1000", "287454020"),
      ("{unsigned char}0x1000", "68 'D'"), ("*(short*)0x1000", "13124"),
      ("(int)counter", "287454020"), ("(char)counter", "68 'D'"),
      ("counter", "<unknown type> at 0x1000"),
      ("counter + 1", "'counter' has unknown type; cast it to its declared type"),
      ("&counter", "(<data variable> *) 0x1000"), ("*(int*)&counter", "287454020"),
      ("Heart.beat", "{code} 0x1008"), ("&Heart.beat", "(void (*)()) 0x1008"),
      ("(long)Heart.beat", "4104"), ("Heart.beat + 4", "(void (*)()) 0x100c"),
      ("'Heart.beat'", "{code} 0x1008"),
      ("Heart.stop(now:for:)", "{code} 0x100c"),
      ("Heart.stop(now:for:) + 0", "(void (*)()) 0x100c"),
      ("(int)(count)", "3"), ("sizeof(count)", "4"),
      ("count(1)", "A syntax error in expression, near `(1)'."), ("count", "3"),
      ("count * count", "9"),
      ("&count", "(int *) 0x100c"), ("gone", "<optimized out>"),
      ("gone + 1", "value has been optimized out"),
      ("nowhere", "No symbol \"nowhere\" in current context."),
      ("*(char**)0x1004", "0x1010 \"hi\""), ("**(char**)0x1004", "104 'h'"),
      ("(*(char**)0x1004)[1]", "105 'i'"), ("*(char*)0x1010@2", "\"hi\""),
      ("{unsigned char[4]}0x1000", "\"D3\\\"\\021\""), ("{short[2]}0x1000", "{13124, 4386}"),
      ("{int}0x5000", "Cannot access memory at address 0x5000"),
      ("&{int}0x5000", "(int *) 0x5000"), ("sizeof {int}0x5000", "4"),
      ("&*(int*)0x5000", "(int *) 0x5000"), ("(void)0", "void"), ("$nothing", "void"),
    ])
  func values(text: String, expected: String) {
    #expect(context().printed(text) == expected)
  }

  @Test("assignment reaches registers, memory and variables, converted to their size")
  func assignment() {
    let context = context()
    #expect(context.printed("$rax = 0x1ff") == "511")
    #expect(context.registers["rax"]?.bits == 0x1ff)
    #expect(context.printed("{char}0x1001 = 0x1ff") == "-1 '\\377'")
    #expect(Array(context.memory[0..<4]) == [0x44, 0xff, 0x22, 0x11])
    #expect(context.printed("count += 2") == "5")
    #expect(context.memory[12] == 5)
    #expect(context.printed("*(short*)0x1000 = 1, {short}0x1000") == "1")
    #expect(context.printed("counter = 1").contains("assign to {type} address"))
    #expect(context.printed("{int}0x5000 = 1") == "Cannot access memory at address 0x5000")
  }

  @Test("taking an address, a size or a location reads nothing")
  func laziness() throws {
    let context = context()
    _ = context.printed("&{int}0x1000")
    _ = context.printed("sizeof(*(long*)0x1000)")
    let value = try Expression.parse("*(int*)0x1000").locate(in: context)
    #expect(value.address == Address(0x1000) && value.size == 4)
    #expect(context.reads == 0)
  }

  @Test("evaluation does not run what its operator skips")
  func shortCircuit() {
    let context = context()
    _ = context.printed("0 && ($rax = 1)")
    _ = context.printed("1 || ($rax = 2)")
    _ = context.printed("1 ? 5 : ($rax = 3)")
    #expect(context.registers["rax"]?.bits == 7)
  }

  @Test(
    "too much of anything is refused, not followed",
    arguments: [
      String(repeating: "(", count: 3000), String(repeating: "-", count: 3000) + "1",
      String(repeating: "1+", count: 2000) + "1", String(repeating: "*", count: 4000) + "0",
      String(repeating: "1?", count: 1000), String(repeating: "9", count: 5000),
      String(repeating: "$a=", count: 1000) + "1",
      "(int" + String(repeating: "*", count: 999) + ")0",
    ])
  func bounds(text: String) {
    #expect(throws: ExpressionError.tooComplex) { try Expression.parse(text) }
  }

  @Test("a huge array is refused before anything is read")
  func hugeArray() {
    let context = context()
    #expect(context.printed("*(long*)0x1000@65536").contains("max-value-size"))
    #expect(context.printed("*(char*)0x1000@999999").contains("Invalid number"))
    #expect(context.reads == 0)
  }

  @Test("no text makes the parser or the evaluator trap")
  func noise() {
    let context = context()
    let words = [
      "1", "(", ")", "*", "&", "-", "{int}", "(char*)", "$rax", "'", "\"", "0x", "@", "[", "]",
      "%", "/", "0", "=", "++", "?", ":", ",", "<<", "9223372036854775807", "1e999", "counter",
      "\\", "\u{202e}", "~", "sizeof", "(", "(float)", "0.0", "$", "$$", "(unsigned char)",
    ]
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    for _ in 0..<20000 {
      var text = ""
      for _ in 0..<(state >> 60) + 1 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += words[Int(state >> 33) % words.count] + (state & 64 == 0 ? " " : "")
      }
      #expect(!context.printed(text).isEmpty || text.isEmpty)
    }
  }

  @Test("x87 numbers are read")
  func extended() {
    let one: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f]
    #expect(Value(bytes: one, as: .float(size: 10)).float == 1)
    let negative: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0xa0, 0x00, 0xc0]
    #expect(Value(bytes: negative, as: .float(size: 10)).float == -2.5)
  }

  @Test("flags and vectors")
  func special() {
    #expect(ValueText.text(Value(0x246, as: .flags(size: 4))) == "[ PF ZF IF ]")
    let vector = Value(
      bytes: [0, 0, 0x80, 0x3f] + Array(repeating: 0, count: 12), as: .vector(size: 16))
    #expect(ValueText.text(vector).hasPrefix("{v4_float = {1, 0, 0, 0}, v2_double = {"))
    #expect(ValueText.text(vector).hasSuffix("uint128 = 1065353216}"))
  }
}
