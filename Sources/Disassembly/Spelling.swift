// Capstone's AT&T text differs from that of gdb in small ways: blanks after commas, decimal small
// numbers, and size suffixes where a register already tells the size. A reader who compares the
// two should see the same words.

/// Rewrites Capstone's x86 text as gdb 13 and binutils print it.
enum Spelling {
  /// Returns the two texts of one instruction in gdb's spelling.
  static func asGDB(
    mnemonic: String, operands: String, hasRegister: Bool
  ) -> (mnemonic: String, operands: String) {
    let operands = numbers(operands.filter { $0 != " " })
    return (word(mnemonic, operands: operands, hasRegister: hasRegister), operands)
  }

  /// Mnemonics that lose their suffix whatever their operands are.
  private static let always: [String: String] = [
    "callq": "call", "retq": "ret", "jmpq": "jmp", "leaveq": "leave", "movabsq": "movabs",
    "pushfq": "pushf", "popfq": "popf", "lretl": "lret", "sysretq": "sysretq",
  ]
  /// Mnemonics that end in a size letter, which gdb omits where a register tells the size.
  private static let sized: Set<String> = [
    "adc", "add", "and", "bsf", "bsr", "bt", "btc", "btr", "bts", "bswap", "cmp", "cmpxchg", "dec",
    "div", "idiv", "imul", "in", "inc", "lea", "lgdt", "lidt", "lar", "lsl", "ltr", "lldt", "mov",
    "movbe", "mul", "neg", "not", "or", "out", "pop", "popcnt", "push", "rcl", "rcr", "rol", "ror",
    "sal", "sar", "sbb", "shl", "shld", "shr", "shrd", "str", "sub", "test", "tzcnt", "lzcnt",
    "xadd", "xchg", "xor", "rdfsbase", "rdgsbase", "wrfsbase", "wrgsbase", "crc32",
  ]

  private static func word(_ mnemonic: String, operands: String, hasRegister: Bool) -> String {
    // Prefixes (`lock`, `rep`) come as words of their own.
    if let space = mnemonic.lastIndex(of: " ") {
      let last = String(mnemonic[mnemonic.index(after: space)...])
      return mnemonic[...space]
        + word(last, operands: operands, hasRegister: hasRegister)
    }
    if let plain = always[mnemonic] { return plain }
    guard let last = mnemonic.last, "bwlq".contains(last) else { return mnemonic }
    let stem = String(mnemonic.dropLast())
    guard sized.contains(stem) else { return mnemonic }
    if hasRegister || stem == "push" || stem == "pop" { return stem }
    return mnemonic
  }

  /// Writes decimal numbers in hexadecimal; scale factors stay as they are.
  private static func numbers(_ text: String) -> String {
    var result = ""
    var previous: Character = ","
    var rest = text[...]
    while let character = rest.first {
      let isStart =
        character.isASCII && character.isNumber
        && (previous == "$" || previous == "-" || previous == ":" || previous == "*")
      let isBareStart = character.isASCII && character.isNumber && previous == "," && !isScale(rest)
      if isStart || isBareStart {
        let digits = rest.prefix { $0.isHexDigit || $0 == "x" }
        rest = rest.dropFirst(digits.count)
        if digits.hasPrefix("0x") {
          result += digits
        } else if let value = UInt64(digits) {
          result += "0x" + String(value, radix: 16)
        } else {
          result += digits
        }
        previous = "0"
      } else {
        result.append(character)
        previous = character
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// Whether `text` begins with the scale of an index: `4)`.
  private static func isScale(_ text: Substring) -> Bool {
    text.dropFirst().first == ")"
  }
}
