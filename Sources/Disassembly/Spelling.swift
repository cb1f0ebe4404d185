// Capstone's AT&T text differs from that of gdb in small ways: blanks after commas, decimal small
// numbers, and size suffixes where a register already tells the size. A reader who compares the
// two should see the same words.

/// What decides how one x86 instruction is spelt, and the rewriting of Capstone's text as gdb 13
/// and binutils print it.
struct Spelling {
  /// Whether an operand is a general register.
  var hasRegister: Bool
  /// Whether a displacement of zero is encoded, which gdb then prints.
  var hasZeroDisplacement: Bool
  /// The size of an immediate operand in bytes, 0 without one.
  var immediateSize: Int
  /// The first opcode byte.
  var opcode: UInt8
  /// Whether it is `66 90`, which gdb calls by its old name.
  var isTwoByteNop: Bool

  /// Returns the two texts of one instruction in gdb's spelling.
  func asGDB(mnemonic: String, operands: String) -> (mnemonic: String, operands: String) {
    if isTwoByteNop { return ("xchg", "%ax,%ax") }
    var operands = Numbers.hexadecimal(operands.filter { $0 != " " }, immediateSize)
    if hasZeroDisplacement, let open = operands.firstIndex(of: "(") {
      operands.insert(contentsOf: "0x0", at: open)
    }
    operands = withScale(operands)
    if opcode == 0xd1 || opcode == 0xd0, operands.hasPrefix("$0x1,") {
      operands = String(operands.dropFirst(5))
    }
    var mnemonic = word(mnemonic, operands: operands)
    if mnemonic.hasPrefix("nop"), operands.hasPrefix("%cs:") {
      mnemonic = "cs " + mnemonic
      operands = String(operands.dropFirst(4))
    }
    if let text = Strings.operands(of: mnemonic, operands) { operands = text }
    return (mnemonic, operands)
  }

  /// Mnemonics that lose their suffix whatever their operands are.
  private static let always: [String: String] = [
    "callq": "call", "retq": "ret", "jmpq": "jmp", "leaveq": "leave", "movabsq": "movabs",
    "pushfq": "pushf", "popfq": "popf", "lretl": "lret", "stosb": "stos", "stosw": "stos",
    "stosl": "stos", "stosq": "stos", "scasb": "scas", "scasw": "scas", "scasl": "scas",
    "scasq": "scas", "lodsb": "lods", "lodsw": "lods", "lodsl": "lods", "lodsq": "lods",
  ]
  /// Mnemonics that end in a size letter, which gdb omits where a register tells the size.
  private static let sized: Set<String> = [
    "adc", "add", "and", "bsf", "bsr", "bt", "btc", "btr", "bts", "bswap", "cmp", "cmpxchg", "dec",
    "div", "idiv", "imul", "in", "inc", "lea", "lgdt", "lidt", "lar", "lsl", "ltr", "lldt", "mov",
    "movbe", "mul", "neg", "not", "or", "out", "pop", "popcnt", "push", "rcl", "rcr", "rol", "ror",
    "sal", "sar", "sbb", "shl", "shld", "shr", "shrd", "str", "sub", "test", "tzcnt", "lzcnt",
    "xadd", "xchg", "xor", "rdfsbase", "rdgsbase", "wrfsbase", "wrgsbase", "crc32",
  ]

  private func word(_ mnemonic: String, operands: String) -> String {
    // Prefixes (`lock`, `rep`) come as words of their own.
    if let space = mnemonic.lastIndex(of: " ") {
      let last = String(mnemonic[mnemonic.index(after: space)...])
      return mnemonic[...space] + word(last, operands: operands)
    }
    if let plain = Self.always[mnemonic] { return plain }
    // A 64-bit general register makes it the quad word form.
    if mnemonic == "movd", hasRegister, operands.contains("%r"), !operands.hasSuffix("d"),
      !operands.contains("d,"), !operands.contains("(")
    {
      return "movq"
    }
    guard let last = mnemonic.last, "bwlq".contains(last) else { return mnemonic }
    let stem = String(mnemonic.dropLast())
    if stem.hasPrefix("cmov") { return stem }
    guard Self.sized.contains(stem) else { return mnemonic }
    // A shift by %cl still has to say how much it shifts.
    let isShift = ["sal", "sar", "shl", "shr", "rol", "ror", "rcl", "rcr"].contains(stem)
    if isShift, operands.hasPrefix("%cl,"), operands.hasSuffix(")") { return mnemonic }
    return hasRegister || stem == "push" || stem == "pop" ? stem : mnemonic
  }

  /// Adds the scale of 1 that Capstone leaves out: `(%rax,%rbx)`.
  private func withScale(_ text: String) -> String {
    guard let open = text.firstIndex(of: "("), let close = text[open...].firstIndex(of: ")"),
      text[open..<close].filter({ $0 == "," }).count == 1,
      text[open..<close].filter({ $0 == "%" }).count == 2
    else { return text }
    return text[..<close] + ",1" + text[close...]
  }
}

/// Operands of string instructions, which gdb prints with their segments.
private enum Strings {
  static func operands(of mnemonic: String, _ text: String) -> String? {
    let name = mnemonic.split(separator: " ").last.map(String.init) ?? mnemonic
    guard
      ["stos", "scas", "lods"].contains(name) || name.hasPrefix("movs") || name.hasPrefix("cmps")
    else { return nil }
    let sides = text.split(separator: ",").map { side in
      switch side {
      case "(%rdi)": "%es:(%rdi)"
      case "(%rsi)": "%ds:(%rsi)"
      default: String(side)
      }
    }
    let isString = sides.contains { $0.hasPrefix("%es:(") || $0.hasPrefix("%ds:(") }
    // `movsbl (%rsi),%eax` is no string instruction.
    let isMove = name.hasPrefix("movs") || name.hasPrefix("cmps")
    if !isString
      || isMove && !(sides.first?.hasSuffix(")") == true && sides.last?.hasSuffix(")") == true)
    {
      return nil
    }
    return sides.joined(separator: ",")
  }
}

/// Numbers in operands.
private enum Numbers {
  /// Writes decimal numbers in hexadecimal, and negative immediates as the bits they are.
  static func hexadecimal(_ text: String, _ immediateSize: Int) -> String {
    var result = ""
    var previous: Character = ","
    var rest = text[...]
    while let character = rest.first {
      guard character.isASCII, character.isNumber, isStart(rest, after: previous) else {
        result.append(character)
        previous = character
        rest = rest.dropFirst()
        continue
      }
      let digits = rest.prefix { $0.isHexDigit || $0 == "x" }
      rest = rest.dropFirst(digits.count)
      let value =
        digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits)
      guard let value else {
        result += digits
        continue
      }
      if result.hasSuffix("$-"), immediateSize > 0 {
        let bits =
          immediateSize >= 8 ? 0 &- value : (0 &- value) & (1 << UInt64(immediateSize * 8) - 1)
        result.removeLast()
        result += "0x" + String(bits, radix: 16)
      } else {
        result += "0x" + String(value, radix: 16)
      }
      previous = "0"
    }
    return result
  }

  /// Whether `text` begins with a number that is no scale and no part of a name.
  private static func isStart(_ text: Substring, after previous: Character) -> Bool {
    switch previous {
    case "$", "-", ":", "*": true
    // A scale ends its parentheses: `4)`.
    case ",": text.dropFirst().first != ")"
    default: false
    }
  }
}
