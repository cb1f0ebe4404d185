// Text by C's formats, as gdb 13's `printf` and `dprintf` make it: each conversion is checked, so that
// no text can read what it was not given.

internal import Bytes
internal import Expressions
internal import Glibc

/// A format and the expressions it is filled with.
public struct FormattedText: Sendable {
  /// What was parsed: `"FORMAT", EXPRESSION...`.
  public let text: String
  private var pieces: [Piece] = []
  private var arguments: [Expression] = []

  private enum Piece: Sendable {
    case text(String)
    case conversion(Conversion)
  }

  /// The widest field, in characters: a format cannot ask for a screenful of blanks.
  private static let widest = 1000

  /// Parses `"FORMAT", EXPRESSION...`; the error says what is wrong with it.
  public init(parsing text: String) throws(SessionError) {
    self.text = text
    var rest = text[...]
    guard rest.popFirst() == "\"" else { throw .malformed("Bad format string") }
    var format: [Character] = []
    var isClosed = false
    while let next = rest.popFirst() {
      if next == "\"" {
        isClosed = true
        break
      }
      format.append(next == "\\" ? try Self.escape(&rest) : next)
    }
    guard isClosed else { throw .malformed("Bad format string, non-terminated '\"'") }
    try parse(format)
    for argument in try Self.arguments(Self.trimmed(rest)) {
      do { arguments.append(try Expression.parse(argument)) } catch {
        throw .expression(error.message)
      }
    }
    guard arguments.count == conversions.count else {
      throw .malformed("Wrong number of arguments for specified format-string")
    }
  }

  private var conversions: [Conversion] {
    pieces.compactMap { if case .conversion(let conversion) = $0 { conversion } else { nil } }
  }

  private mutating func parse(_ format: [Character]) throws(SessionError) {
    var index = 0
    var text = ""
    while index < format.count {
      guard format[index] == "%" else {
        text.append(format[index])
        index += 1
        continue
      }
      let conversion = try Conversion(format, from: &index)
      if conversion.letter == "%" {
        text += "%"
        continue
      }
      pieces += [.text(text), .conversion(conversion)]
      text = ""
    }
    pieces.append(.text(text))
  }

  /// The text, with the values that the expressions have in the selected frame.
  public func text(in session: Session) throws(SessionError) -> String {
    var rest = arguments[...]
    var result = ""
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .conversion(let conversion):
        guard let argument = rest.popFirst() else { return result }
        result += try Self.shown(conversion, argument, session)
      }
      guard result.utf8.count < 1 << 16 else { throw .malformed("The text is too long.") }
    }
    return result
  }

  /// Agent bytecode that prints the text where the target meets it.
  func compiled(in context: some CompilationContext) throws(CompilationError) -> [UInt8] {
    try Expression.compiledPrint(arguments, in: context) { printed throws(CompilationError) in
      var printed = printed[...]
      var format: [UInt8] = []
      for piece in pieces {
        switch piece {
        case .text(let text):
          for byte in text.utf8 {
            // What the target would take for the beginning of something.
            if byte == 0x25 || byte == 0x5c { format.append(byte) }
            format.append(byte)
          }
        case .conversion(let conversion):
          let argument = printed.popFirst() ?? PrintedArgument(type: .int)
          format += Array(try conversion.text(for: argument).utf8)
        }
      }
      return format
    }
  }

  private static func escape(_ rest: inout Substring) throws(SessionError) -> Character {
    guard let letter = rest.popFirst() else {
      throw .malformed("Bad format string, ends in a backslash")
    }
    let known: [Character: Character] = [
      "n": "\n", "t": "\t", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "v": "\u{b}", "r": "\r",
      "e": "\u{1b}", "\\": "\\", "\"": "\"",
    ]
    guard let character = known[letter] else {
      throw .malformed("Unrecognized escape character \\\(letter) in format string.")
    }
    return character
  }

  /// The expressions between commas that stand in no brackets or quotes.
  private static func arguments(_ text: String) throws(SessionError) -> [String] {
    if text.isEmpty { return [] }
    guard text.hasPrefix(",") else {
      throw .malformed("Invalid argument syntax: a comma follows the format.")
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
        parts.append(trimmed(part))
        part = ""
        continue
      }
      part.append(character)
    }
    return parts + [trimmed(part)]
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var text = text[...].drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text)
  }

  /// One `%` with its flags, width, precision and letter; C's sizes are read and not needed.
  private struct Conversion: Sendable {
    var flags = ""
    var width = 0
    var precision: Int?
    var letter: Character = "%"

    init(_ format: [Character], from index: inout Int) throws(SessionError) {
      index += 1
      func peek() -> Character? { index < format.count ? format[index] : nil }
      func number() throws(SessionError) -> Int {
        var value = 0
        while let digit = peek()?.wholeNumberValue, peek()?.isASCII == true {
          value = value * 10 + digit
          index += 1
          guard value <= FormattedText.widest else {
            throw SessionError.malformed("A field is at most \(FormattedText.widest) wide.")
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
        throw SessionError.malformed(
          peek().map { "Unrecognized format specifier '\($0)' in printf" }
            ?? "Incomplete format specifier at end of format string")
      }
      letter = last
      index += 1
    }

    /// The conversion as the target is to have it. Its sizes are those of C, where values of the
    /// prompt have their own.
    func text(for argument: PrintedArgument) throws(CompilationError) -> String {
      let type = argument.type
      var precision = precision
      let isWide = type.size >= 8 || type.pointee != nil
      let size: String
      switch letter {
      case "d", "i": size = "l"
      case "u", "o", "x", "X": size = isWide ? "l" : ""
      case "c", "p": size = ""
      case "s":
        guard type.pointee?.size == 1 else { throw CompilationError("%s of no text") }
        size = ""
        // A target reads up to a 0, which an array need not have.
        if let most = argument.arraySize {
          let count = min(precision ?? most, most)
          guard count <= 256 else { throw CompilationError("text of \(count) bytes") }
          precision = count
        }
      default: throw CompilationError("%\(letter): a number with a point")
      }
      guard width <= 256, precision ?? 0 <= 256 else { throw CompilationError("a wide field") }
      return
        "%\(flags)\(width > 0 ? "\(width)" : "")\(precision.map { ".\($0)" } ?? "")\(size)\(letter)"
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
    _ conversion: Conversion, _ argument: Expression, _ session: Session
  ) throws(SessionError) -> String {
    let value = try session.evaluate(argument)
    if let absence = value.absence {
      throw .malformed("value has been optimized out: \(absence)")
    }
    switch conversion.letter {
    case "s":
      let text = try string(value, session)
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

  private static func string(_ value: Value, _ session: Session) throws(SessionError) -> String {
    var bytes: [UInt8] = []
    if case .array = value.type {
      bytes = Array(value.bytes.prefix { $0 != 0 })
    } else {
      var address = value.asAddress
      while bytes.count < 4096 {
        // Up to the next multiple of 64, so that no read crosses into an unmapped page.
        let count = 64 - Int(address.value & 63)
        guard let part = session.readMemory(address, count) else {
          throw .malformed("Cannot access memory at address \(address.hex)")
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
