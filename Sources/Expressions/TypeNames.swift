/// Types by their names in C, in <stdint.h> and in Swift.
enum TypeNames {
  private static let single: [String: ValueType] = [
    "void": .void, "_Bool": .boolean, "bool": .boolean, "Bool": .boolean,
    "float": .float(size: 4), "double": .double, "Float": .float(size: 4), "Double": .double,
    "int8_t": .character(isSigned: true), "uint8_t": .character(isSigned: false),
    "int16_t": .integer(size: 2, isSigned: true), "uint16_t": .integer(size: 2, isSigned: false),
    "int32_t": .int, "uint32_t": .integer(size: 4, isSigned: false),
    "int64_t": .long, "uint64_t": .unsignedLong, "size_t": .unsignedLong, "ssize_t": .long,
    "intptr_t": .long, "uintptr_t": .unsignedLong, "ptrdiff_t": .long,
    "Int8": .integer(size: 1, isSigned: true), "UInt8": .integer(size: 1, isSigned: false),
    "Int16": .integer(size: 2, isSigned: true), "UInt16": .integer(size: 2, isSigned: false),
    "Int32": .int, "UInt32": .integer(size: 4, isSigned: false),
    "Int64": .long, "UInt64": .unsignedLong, "Int": .long, "UInt": .unsignedLong,
  ]
  private static let words: Set<String> = [
    "unsigned", "signed", "char", "short", "int", "long", "const", "volatile", "struct",
  ]

  /// Whether a type can begin with this word.
  static func begins(_ word: String) -> Bool {
    words.contains(word) || single[word] != nil
  }

  /// Returns the type that words stand for together (`unsigned long int`); `nil` if none.
  static func type(_ all: [String]) -> ValueType? {
    let parts = all.filter { $0 != "const" && $0 != "volatile" }
    if parts.count == 1, let type = single[parts[0]] { return type }
    if parts == ["long", "double"] { return .float(size: 16) }
    let isUnsigned = parts.contains("unsigned")
    if isUnsigned && parts.contains("signed") { return nil }
    let rest = parts.filter { $0 != "unsigned" && $0 != "signed" }
    if rest.isEmpty, !parts.isEmpty { return .integer(size: 4, isSigned: !isUnsigned) }
    switch rest {
    case ["char"]: return .character(isSigned: !isUnsigned)
    case ["int"]: return .integer(size: 4, isSigned: !isUnsigned)
    case ["short"], ["short", "int"]: return .integer(size: 2, isSigned: !isUnsigned)
    case ["long"], ["long", "int"], ["long", "long"], ["long", "long", "int"]:
      return .integer(size: 8, isSigned: !isUnsigned)
    default: return nil
    }
  }
}
