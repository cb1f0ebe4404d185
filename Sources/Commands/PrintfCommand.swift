// printf: values in C's formats, as gdb 13 does it: each conversion is checked, so that no text can
// read what it was not given.

internal import Bytes
internal import Expressions
internal import Glibc
internal import Session

enum PrintfCommand {
  static let command = Command(
    name: "printf", group: .data, usage: "printf \"FORMAT\", EXPRESSION...",
    summary: "Print values in C's formats",
    manual: """
      Conversions are d i u o x X c f e g a s p and %%, with C's flags, widths and sizes. %s takes a
      pointer to characters. Escapes are C's.

        printf "%d at %p: %s\\n", count, pointer, name
      """, completes: .expression, run: run)

  /// The widest field, in characters: a format cannot ask for a screenful of blanks.
  private static let widest = 1000

  private static func run(_ call: Invocation) throws {
    let text = try text(call)
    if call.interpreter.isJSON { return call.object(EchoCommand.object(text, schema: "printf")) }
    EchoCommand.show(text, call)
  }

  private static func text(_ call: Invocation) throws -> String {
    var rest = call.arguments[...]
    guard rest.popFirst() == "\"" else { throw CommandError.message("Bad format string") }
    var format: [Character] = []
    while let next = rest.popFirst(), next != "\"" {
      guard next == "\\" else {
        format.append(next)
        continue
      }
      format.append(try escape(&rest))
    }
    guard rest.startIndex > call.arguments.startIndex,
      call.arguments[call.arguments.index(before: rest.startIndex)] == "\"",
      call.arguments.count > 1
    else { throw CommandError.message("Bad format string, non-terminated '\"'") }
    var arguments = try self.arguments(Words.trimmed(rest))[...]
    var result = ""
    var index = 0
    while index < format.count {
      guard format[index] == "%" else {
        result.append(format[index])
        index += 1
        continue
      }
      let conversion = try Conversion(format, from: &index)
      if conversion.letter == "%" {
        result += "%"
        continue
      }
      guard let argument = arguments.popFirst() else {
        throw CommandError.message("Wrong number of arguments for specified format-string")
      }
      result += try shown(conversion, argument, call)
      guard result.utf8.count < 1 << 16 else { throw CommandError.message("The text is too long.") }
    }
    guard arguments.isEmpty else {
      throw CommandError.message("Wrong number of arguments for specified format-string")
    }
    return result
  }

  private static func escape(_ rest: inout Substring) throws -> Character {
    guard let letter = rest.popFirst() else {
      throw CommandError.message("Bad format string, ends in a backslash")
    }
    let known: [Character: Character] = [
      "n": "\n", "t": "\t", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "v": "\u{b}", "r": "\r",
      "e": "\u{1b}", "\\": "\\", "\"": "\"",
    ]
    guard let character = known[letter] else {
      throw CommandError.message("Unrecognized escape character \\\(letter) in format string.")
    }
    return character
  }

  /// The expressions between commas that stand in no brackets or quotes.
  private static func arguments(_ text: String) throws -> [String] {
    if text.isEmpty { return [] }
    guard text.hasPrefix(",") else {
      throw CommandError.message("Invalid argument syntax: a comma follows the format.")
    }
    var (parts, part, depth) = ([String](), "", 0)
    var quote: Character?
    var isEscaped = false
    for character in text.dropFirst() {
      if let open = quote {
        if !isEscaped, character == open { quote = nil }
        isEscaped = !isEscaped && character == "\\"
      } else if character == "\"" || character == "'" {
        quote = character
      } else if "([{".contains(character) {
        depth += 1
      } else if ")]}".contains(character) {
        depth -= 1
      } else if character == ",", depth == 0 {
        parts.append(Words.trimmed(part))
        part = ""
        continue
      }
      part.append(character)
    }
    return parts + [Words.trimmed(part)]
  }

  /// One `%` with its flags, width, precision and letter; C's sizes are read and not needed.
  private struct Conversion {
    var flags = ""
    var width = 0
    var precision: Int?
    var letter: Character = "%"

    init(_ format: [Character], from index: inout Int) throws {
      index += 1
      func peek() -> Character? { index < format.count ? format[index] : nil }
      func number() throws -> Int {
        var value = 0
        while let digit = peek()?.wholeNumberValue, peek()?.isASCII == true {
          value = value * 10 + digit
          index += 1
          guard value <= PrintfCommand.widest else {
            throw CommandError.message("A field is at most \(PrintfCommand.widest) wide.")
          }
        }
        return value
      }
      while let flag = peek(), "-+ #0".contains(flag) {
        flags.append(flag)
        index += 1
      }
      width = try number()
      if peek() == "." {
        index += 1
        precision = try number()
      }
      if peek() == "h" { index += 1 }
      while let size = peek(), "lqjztL".contains(size) { index += 1 }
      guard let last = peek(), "diuoxXcfFeEgGaAsp%".contains(last) else {
        throw CommandError.message(
          peek().map { "Unrecognized format specifier '\($0)' in printf" }
            ?? "Incomplete format specifier at end of format string")
      }
      letter = last
      index += 1
    }

    func padded(_ text: String) -> String {
      let missing = max(0, width - text.count)
      let blanks = String(repeating: " ", count: missing)
      return flags.contains("-") ? text + blanks : blanks + text
    }

    /// Lets the C library format one number; `size` is what C's `long long` is told by.
    func formatted(_ value: any CVarArg, size: String) -> String {
      let digits = precision.map { ".\($0)" } ?? ""
      let format = "%\(flags)\(width > 0 ? "\(width)" : "")\(digits)\(size)\(letter)"
      var buffer = [CChar](repeating: 0, count: 4096)
      // Safety: the format holds exactly one conversion, for the one value, and the size is given.
      let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
      return String(
        decoding: buffer.prefix(max(0, min(Int(count), buffer.count - 1)))
          .map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  private static func shown(
    _ conversion: Conversion, _ argument: String, _ call: Invocation
  ) throws -> String {
    let value = try call.session.evaluate(argument)
    if let absence = value.absence {
      throw CommandError.message("value has been optimized out: \(absence)")
    }
    switch conversion.letter {
    case "s":
      let text = try string(value, call)
      return conversion.padded(conversion.precision.map { String(text.prefix($0)) } ?? text)
    case "c":
      let byte = UInt8(truncatingIfNeeded: UInt64(bitPattern: value.signed))
      return conversion.padded(String(decoding: [byte], as: UTF8.self))
    case "p":
      let address = value.asAddress
      return conversion.padded(address.value == 0 ? "(nil)" : address.hex)
    case "d", "i": return conversion.formatted(value.signed, size: "ll")
    case "u", "o", "x", "X":
      // As C would: the value has the size of its type, at least that of an int.
      let bits = value.float == nil ? value.bits : UInt64(bitPattern: value.signed)
      let isWide = value.size >= 8 || value.type.pointee != nil
      return conversion.formatted(isWide ? bits : bits & 0xffff_ffff, size: "ll")
    default:
      let number = value.float ?? (value.isSigned ? Double(value.signed) : Double(value.bits))
      return conversion.formatted(number, size: "")
    }
  }

  private static func string(_ value: Value, _ call: Invocation) throws -> String {
    var bytes: [UInt8] = []
    if case .array = value.type {
      bytes = Array(value.bytes.prefix { $0 != 0 })
    } else {
      var address = value.asAddress
      while bytes.count < 4096 {
        // Up to the next multiple of 64, so that no read crosses into an unmapped page.
        let count = 64 - Int(address.value & 63)
        guard let part = call.session.readMemory(address, count) else {
          throw CommandError.message("Cannot access memory at address \(address.hex)")
        }
        if let end = part.firstIndex(of: 0) {
          bytes += part[..<end]
          break
        }
        bytes += part
        address = address.advanced(by: UInt64(count))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
