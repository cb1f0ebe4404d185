// Types of variables, as far as a debugger's prompt needs them: a name, a size, and whether the
// bits are a scalar and how they read.

/// What is known of a type.
struct TypeDescription {
  var name = ""
  /// In bytes; 0 if unknown.
  var size = 0
  /// How its bits read if it is a scalar.
  var kind: ScalarKind?
}

extension Unit {
  /// Describes the type at an entry; follows no more than 16 others.
  func type(at entry: UInt64, depth: Int = 0) -> TypeDescription {
    let holder = entry >= offset && entry < end ? self : debug.unit(holding: entry)
    guard depth < 16, let unit = holder else { return TypeDescription() }
    return unit.readType(at: entry, depth)
  }

  private func readType(at entry: UInt64, _ depth: Int) -> TypeDescription {
    var name = ""
    var linkage: String?
    var size = 0
    var encoding: UInt64 = 0
    var inner: UInt64?
    var specification: UInt64?
    let shape = readEntry(at: entry) { attribute, value in
      switch attribute {
      case At.name: name = string(value) ?? ""
      case At.linkageName: linkage = string(value)
      case At.byteSize: size = Int(truncatingIfNeeded: min(value.constant ?? 0, 1 << 20))
      case At.encoding: encoding = value.constant ?? 0
      case At.type: inner = value.reference
      case At.specification: specification = value.reference
      default: break
      }
    }
    guard let (tag, next) = shape.map({ ($0.shape.tag, $0.next) }) else {
      return TypeDescription()
    }
    let hasChildren = shape?.shape.hasChildren ?? false
    let target = { inner.map { self.type(at: $0, depth: depth + 1) } ?? TypeDescription() }
    switch tag {
    case Tag.baseType:
      return TypeDescription(name: name, size: size, kind: Self.kind(encoding: encoding, name))
    case Tag.typedef:
      var type = target()
      if let linkage { return swiftType(linkage, type) }
      type.name = name
      return type
    case Tag.constType, Tag.volatileType, Tag.restrictType, Tag.atomicType:
      var type = target()
      let word =
        tag == Tag.constType ? "const" : tag == Tag.volatileType ? "volatile" : "restrict"
      // In Swift a constant type only says `let`; that is no part of the type.
      if language != Self.swift {
        let isPointer = type.name.utf8.last == 0x2a
        let base = type.name.isEmpty ? "void" : type.name
        type.name = isPointer ? "\(base) \(word)" : "\(word) \(base)"
      }
      return type
    case Tag.pointerType, Tag.referenceType, Tag.rvalueReferenceType:
      let type = target()
      let base = type.name.isEmpty ? "void" : type.name
      let mark = tag == Tag.pointerType ? "*" : "&"
      let text = name.isEmpty ? base + (base.utf8.last == 0x2a ? "" : " ") + mark : name
      return TypeDescription(name: text, size: size > 0 ? size : 8, kind: .pointer)
    case Tag.subroutineType: return TypeDescription(name: target().name + " ()")
    case Tag.enumerationType:
      if let linkage {
        return swiftType(linkage, TypeDescription(name: name, size: size, kind: .enumeration))
      }
      return TypeDescription(name: "enum " + name, size: size, kind: .enumeration)
    case Tag.structureType, Tag.classType, Tag.unionType:
      if language == Self.swift, let specification, linkage == nil {
        var type = self.type(at: specification, depth: depth + 1)
        if size > 0 { type.size = size }
        return type
      }
      if let linkage {
        let only = hasChildren ? onlyMember(from: next, depth) : nil
        let kind = only.flatMap { $0.size == size ? $0.kind : nil }
        return swiftType(linkage, TypeDescription(name: name, size: size, kind: kind))
      }
      return TypeDescription(
        name: (tag == Tag.unionType ? "union " : "struct ") + name, size: size)
    case Tag.arrayType: return TypeDescription(name: target().name + " []")
    default: return TypeDescription(name: name, size: size)
    }
  }

  /// DW_LANG_Swift.
  static let swift: UInt64 = 0x1e

  private static func kind(encoding: UInt64, _ name: String) -> ScalarKind? {
    switch encoding {
    case 0x02: return .boolean
    case 0x04: return .float
    case 0x05, 0x0d: return .signed
    case 0x06, 0x08: return .character
    case 0x07: return name.contains("RawPointer") ? .pointer : .unsigned
    case 0x01: return .pointer
    case 0x10: return .character
    default: return nil
    }
  }

  /// The type of a structure's only member.
  private func onlyMember(from first: UInt64, _ depth: Int) -> TypeDescription? {
    var next = first
    var found: TypeDescription?
    // Only members, no accessors or nested types, come first in what the compiler writes.
    for _ in 0..<8 {
      var type: UInt64?
      var isStatic = false
      guard
        let entry = readEntry(
          at: next,
          { attribute, value in
            if attribute == At.type { type = value.reference }
            if attribute == At.external || attribute == At.declaration { isStatic = true }
          }), entry.shape.tag == Tag.member
      else { break }
      if !isStatic {
        if found != nil { return nil }
        found = type.map { self.type(at: $0, depth: depth + 1) }
        if found == nil { return nil }
      }
      next = entry.next
    }
    return found
  }

  /// Names a Swift type, and says how its bits read where its name tells.
  private func swiftType(_ mangled: String, _ known: TypeDescription) -> TypeDescription {
    var type = known
    let full = Demangler.full(mangled) ?? mangled
    type.name = full.replacing("Swift.")
    if let (kind, size) = SwiftScalars.table[full] {
      type.kind = kind
      type.size = size
    } else if full.hasPrefix("Swift.Unsafe") && !full.contains("Buffer") && !full.hasSuffix("?") {
      type.kind = .pointer
      type.size = 8
    } else if full.hasPrefix("Builtin.") {
      if type.kind == nil { type.kind = full == "Builtin.RawPointer" ? .pointer : .unsigned }
    } else if mangled.hasSuffix("CD") {
      type.kind = .pointer
      type.size = 8
    } else if mangled.hasSuffix("OD"), [1, 2, 4, 8].contains(type.size) {
      type.kind = .enumeration
    }
    return type
  }
}

/// The scalars of Swift's standard library by their full names.
enum SwiftScalars {
  static let table: [String: (ScalarKind, Int)] = [
    "Swift.Int": (.signed, 8), "Swift.Int8": (.signed, 1), "Swift.Int16": (.signed, 2),
    "Swift.Int32": (.signed, 4), "Swift.Int64": (.signed, 8),
    "Swift.UInt": (.unsigned, 8), "Swift.UInt8": (.unsigned, 1), "Swift.UInt16": (.unsigned, 2),
    "Swift.UInt32": (.unsigned, 4), "Swift.UInt64": (.unsigned, 8),
    "Swift.Bool": (.boolean, 1), "Swift.Float": (.float, 4), "Swift.Double": (.float, 8),
    "Swift.OpaquePointer": (.pointer, 8),
  ]
}

extension String {
  /// The text without every occurrence of a word.
  fileprivate func replacing(_ word: String) -> String {
    let text = Array(utf8)
    let pattern = Array(word.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      let isStart =
        index == 0
        || !(text[index - 1] >= 0x30 && text[index - 1] <= 0x7a || text[index - 1] == 0x2e)
      if isStart && text[index...].starts(with: pattern) {
        index += pattern.count
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
