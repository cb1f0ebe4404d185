// The format of a log point: what C's printf knows of whole numbers, characters, strings and
// pointers, with the escapes of C source, which gdb leaves in it (gdb's manual, appendix F.2,
// "printf"; C11, 7.21.6.1 and 6.4.4.4).

/// Writes text by a format, as its arguments are handed over.
struct BytecodeText {
  /// The most bytes that one evaluation prints; more is dropped.
  static let most = 1_024
  /// The widest field, and the longest string without a precision.
  private static let widest = 256

  /// How one argument is to be written.
  struct Argument {
    fileprivate var alignsLeft = false
    fileprivate var padsWithZeros = false
    fileprivate var showsPlus = false
    fileprivate var showsSpace = false
    fileprivate var isAlternative = false
    fileprivate var width = 0
    fileprivate var precision: Int?
    fileprivate var bits: UInt64 = 32
    fileprivate var letter: UInt8 = 0

    /// Whether the argument is the address of a string.
    var isText: Bool { letter == 0x73 }

    /// Bytes to be read of a string.
    var mostBytes: Int { min(precision ?? BytecodeText.widest, BytecodeText.widest) }
  }

  private var format: ArraySlice<UInt8>
  private let room: Int

  /// A writer that stops when its output has `room` bytes.
  init(_ format: ArraySlice<UInt8>, room: Int) {
    self.format = format
    self.room = room
  }

  /// Writes up to the next argument; nil at the end.
  mutating func nextArgument(_ text: inout [UInt8]) throws(BytecodeFailure) -> Argument? {
    while let byte = format.popFirst() {
      if byte == 0x5c {
        put(try escaped(), &text)
      } else if byte == 0x25 {
        if format.first != 0x25 { return try argument() }
        format = format.dropFirst()
        put(0x25, &text)
      } else {
        put(byte, &text)
      }
    }
    return nil
  }

  /// Writes a number, a character or a pointer.
  func append(number raw: UInt64, as argument: Argument, to text: inout [UInt8]) {
    if argument.letter == 0x63 {
      let byte = UInt8(truncatingIfNeeded: raw)
      let count = width(ofVisible: byte)
      pad(argument, count, &text, isBefore: true)
      put(visible: byte, &text)
      return pad(argument, count, &text, isBefore: false)
    }
    let shift = 64 - argument.bits
    var value = (raw << shift) >> shift
    var sign: UInt8?
    if argument.letter == 0x64 {
      let signed = Int64(bitPattern: raw << shift) >> Int64(shift)
      value = signed.magnitude
      sign = signed < 0 ? 0x2d : argument.showsPlus ? 0x2b : argument.showsSpace ? 0x20 : nil
    }
    let base: UInt64 = argument.letter == 0x6f ? 8 : isHexadecimal(argument) ? 16 : 10
    var digits = [22 of UInt8](repeating: 0)
    var count = 0
    while value > 0 {
      digits[count] = digit(UInt8(truncatingIfNeeded: value % base), argument)
      value /= base
      count += 1
    }
    let isPrefixed =
      argument.letter == 0x70 || (argument.isAlternative && base == 16 && count > 0)
    var least = argument.precision.map { min($0, Self.widest) } ?? 1
    if argument.isAlternative, base == 8 { least = max(least, count + 1) }
    let extra = (sign == nil ? 0 : 1) + (isPrefixed ? 2 : 0)
    if argument.padsWithZeros, !argument.alignsLeft, argument.precision == nil {
      least = max(least, argument.width - extra)
    }
    let length = max(count, least) + extra
    pad(argument, length, &text, isBefore: true)
    if let sign { put(sign, &text) }
    if isPrefixed {
      put(0x30, &text)
      put(argument.letter == 0x58 ? 0x58 : 0x78, &text)
    }
    for _ in 0..<max(0, least - count) { put(0x30, &text) }
    while count > 0 {
      count -= 1
      put(digits[count], &text)
    }
    pad(argument, length, &text, isBefore: false)
  }

  /// Writes a string: `bytes` up to a 0, or that nothing can be read at `address`.
  func append(
    text bytes: [UInt8], at address: UInt64, as argument: Argument, to text: inout [UInt8]
  ) {
    if bytes.isEmpty, argument.mostBytes > 0 {
      let words = "<no memory at 0x".utf8.span
      for index in words.indices { put(words[index], &text) }
      var pointer = Argument()
      pointer.bits = 64
      pointer.letter = 0x78
      append(number: address, as: pointer, to: &text)
      return put(0x3e, &text)
    }
    let shown = bytes.prefix { $0 != 0 }
    var count = 0
    for byte in shown { count += width(ofVisible: byte) }
    pad(argument, count, &text, isBefore: true)
    for byte in shown { put(visible: byte, &text) }
    pad(argument, count, &text, isBefore: false)
  }

  // MARK: Parts

  @inline(never)
  private func put(_ byte: UInt8, _ text: inout [UInt8]) {
    if text.count < room { text.put(byte) }
  }

  /// Appends a byte of the target's memory as a terminal may have it: gdb prints what it is sent.
  @inline(never)
  private func put(visible byte: UInt8, _ text: inout [UInt8]) {
    guard !isHarmless(byte) else { return put(byte, &text) }
    put(0x5c, &text)
    put(0x30 + (byte >> 6), &text)
    put(0x30 + (byte >> 3 & 7), &text)
    put(0x30 + (byte & 7), &text)
  }

  private func isHarmless(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7f || byte == 0x0a || byte == 0x09
  }

  /// How many bytes `put(visible:)` appends.
  private func width(ofVisible byte: UInt8) -> Int { isHarmless(byte) ? 1 : 4 }

  @inline(never)
  private func pad(
    _ argument: Argument, _ length: Int, _ text: inout [UInt8], isBefore: Bool
  ) {
    guard argument.alignsLeft != isBefore, argument.width > length else { return }
    for _ in length..<argument.width { put(0x20, &text) }
  }

  private func isHexadecimal(_ argument: Argument) -> Bool {
    argument.letter == 0x78 || argument.letter == 0x58 || argument.letter == 0x70
  }

  private func digit(_ value: UInt8, _ argument: Argument) -> UInt8 {
    value < 10 ? 0x30 + value : (argument.letter == 0x58 ? 0x37 : 0x57) + value
  }

  // MARK: The format

  /// What stands after `%`.
  private mutating func argument() throws(BytecodeFailure) -> Argument {
    var argument = Argument()
    flags: while let flag = format.first {
      switch flag {
      case 0x2d: argument.alignsLeft = true
      case 0x30: argument.padsWithZeros = true
      case 0x2b: argument.showsPlus = true
      case 0x20: argument.showsSpace = true
      case 0x23: argument.isAlternative = true
      default: break flags
      }
      format = format.dropFirst()
    }
    argument.width = try number()
    if format.first == 0x2e {
      format = format.dropFirst()
      argument.precision = try number()
    }
    try readLength(&argument)
    guard let letter = format.popFirst() else { throw .format }
    switch letter {
    case 0x64, 0x69: argument.letter = 0x64  // d, i
    case 0x75, 0x78, 0x58, 0x6f: argument.letter = letter  // u, x, X, o
    case 0x70:  // p
      argument.letter = letter
      argument.bits = 64
    case 0x63, 0x73:  // c, s; but not of wide characters
      guard argument.bits == 32 else { throw .format }
      argument.letter = letter
    default: throw .format
    }
    return argument
  }

  private mutating func readLength(_ argument: inout Argument) throws(BytecodeFailure) {
    guard let first = format.first else { throw .format }
    switch first {
    case 0x68:  // h, hh
      argument.bits = 16
      format = format.dropFirst()
      if format.first == 0x68 {
        argument.bits = 8
        format = format.dropFirst()
      }
    case 0x6c:  // l, ll
      argument.bits = 64
      format = format.dropFirst()
      if format.first == 0x6c { format = format.dropFirst() }
    case 0x6a, 0x7a, 0x74:  // j, z, t
      argument.bits = 64
      format = format.dropFirst()
    default: break
    }
  }

  private mutating func number() throws(BytecodeFailure) -> Int {
    var value = 0
    while let byte = format.first, byte >= 0x30, byte <= 0x39 {
      value = value * 10 + Int(byte - 0x30)
      guard value <= Self.widest else { throw .format }
      format = format.dropFirst()
    }
    return value
  }

  /// What an escape of C source stands for; its backslash has been taken.
  private mutating func escaped() throws(BytecodeFailure) -> UInt8 {
    guard let letter = format.popFirst() else { throw .format }
    switch letter {
    case 0x61: return 7
    case 0x62: return 8
    case 0x65: return 0x1b  // gdb knows this one, C does not
    case 0x66: return 12
    case 0x6e: return 10
    case 0x72: return 13
    case 0x74: return 9
    case 0x76: return 11
    case 0x5c, 0x22, 0x27: return letter
    case 0x30...0x37:
      var value = letter & 7
      for _ in 0..<2 {
        guard let next = format.first, next >= 0x30, next <= 0x37 else { break }
        value = value << 3 | next & 7
        format = format.dropFirst()
      }
      return value
    default: throw .format
    }
  }
}
