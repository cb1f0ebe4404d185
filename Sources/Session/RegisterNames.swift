// The names under which parts of registers are known: `eax` is the low half of `rax`.

internal import Bytes

/// A named part of a register of the target description.
struct RegisterNames {
  /// The whole register's name in the target description.
  var name: String
  /// The part's size in bytes; `nil` for the whole register.
  var size: Int?
  /// The part's first byte.
  var offset = 0

  /// Returns what a name stands for: an alias (`pc`), a part (`eax`), else the register itself.
  static func place(of name: String, _ names: ProcessorNames) -> RegisterNames {
    switch name {
    case "pc": return RegisterNames(name: names.pc)
    case "sp": return RegisterNames(name: names.sp)
    case "fp": return RegisterNames(name: names.fp)
    default: return part(name) ?? RegisterNames(name: name)
    }
  }

  private static func part(_ name: String) -> RegisterNames? {
    let letters = ["ax": "rax", "bx": "rbx", "cx": "rcx", "dx": "rdx"]
    let indices = ["si": "rsi", "di": "rdi", "bp": "rbp", "sp": "rsp"]
    if let whole = letters[name] ?? indices[name] { return RegisterNames(name: whole, size: 2) }
    if name.utf8.count == 3, name.first == "e" {
      let rest = String(name.dropFirst())
      if let whole = letters[rest] ?? indices[rest] { return RegisterNames(name: whole, size: 4) }
    }
    if name.utf8.count == 2, let letter = name.first, let whole = letters["\(letter)x"] {
      if name.last == "l" { return RegisterNames(name: whole, size: 1) }
      if name.last == "h" { return RegisterNames(name: whole, size: 1, offset: 1) }
    }
    if name.last == "l", let whole = indices[String(name.dropLast())] {
      return RegisterNames(name: whole, size: 1)
    }
    let sizes: [Character: Int] = ["d": 4, "w": 2, "l": 1]
    if name.first == "r", let last = name.last, let size = sizes[last],
      let number = Int(name.dropFirst().dropLast()), (8...15).contains(number)
    {
      return RegisterNames(name: "r\(number)", size: size)
    }
    return nil
  }

  /// The part's bytes out of the whole register's.
  func extract(_ bytes: [UInt8]) -> [UInt8] {
    guard let size else { return bytes }
    return Array(bytes.dropFirst(offset).prefix(size))
  }

  /// The whole register's bytes after `bits` were written to the part.
  func merge(_ bits: UInt64, into old: [UInt8]?, size whole: Int) -> [UInt8] {
    var bytes = old ?? []
    while bytes.count < whole { bytes.append(0) }
    let count = min(size ?? whole, 8)
    for index in 0..<count where offset + index < bytes.count {
      bytes[offset + index] = UInt8(truncatingIfNeeded: bits >> UInt64(index * 8))
    }
    if size == nil, whole > 8 { for index in 8..<whole { bytes[index] = 0 } }
    return bytes
  }
}
