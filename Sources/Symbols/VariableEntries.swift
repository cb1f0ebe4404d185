// The entries of variables in a scope.

/// One variable's entry, with what its origin adds.
struct VariableEntry {
  var name = ""
  var isArgument = false
  var type: UInt64?
  var location = FormValue()
  var constant = FormValue()
  /// The unit that holds `constant` and `location`.
  var unit: Unit
}

extension Unit {
  /// The arguments and variables of one scope, without those of scopes in it; in the order of the
  /// entries, then those that only the scope's origin knows: the compiler removed these.
  func variables(of scope: UInt64) -> [VariableEntry] {
    var found: [VariableEntry] = []
    var seen: Set<UInt64> = []
    let origin = collect(scope, &found, &seen)
    if let origin, let holder = debug.unit(holding: origin) {
      var removed: [VariableEntry] = []
      var own: Set<UInt64> = []
      _ = holder.collect(origin, &removed, &own, without: seen)
      found += removed
    }
    return found
  }

  private static let limit = 100_000

  /// Reads the variables that are children of an entry, and of blocks in it that cover no code of
  /// their own; returns the entry's origin. `seen` gets the origins of all children, and children
  /// in `known` are left out.
  private func collect(
    _ scope: UInt64, _ found: inout [VariableEntry], _ seen: inout Set<UInt64>,
    without known: Set<UInt64> = []
  ) -> UInt64? {
    var origin: UInt64?
    guard
      let first = readEntry(
        at: scope,
        { attribute, value in
          if attribute == At.abstractOrigin { origin = value.reference }
        }), first.shape.hasChildren
    else { return origin }
    var cursor = first.next
    // How deep the entry is, and from which depth on nothing belongs to the scope.
    var depth = 0
    var hidden = Int.max
    for _ in 0..<Self.limit where cursor < end {
      if bytes.load(Int(cursor), as: UInt8.self) == 0 {
        cursor += 1
        if depth == 0 { break }
        depth -= 1
        if depth < hidden { hidden = .max }
        continue
      }
      guard let child = readChild(at: cursor) else { break }
      let isKnown = depth == 0 && known.contains(cursor)
      if depth == 0, let from = child.origin { seen.insert(from) }
      if depth < hidden, !isKnown, !child.isDeclaration, child.isVariable {
        var variable = child.variable
        if let from = child.origin { complete(&variable, from: from) }
        if !variable.name.isEmpty, found.count < 4096 { found.append(variable) }
      }
      if child.shape.hasChildren {
        let isOpen = child.shape.tag == Tag.lexicalBlock && !child.hasCode && !isKnown
        depth += 1
        if !isOpen && hidden == .max { hidden = depth }
      }
      cursor = child.next
    }
    return origin
  }

  private struct Child {
    var variable: VariableEntry
    var origin: UInt64?
    var isDeclaration = false
    var hasCode = false
    var shape = EntryShape(tag: 0, hasChildren: false, first: 0, count: 0, fixedSize: 0)
    var next: UInt64 = 0
    var isVariable: Bool { shape.tag == Tag.formalParameter || shape.tag == Tag.variable }
  }

  private func readChild(at entry: UInt64) -> Child? {
    var child = Child(variable: VariableEntry(unit: self))
    let read = readEntry(at: entry) { attribute, value in
      switch attribute {
      case At.name: child.variable.name = string(value) ?? ""
      case At.type: child.variable.type = value.reference
      case At.location: child.variable.location = value
      case At.constValue: child.variable.constant = value
      case At.abstractOrigin: child.origin = value.reference
      case At.declaration: child.isDeclaration = true
      case At.lowPC, At.ranges: child.hasCode = true
      default: break
      }
    }
    guard let read else { return nil }
    child.shape = read.shape
    child.next = read.next
    child.variable.isArgument = read.shape.tag == Tag.formalParameter
    return child
  }

  /// Adds what the origin of a variable's entry says.
  private func complete(_ variable: inout VariableEntry, from origin: UInt64) {
    guard let holder = debug.unit(holding: origin) else { return }
    var name: String?
    var type: UInt64?
    var constant = FormValue()
    holder.readEntry(at: origin) { attribute, value in
      switch attribute {
      case At.name: name = holder.string(value)
      case At.type: type = value.reference
      case At.constValue: constant = value
      default: break
      }
    }
    if variable.name.isEmpty { variable.name = name ?? "" }
    if variable.type == nil { variable.type = type }
    if !variable.constant.isPresent && !variable.location.isPresent && constant.isPresent {
      variable.constant = constant
      variable.unit = holder
    }
  }
}
