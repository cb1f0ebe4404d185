// Values of Swift types from their bytes.

internal import Bytes

/// Takes one value apart.
struct SwiftValueReader {
  let memory: MemoryReader
  /// How many more fields may be shown.
  private var fieldsLeft = ValueTree.fieldLimit

  init(memory: @escaping MemoryReader) { self.memory = memory }

  /// Reads a value of a layout; bytes that are too few, and values that no case has, stay bytes.
  mutating func read(_ bytes: [UInt8], as layout: SwiftLayout, depth: Int = 0) -> ValueTree {
    guard bytes.count >= layout.size, depth < ValueTree.depthLimit else { return .bytes(bytes) }
    switch layout {
    case .scalar(let kind, let size):
      guard size <= 8 else { return .bytes(Array(bytes.prefix(size))) }
      return .scalar(kind, bits: Self.number(bytes, 0, size, isSigned: kind == .signed), size: size)
    case .string: return string(bytes) ?? .bytes(bytes)
    case .array(let element): return array(bytes, element, depth) ?? .bytes(bytes)
    case .cases(let names, let size):
      let number = Self.number(bytes, 0, min(8, size))
      guard number < UInt64(names.count) else { return .bytes(bytes) }
      return .enumeration(names[Int(number)])
    case .optional(let payload, let size):
      if isAbsent(bytes, payload, size) { return .absent }
      return read(Array(bytes.prefix(payload.size)), as: payload, depth: depth + 1)
    case .structure(let fields, _, _):
      var found: [ValueTree.Field] = []
      for field in fields {
        guard fieldsLeft > 0 else {
          found.append(ValueTree.Field(name: "...", value: .bytes([])))
          break
        }
        fieldsLeft -= 1
        let part = Array(bytes[field.offset..<field.offset + field.layout.size])
        found.append(
          ValueTree.Field(name: field.name, value: read(part, as: field.layout, depth: depth + 1)))
      }
      return .structure(found)
    }
  }

  private func isAbsent(_ bytes: [UInt8], _ payload: SwiftLayout, _ size: Int) -> Bool {
    if size > payload.size { return bytes[payload.size] == 1 }
    guard let (offset, size, value) = payload.firstExtraInhabitant else { return false }
    return Self.number(bytes, offset, size) == value
  }

  /// The standard library's string (stdlib/public/core/StringObject.swift, 64 bits): two words, of
  /// which the second one's high nibble tells what they are.
  private func string(_ bytes: [UInt8]) -> ValueTree? {
    let (word, object) = (Self.number(bytes, 0, 8), Self.number(bytes, 8, 8))
    // b61: small, the text in the 15 bytes themselves, its length in b56...b59.
    if object >> 61 & 1 == 1 {
      let count = Int(object >> 56 & 0xf)
      return count <= 15 ? .text(Array(bytes[..<count]), isCut: false) : nil
    }
    // b60: not as UTF-8 in one piece.
    guard object >> 60 & 1 == 0 else { return nil }
    let count = word & 0xffff_ffff_ffff
    let start = (object & 0x0fff_ffff_ffff_ffff) &+ 32
    let shown = Int(min(count, UInt64(ValueTree.textLimit)))
    if shown == 0 { return .text([], isCut: false) }
    guard let text = memory(Address(start), shown), text.count >= shown else { return nil }
    return .text(Array(text.prefix(shown)), isCut: count > UInt64(shown))
  }

  /// The standard library's array: storage whose count is at 16 and whose elements begin at 32, or
  /// the next multiple of their alignment (stdlib/public/core/ContiguousArrayBuffer.swift).
  private mutating func array(
    _ bytes: [UInt8], _ element: SwiftLayout, _ depth: Int
  ) -> ValueTree? {
    let storage = Self.number(bytes, 0, 8)
    guard let head = memory(Address(storage &+ 16), 8), head.count >= 8 else { return nil }
    let count = Self.number(head, 0, 8)
    // What is no array, or not yet one, has no sensible count.
    guard count < 1 << 48 else { return nil }
    let shown = Int(min(count, UInt64(min(ValueTree.elementLimit, fieldsLeft))))
    fieldsLeft -= shown
    var elements: [ValueTree] = []
    if shown > 0 {
      let start =
        storage &+ UInt64((32 + element.alignment - 1) / element.alignment * element.alignment)
      let size = shown * element.stride
      guard size <= 1 << 16, let content = memory(Address(start), size), content.count >= size
      else {
        return nil
      }
      for index in 0..<shown {
        let part = Array(content[index * element.stride..<index * element.stride + element.size])
        elements.append(read(part, as: element, depth: depth + 1))
      }
    }
    return .array(elements, count: count)
  }

  private static func number(
    _ bytes: [UInt8], _ offset: Int, _ size: Int, isSigned: Bool = false
  ) -> UInt64 {
    guard size > 0, size <= 8, offset + size <= bytes.count else { return 0 }
    let number = bytes[offset..<offset + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard isSigned, size < 8 else { return number }
    let shift = UInt64(64 - size * 8)
    return UInt64(bitPattern: Int64(bitPattern: number << shift) >> Int64(shift))
  }
}
