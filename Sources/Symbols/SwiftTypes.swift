// From the entry of a Swift type to its layout.

extension Unit {
  /// The layout of the type at an entry; `nil` if it is none that is understood. `parameters` are
  /// what the generic parameters of the type around it stand for.
  func swiftLayout(
    at entry: UInt64, depth: Int = 0, parameters: [UInt64] = []
  ) -> SwiftLayout? {
    let holder = entry >= offset && entry < end ? self : debug.unit(holding: entry)
    guard depth < 16, let unit = holder, unit.language == Unit.swift else { return nil }
    return unit.readLayout(at: entry, depth, parameters)
  }

  private func readLayout(
    at entry: UInt64, _ depth: Int, _ parameters: [UInt64]
  ) -> SwiftLayout? {
    var linkage = ""
    var name = ""
    var size: Int?
    var inner: UInt64?
    var specification: UInt64?
    guard
      let read = readEntry(
        at: entry,
        { attribute, value in
          switch attribute {
          case At.name: name = string(value) ?? ""
          case At.linkageName: linkage = string(value) ?? ""
          case At.byteSize: size = value.constant.map { Int(truncatingIfNeeded: min($0, 4096)) }
          case At.type: inner = value.reference
          case At.specification: specification = value.reference
          default: break
          }
        })
    else { return nil }
    if linkage == "$eSSD" || linkage == "$sSSD" { return .string }
    if let index = Self.parameter(linkage.isEmpty ? name : linkage) {
      return index < parameters.count ? swiftLayout(at: parameters[index], depth: depth + 1) : nil
    }
    switch read.shape.tag {
    case Tag.constType, Tag.typedef:
      let named = inner.flatMap { swiftLayout(at: $0, depth: depth + 1, parameters: parameters) }
      if let named { return named }
      let known = type(at: entry)
      return known.kind.flatMap { known.size > 0 ? .scalar($0, size: known.size) : nil }
    case Tag.enumerationType:
      let names = read.shape.hasChildren ? names(of: Tag.enumerator, from: read.next) : []
      return size.flatMap { names.isEmpty ? nil : .cases(names, size: $0) }
    case Tag.structureType, Tag.classType:
      let body = read.shape.hasChildren ? children(from: read.next) : SwiftBody()
      let layout = structure(
        body, linkage, specification, size: size, depth, parameters: parameters)
      if let layout { return layout }
      let known = type(at: entry)
      return known.kind.flatMap { known.size > 0 ? .scalar($0, size: known.size) : nil }
    default:
      let known = type(at: entry)
      return known.kind.flatMap { known.size > 0 ? .scalar($0, size: known.size) : nil }
    }
  }

  private func structure(
    _ body: SwiftBody, _ linkage: String, _ specification: UInt64?, size: Int?, _ depth: Int,
    parameters: [UInt64]
  ) -> SwiftLayout? {
    // A class is a reference, whatever fields its objects have; scalars have no fields worth it.
    if linkage.hasSuffix("CD") { return .scalar(.pointer, size: 8) }
    let full = linkage.isEmpty ? nil : Demangler.full(linkage)
    if let (kind, size) = full.flatMap({ SwiftScalars.table[$0] }) {
      return .scalar(kind, size: size)
    }
    if let full, full.hasPrefix("Swift.Unsafe"), !full.contains("Buffer"), !full.hasSuffix("?") {
      return .scalar(.pointer, size: 8)
    }
    if let specification {
      let given = body.templates.isEmpty ? parameters : body.templates
      // An instance of a generic type: the fields are those of the type it specifies, or of the
      // one instance that stands in it.
      let generic = declared(specification)
      if let generic, generic.linkage.hasSuffix("SgD"), let payload = given.first {
        return size.flatMap { optional(payload, size: $0, depth) }
      }
      let template =
        body.fields.count == 1 && body.fields[0].name.isEmpty ? body.fields[0].type : nil
      let arguments = template.flatMap { declared($0)?.body.templates } ?? given
      guard let generic, let size else { return nil }
      if Self.array.contains(generic.linkage), size == 8, let element = arguments.first {
        return swiftLayout(at: element, depth: depth + 1).map { .array($0) }
      }
      return fields(generic.body.fields, size: size, depth, parameters: arguments)
    }
    guard let size else { return nil }
    if !body.cases.isEmpty {
      return body.hasPayloads || size == 0 ? nil : .cases(body.cases, size: size)
    }
    return body.fields.isEmpty
      ? nil : fields(body.fields, size: size, depth, parameters: parameters)
  }

  private func fields(
    _ fields: [SwiftBody.Field], size: Int, _ depth: Int, parameters: [UInt64]
  ) -> SwiftLayout? {
    var layouts: [(name: String, layout: SwiftLayout)] = []
    for field in fields {
      guard
        let layout = swiftLayout(at: field.type, depth: depth + 1, parameters: parameters)
      else { return nil }
      layouts.append((field.name, layout))
    }
    guard !layouts.isEmpty else { return nil }
    let layout = SwiftLayout.structure(layouts)
    return layout.size == size ? layout : nil
  }

  private func optional(_ payload: UInt64, size: Int, _ depth: Int) -> SwiftLayout? {
    guard let layout = swiftLayout(at: payload, depth: depth + 1) else { return nil }
    let isTagged = size == layout.size + 1
    guard isTagged || size == layout.size && layout.firstExtraInhabitant != nil else { return nil }
    return .optional(layout, size: size)
  }

  /// What an entry that is referred to declares.
  private func declared(_ entry: UInt64) -> (linkage: String, body: SwiftBody)? {
    let holder = entry >= offset && entry < end ? self : debug.unit(holding: entry)
    guard let unit = holder else { return nil }
    var linkage = ""
    guard
      let read = unit.readEntry(
        at: entry,
        { attribute, value in
          if attribute == At.linkageName { linkage = unit.string(value) ?? "" }
        })
    else { return nil }
    return (linkage, read.shape.hasChildren ? unit.children(from: read.next) : SwiftBody())
  }

  /// The mangled names of the standard library's array, Embedded and ordinary.
  private static let array = ["$eSayxGD", "$sSayxGD"]

  /// Which generic parameter a mangled name is: `x`, `q_`, `q0_` (docs/ABI/Mangling.rst).
  private static func parameter(_ mangled: String) -> Int? {
    switch mangled {
    case "$exD", "$sxD": 0
    case "$eq_D", "$sq_D": 1
    case "$eq0_D", "$sq0_D": 2
    default: nil
    }
  }
}

/// The children of a type's entry that matter to its layout.
struct SwiftBody {
  struct Field {
    var name: String
    var type: UInt64
  }
  var fields: [Field] = []
  /// What generic parameters stand for.
  var templates: [UInt64] = []
  var cases: [String] = []
  var hasPayloads = false
}

extension Unit {
  private static let templateTypeParameter: UInt16 = 0x2f
  private static let variantPart: UInt16 = 0x33
  private static let variant: UInt16 = 0x19

  /// The names of the children of one kind.
  fileprivate func names(of tag: UInt16, from first: UInt64) -> [String] {
    var names: [String] = []
    walk(from: first) { child, name, _, _ in
      if child == tag { names.append(name) }
      return child == tag
    }
    return names
  }

  fileprivate func children(from first: UInt64) -> SwiftBody {
    var body = SwiftBody()
    walk(from: first) { tag, name, type, depth in
      switch tag {
      case Tag.member where depth == 0:
        if let type { body.fields.append(SwiftBody.Field(name: name, type: type)) }
      case Tag.member:
        body.cases.append(name)
        if type != nil { body.hasPayloads = true }
      case Self.templateTypeParameter:
        if let type { body.templates.append(type) }
      case Self.variantPart, Self.variant: break
      // Methods and nested types come behind what is stored.
      default: return false
      }
      return true
    }
    return body
  }

  /// Visits the children of an entry, those of variants too, while `body` wants more; static
  /// members are left out.
  private func walk(
    from first: UInt64,
    _ body: (_ tag: UInt16, _ name: String, _ type: UInt64?, _ depth: Int) -> Bool
  ) {
    var cursor = first
    var depth = 0
    for _ in 0..<1024 where cursor < end {
      if bytes.load(Int(cursor), as: UInt8.self) == 0 {
        cursor += 1
        if depth == 0 { return }
        depth -= 1
        continue
      }
      var name = ""
      var type: UInt64?
      var isStatic = false
      guard
        let read = readEntry(
          at: cursor,
          { attribute, value in
            switch attribute {
            case At.name: name = string(value) ?? ""
            case At.type: type = value.reference
            case At.external, At.declaration: isStatic = true
            default: break
            }
          })
      else { return }
      if !(isStatic && read.shape.tag == Tag.member) {
        guard body(read.shape.tag, name, type, depth) else { return }
      }
      if read.shape.hasChildren { depth += 1 }
      cursor = read.next
    }
  }
}
