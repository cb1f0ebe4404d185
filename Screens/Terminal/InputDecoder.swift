// Bytes from a terminal to keys, mouse events and pastes. A pure state machine: the sequences of
// xterm and its kin, of the Linux console and rxvt; others come from terminfo as `extra`.

public import Canvas

/// Decodes a terminal's input.
public struct InputDecoder: Sendable {
  private var pending: [UInt8] = []
  private var paste: [UInt8]?
  private let extra: [[UInt8]: Key]

  /// The most bytes of a paste that are kept.
  static let maximumPaste = 1 << 20
  /// A sequence longer than this is none.
  private static let maximumSequence = 64

  /// Creates a decoder; `extra` holds further key sequences of this terminal.
  public init(extra: [[UInt8]: Key] = [:]) { self.extra = extra }

  /// Whether bytes wait that may be the start of something: an Escape, or part of a sequence.
  public var isUndecided: Bool { !pending.isEmpty && paste == nil }

  /// Takes bytes; returns what they complete.
  public mutating func received(_ bytes: some Sequence<UInt8>) -> [InputEvent] {
    var events: [InputEvent] = []
    for byte in bytes {
      if paste != nil {
        pasted(byte, &events)
      } else {
        pending.append(byte)
        while !pending.isEmpty, decode(&events, isFinal: false) {}
      }
    }
    return events
  }

  /// Notes that nothing followed in time: an Escape alone is a key.
  public mutating func timedOut() -> [InputEvent] {
    var events: [InputEvent] = []
    while !pending.isEmpty, paste == nil {
      if !decode(&events, isFinal: true) { pending.removeFirst() }
    }
    return events
  }

  // MARK: Sequences

  private static let pasteEnd: [UInt8] = Array("\u{1b}[201~".utf8)

  private mutating func pasted(_ byte: UInt8, _ events: inout [InputEvent]) {
    paste?.append(byte)
    guard let bytes = paste, byte == 0x7e, bytes.suffix(6).elementsEqual(Self.pasteEnd) else {
      if let count = paste?.count, count > Self.maximumPaste + 6 {
        // Keep the beginning, and the end that may be part of the closing sequence.
        paste?.removeSubrange(Self.maximumPaste..<count - 6)
      }
      return
    }
    events.append(.paste(String(decoding: bytes.dropLast(6), as: UTF8.self)))
    paste = nil
  }

  /// Decodes from the front of `pending`; returns whether it took any bytes.
  private mutating func decode(_ events: inout [InputEvent], isFinal: Bool) -> Bool {
    if let key = extra[pending] {
      pending.removeAll()
      events.append(.key(key))
      return true
    }
    guard pending[0] == 0x1b else { return decodeText(&events, isFinal: isFinal) }
    guard pending.count > 1 else {
      if isFinal { take(1, .escape, &events) }
      return isFinal
    }
    switch pending[1] {
    case 0x5b: return decodeControl(&events, isFinal: isFinal)
    case 0x4f: return decodeShort(&events, isFinal: isFinal)
    case 0x1b:
      take(1, .escape, &events)
      return true
    default:
      switch text(at: 1) {
      case .complete(let scalar, let length):
        let isControl = scalar.value < 0x20 || scalar.value == 0x7f
        take(1 + length, isControl ? control(scalar) : .alt(Character(scalar)), &events)
      case .incomplete where !isFinal: return false
      case .incomplete, .invalid: take(1, .escape, &events)
      }
      return true
    }
  }

  private mutating func take(_ count: Int, _ key: Key, _ events: inout [InputEvent]) {
    pending.removeFirst(min(count, pending.count))
    events.append(.key(key))
  }

  /// `ESC O x`: keypad and F1 to F4.
  private mutating func decodeShort(_ events: inout [InputEvent], isFinal: Bool) -> Bool {
    guard pending.count > 2 else {
      if isFinal { take(2, .alt("O"), &events) }
      return isFinal
    }
    let final = pending[2]
    pending.removeFirst(3)
    switch final {
    case 0x4d: events.append(.key(.enter))
    case 0x50...0x53: events.append(.key(.function(Int(final) - 0x4f)))
    default: if let key = Self.cursorKey(final) { events.append(.key(key)) }
    }
    return true
  }

  /// `ESC [ parameters final`.
  private mutating func decodeControl(_ events: inout [InputEvent], isFinal: Bool) -> Bool {
    if pending.count > 2, pending[2] == 0x5b {
      // The Linux console's F1 to F5: ESC [ [ A.
      guard pending.count > 3 else { return drop(isFinal) }
      let final = pending[3]
      pending.removeFirst(4)
      if (0x41...0x45).contains(final) { events.append(.key(.function(Int(final) - 0x40))) }
      return true
    }
    let parameters = pending.dropFirst(2).prefix { (0x20...0x3f).contains($0) }
    let end = 2 + parameters.count
    guard end < pending.count else {
      if pending.count == 2, isFinal {
        take(2, .alt("["), &events)
        return true
      }
      return drop(isFinal || pending.count > Self.maximumSequence)
    }
    let final = pending[end]
    let text = Array(parameters)
    // A byte that ends no sequence is decoded anew on its own.
    pending.removeFirst((0x40...0x7e).contains(final) ? end + 1 : end)
    if text.first == 0x3c {
      if let event = Self.mouse(Self.numbers(text.dropFirst()), final) {
        events.append(.mouse(event))
      }
      return true
    }
    let numbers = Self.numbers(text)
    switch final {
    case 0x7e:
      if numbers.first == 200 {
        paste = []
      } else if let key = Self.numberedKey(numbers.first ?? 0) {
        events.append(.key(key))
      }
    case 0x5a: events.append(.key(.backTab))
    case 0x50...0x53 where !text.isEmpty: events.append(.key(.function(Int(final) - 0x4f)))
    default: if let key = Self.cursorKey(final) { events.append(.key(key)) }
    }
    return true
  }

  private mutating func drop(_ isFinal: Bool) -> Bool {
    if isFinal { pending.removeAll() }
    return isFinal
  }

  private static func numbers(_ text: some Sequence<UInt8>) -> [Int] {
    var numbers = [0]
    for byte in text {
      if (0x30...0x39).contains(byte) {
        let value = numbers[numbers.count - 1] * 10 + Int(byte) - 0x30
        numbers[numbers.count - 1] = min(value, 100_000)
      } else {
        numbers.append(0)
      }
    }
    return numbers
  }

  private static func cursorKey(_ final: UInt8) -> Key? {
    switch final {
    case 0x41: .up
    case 0x42: .down
    case 0x43: .right
    case 0x44: .left
    case 0x46: .end
    case 0x48: .home
    default: nil
    }
  }

  private static func numberedKey(_ number: Int) -> Key? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23, 24: .function(number - 12)
    default: nil
    }
  }

  /// SGR mouse reports: button, column, row from 1; `M` pressed, `m` released.
  private static func mouse(_ numbers: [Int], _ final: UInt8) -> MouseEvent? {
    guard numbers.count == 3, final == 0x4d || final == 0x6d else { return nil }
    let point = Point(column: max(0, numbers[1] - 1), row: max(0, numbers[2] - 1))
    // Bits 2 to 4 are Shift, Alt and Control, which mean nothing here.
    switch numbers[0] & ~0x1c {
    case 0: return MouseEvent(final == 0x4d ? .pressed : .released, at: point)
    case 32: return MouseEvent(.dragged, at: point)
    case 64: return MouseEvent(.wheelUp, at: point)
    case 65: return MouseEvent(.wheelDown, at: point)
    default: return nil
    }
  }

  // MARK: Text

  private mutating func decodeText(_ events: inout [InputEvent], isFinal: Bool) -> Bool {
    switch text(at: 0) {
    case .complete(let scalar, let length):
      pending.removeFirst(length)
      if scalar.value < 0x20 || scalar.value == 0x7f {
        events.append(.key(control(scalar)))
      } else if !(0x80...0x9f).contains(scalar.value) {
        events.append(.key(.character(Character(scalar))))
      }
    case .incomplete where !isFinal: return false
    case .incomplete, .invalid: pending.removeFirst()
    }
    return true
  }

  private enum Text {
    case complete(Unicode.Scalar, Int)
    case incomplete
    case invalid
  }

  /// Returns the scalar at an offset and its length in bytes.
  private func text(at offset: Int) -> Text {
    let first = pending[offset]
    let length: Int
    switch first {
    case 0x00...0x7f: length = 1
    case 0xc2...0xdf: length = 2
    case 0xe0...0xef: length = 3
    case 0xf0...0xf4: length = 4
    default: return .invalid
    }
    let slice = pending[offset..<min(offset + length, pending.count)]
    guard slice.dropFirst().allSatisfy({ $0 & 0xc0 == 0x80 }) else { return .invalid }
    guard slice.count == length else { return .incomplete }
    guard let text = String(validating: slice, as: UTF8.self),
      let scalar = text.unicodeScalars.first
    else { return .invalid }
    return .complete(scalar, length)
  }

  private func control(_ scalar: Unicode.Scalar) -> Key {
    switch scalar.value {
    case 0x08, 0x7f: return .backspace
    case 0x09: return .tab
    case 0x0a, 0x0d: return .enter
    case 0x1b: return .escape
    default:
      let letter = UInt8(truncatingIfNeeded: scalar.value) | 0x60
      return .control(Character(Unicode.Scalar(letter)))
    }
  }
}
