// Compiled expressions, run by a small interpreter that is written here after gdb's manual, appendix
// F.2, and knows nothing of ours; their values are those of the evaluator, which gdb is asked about.

internal import Bytes
internal import Expressions
internal import Testing

/// gdb's agent expressions, by the numbers of its `ax.def`.
private struct AgentMachine {
  var registers: [Int: UInt64] = [:]
  var memory: (UInt64, Int) -> [UInt8]? = { _, _ in nil }
  var printed: [(format: String, values: [UInt64])] = []

  /// The value at the end; nil if the code is wrong.
  mutating func run(_ code: [UInt8]) -> UInt64? {
    var stack: [Int64] = []
    var pc = 0
    func big(_ count: Int) -> UInt64 {
      var value: UInt64 = 0
      for _ in 0..<count {
        value = value << 8 | UInt64(pc < code.count ? code[pc] : 0)
        pc += 1
      }
      return value
    }
    while pc < code.count {
      let operation = code[pc]
      pc += 1
      func pop() -> Int64 { stack.isEmpty ? 0 : stack.removeLast() }
      switch operation {
      case 0x02...0x0b, 0x0f...0x11, 0x13...0x15:
        guard stack.count >= 2 else { return nil }
        let (b, a) = (pop(), pop())
        let (ub, ua) = (UInt64(bitPattern: b), UInt64(bitPattern: a))
        switch operation {
        case 0x02: stack.append(a &+ b)
        case 0x03: stack.append(a &- b)
        case 0x04: stack.append(a &* b)
        case 0x05, 0x06, 0x07, 0x08:
          if b == 0 { return nil }
          switch operation {
          case 0x05: stack.append(a.dividedReportingOverflow(by: b).partialValue)
          case 0x06: stack.append(Int64(bitPattern: ua / ub))
          case 0x07: stack.append(a.remainderReportingOverflow(dividingBy: b).partialValue)
          default: stack.append(Int64(bitPattern: ua % ub))
          }
        case 0x09: stack.append(ub > 63 ? 0 : a << b)
        case 0x0a: stack.append(ub > 63 ? a >> 63 : a >> b)
        case 0x0b: stack.append(ub > 63 ? 0 : Int64(bitPattern: ua >> ub))
        case 0x0f: stack.append(a & b)
        case 0x10: stack.append(a | b)
        case 0x11: stack.append(a ^ b)
        case 0x13: stack.append(a == b ? 1 : 0)
        case 0x14: stack.append(a < b ? 1 : 0)
        default: stack.append(ua < ub ? 1 : 0)
        }
      case 0x0e: stack.append(pop() == 0 ? 1 : 0)
      case 0x12: stack.append(~pop())
      case 0x16, 0x2a:
        let shift = 64 - Int64(big(1))
        let value = pop() << shift
        stack.append(
          operation == 0x16 ? value >> shift : Int64(bitPattern: UInt64(bitPattern: value) >> shift)
        )
      case 0x17...0x1a:
        let count = 1 << Int(operation - 0x17)
        guard let bytes = memory(UInt64(bitPattern: pop()), count) else { return nil }
        stack.append(Int64(bitPattern: bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }))
      case 0x20:
        let offset = Int(big(2))
        if pop() != 0 { pc = offset }
      case 0x21: pc = Int(big(2))
      case 0x22...0x25: stack.append(Int64(bitPattern: big(1 << Int(operation - 0x22))))
      case 0x26:
        guard let value = registers[Int(big(2))] else { return nil }
        stack.append(Int64(bitPattern: value))
      case 0x27: return stack.last.map { UInt64(bitPattern: $0) } ?? 0
      case 0x28: stack.append(stack.last ?? 0)
      case 0x29: _ = pop()
      case 0x2b:
        let (b, a) = (pop(), pop())
        stack += [b, a]
      case 0x34:
        let count = Int(big(1))
        let length = Int(big(2))
        let format = String(decoding: code[pc..<(pc + length - 1)], as: UTF8.self)
        pc += length
        _ = (pop(), pop())
        printed.append((format, (0..<count).map { _ in UInt64(bitPattern: pop()) }))
      default: return nil
      }
    }
    return nil
  }
}

/// Names with places, and the same names with the values that stand there.
private struct Places: CompilationContext {
  let fake: FakeContext
  var registers: [String: CompiledPlace] = [:]
  var variables: [String: CompiledPlace] = [:]

  func register(_ name: String) -> CompiledPlace? { registers[name] }
  func variable(_ name: String) -> CompiledPlace? { variables[name] }
  func symbol(_ name: String) -> ExpressionSymbol? { fake.symbols[name] }
}

@Suite("Expressions as agent bytecode")
struct CompilationTests {
  private static let int = ValueType.int

  /// A frame, with registers 3 = 0x1010 and 5 = -2, and memory from 0x1000 on.
  private func world() -> (Places, AgentMachine) {
    let fake = FakeContext()
    fake.memory = (0..<96).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
    let symbols: [(String, UInt64, ValueType?)] = [
      ("count", 0x1000, .int), ("big", 0x1008, .long),
      ("small", 0x1005, .character(isSigned: true)),
      ("flag", 0x1006, .boolean),
      ("table", 0x1020, .array(of: .integer(size: 2, isSigned: false), count: 8)),
      ("word", 0x1030, .integer(size: 4, isSigned: false)), ("code", 0x1040, .code),
      ("untyped", 0x1050, nil),
    ]
    for (name, address, type) in symbols {
      fake.symbols[name] = ExpressionSymbol(
        address: Address(address), size: type?.size ?? 4, type: type)
    }
    var places = Places(fake: fake)
    func add(_ name: String, _ type: ValueType, _ place: CompiledPlace.Place, _ value: Value) {
      places.variables[name] = CompiledPlace(type: type, place: place)
      fake.variables[name] = value
    }
    func read(_ address: UInt64, _ type: ValueType) -> Value {
      Value(
        bytes: fake.readMemory(Address(address), type.size) ?? [], as: type,
        at: .memory(Address(address)))
    }
    add("local", .long, .memory(register: 3, offset: 0 &- 8), read(0x1008, .long))
    add(
      "byte", .integer(size: 1, isSigned: true), .memory(register: 3, offset: 7),
      read(0x1017, .integer(size: 1, isSigned: true)))
    add(
      "pointer", .pointer(to: .int), .register(3, shift: 0), Value(0x1010, as: .pointer(to: .int)))
    add("five", .int, .constant(5), Value(5, as: .int))
    places.registers["rax"] = CompiledPlace(type: .long, place: .register(5, shift: 0))
    places.registers["ah"] = CompiledPlace(
      type: .integer(size: 1, isSigned: true), place: .register(5, shift: 8))
    fake.registers["rax"] = Value(UInt64(bitPattern: -2), as: .long)
    fake.registers["ah"] = Value(0xff, as: .integer(size: 1, isSigned: true))
    var machine = AgentMachine()
    machine.registers = [3: 0x1010, 5: UInt64(bitPattern: -2)]
    machine.memory = { fake.readMemory(Address($0), $1) }
    return (places, machine)
  }

  static let named = [
    "count", "count + 1 == big", "small", "small < 0", "flag", "!flag", "table[2]", "*table",
    "table + 1", "&table[3]", "word", "word > -1", "-word", "~word", "word / 3", "count / 3",
    "count % 7", "big >> 3", "word >> 3", "count << 4", "local", "local == big", "byte", "byte < 0",
    "pointer", "*pointer", "pointer[1]", "pointer + five", "pointer - 1", "&pointer[2] - pointer",
    "(long)pointer", "*(char *)pointer", "*(unsigned char *)(pointer + 1) > 3", "{short} 0x1004",
    "$rax", "$rax == -2", "$rax < 0 && count != 0", "$ah", "$rax + five > 2 || 1 / 0",
    "0 && *(int *)0", "five ? count : 0", "five == 5 ? word : word + 1", "code", "&count",
    "(int)untyped", "sizeof(count) + sizeof table", "(char)count", "(bool)big",
    "(unsigned short)big", "count, five", "(int *)16 < pointer", "pointer == 0x1010",
    "five * five - 24 == 1", "(unsigned)five - 6 > 0", "*&count", "&*pointer", "1 << five",
  ]

  @Test("the value is the evaluator's, for names in memory, registers and frames")
  func values() throws {
    let (places, blank) = world()
    for text in Self.named {
      let expression = try Expression.parse(text)
      var value = try expression.evaluate(in: places.fake)
      // Arrays and code decay on the stack.
      if case .array = value.type { value = Value(value.asAddress.value, as: .unsignedLong) }
      if value.type == .code { value = Value(value.asAddress.value, as: .unsignedLong) }
      var machine = blank
      let code = try expression.compiled(in: places)
      #expect(machine.run(code) == value.bits, "\(text)")
    }
  }

  @Test("the value is the evaluator's, for what gdb was asked about; the rest is refused")
  func constants() {
    let (places, blank) = world()
    var compiled = 0
    for text in OracleTests.expressions {
      guard let expression = try? Expression.parse(text), !text.contains("$"),
        let code = try? expression.compiled(in: places)
      else { continue }
      compiled += 1
      var machine = blank
      let value = try? expression.evaluate(in: places.fake)
      #expect(machine.run(code) == value?.bits, "\(text)")
    }
    #expect(compiled > 100)
  }

  @Test(
    "what cannot be had as bytecode is refused, and says why",
    arguments: [
      ("nothing == 1", "nothing"), ("untyped == 1", "untyped"), ("count = 3", "changes"),
      ("count++", "changes"), ("$1 == 2", "history"), ("$foo == 2", "$foo"),
      ("1.5 > count", "double"),
      ("\"abc\" == 0", "constant"), ("*pointer@2", "array"), ("five ? word : count", "differ"),
      ("&five", "not in memory"), ("*(void *)16", "void"),
    ])
  func refusals(_ text: String, _ word: String) throws {
    let expression = try Expression.parse(text)
    let (places, _) = world()
    let error = #expect(throws: CompilationError.self) { try expression.compiled(in: places) }
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
  }

  @Test("an expression that is too long for a packet is refused")
  func long() throws {
    let (places, _) = world()
    let text = Array(repeating: "count == 123456", count: 40).joined(separator: " || ")
    let expression = try Expression.parse(text)
    #expect(throws: CompilationError.self) { try expression.compiled(in: places) }
  }

  @Test("what is printed takes its values in the order of the format")
  func printing() throws {
    var (places, machine) = world()
    let texts = ["five", "$rax", "table[0]", "table", "(1, table)"]
    let arguments = try texts.map { try Expression.parse($0) }
    var told: [PrintedArgument] = []
    let code = try Expression.compiledPrint(arguments, in: places) {
      told = $0
      return Array("%d %ld %d %p %p\n".utf8)
    }
    #expect(machine.run(code) != nil || machine.printed.count == 1)
    let printed = try #require(machine.printed.first)
    #expect(printed.format == "%d %ld %d %p %p\n")
    let first = UInt64(places.fake.memory[0x20]) | UInt64(places.fake.memory[0x21]) << 8
    #expect(printed.values == [5, UInt64(bitPattern: -2), first, 0x1020, 0x1020])
    #expect(told.map(\.type.size) == [4, 8, 2, 8, 8])
    #expect(told.map(\.arraySize) == [nil, nil, nil, 16, 16])
    let unequal = try Expression.parse("flag ? table : \"text\"")
    #expect(throws: CompilationError.self) {
      try Expression.compiledPrint([unequal], in: places) { _ in [] }
    }
    // Each `?:' within another is looked at once: twice each would never end.
    let conditions = String(repeating: "flag ? ", count: 30)
    let nested = conditions + "five" + String(repeating: " : 0", count: 30)
    let deep = try Expression.parse(nested)
    _ = try? Expression.compiledPrint([deep], in: places) { _ in Array("%d\n".utf8) }
    places.variables = [:]
  }
}
