// From names to addresses.

public import Bytes

extension SymbolFile {
  /// The functions of a name: `Counter.beat(count:)`, `Counter.beat`, `beat`, with or without the
  /// module, or as the linker knows it. Sorted by address, one for each.
  public func functions(named name: String) -> [Function] {
    var found: [Function] = []
    for index in nameIndex.symbols[name] ?? [] {
      let symbol = symbols.code[Int(index)]
      let linkage = symbols.name(symbol)
      let function = Function(
        name: Demangler.demangle(linkage), linkageName: linkage,
        start: Address(symbol.address &+ bias), size: symbols.end(of: symbol) &- symbol.address)
      if found.last?.start == function.start { found.removeLast() }
      found.append(function)
    }
    return found
  }

  /// Names of functions that begin with a text, in order; at most `limit`.
  public func completions(of prefix: String, limit: Int) -> [String] {
    let names = nameIndex.sorted
    let start = names.partitioningIndex { $0 >= prefix }
    return Array(names[start...].prefix { $0.hasPrefix(prefix) }.prefix(max(0, limit)))
  }

  /// Where the function of a name was inlined: the first instruction of each copy, but behind the
  /// prologue of the function around it. gdb breaks at these as well.
  public func inlinedInstances(named name: String) -> [Address] {
    guard let debug else { return [] }
    var found: Set<UInt64> = []
    var matches: [UInt64: Bool] = [:]
    for unit in debug.units {
      let table = unit.scopes
      for scope in table.scopes where scope.kind == .inlined && scope.origin != 0 {
        let isMatch =
          matches[scope.origin]
          ?? {
            let linkage = debug.name(at: scope.origin, in: unit)
            return linkage == name || NameIndex.spellings(of: linkage).contains(name)
          }()
        matches[scope.origin] = isMatch
        if !isMatch { continue }
        var outer = scope.parent
        while outer >= 0, table.scopes[Int(outer)].kind != .function {
          outer = table.scopes[Int(outer)].parent
        }
        guard outer >= 0 else { continue }
        let body = afterPrologue(of: table.scopes[Int(outer)], in: unit)
        found.insert(max(scope.entryPC, body))
      }
    }
    return found.sorted().map { Address($0 &+ bias) }
  }

  /// Whether there is a variable of this linkage name; cheaper than `data(named:)`, which reads its
  /// type.
  public func hasData(named name: String) -> Bool { dataIndex[name] != nil }

  /// A variable of static storage by its name, written in any of the ways of `functions(named:)`.
  public func data(named name: String) -> DataSymbol? {
    guard let index = dataIndex[name] else { return nil }
    let symbol = symbols.data[Int(index)]
    let linkage = symbols.name(symbol)
    let type = staticType(at: symbol.address)
    return DataSymbol(
      name: Demangler.demangle(linkage), linkageName: linkage,
      address: Address(symbol.address &+ bias),
      size: symbol.size > 0 ? symbol.size : UInt64(type?.size ?? 0), typeName: type?.name ?? "",
      kind: type?.kind)
  }

  /// The source files that have lines, each once, sorted.
  public func sourceFiles() -> [String] {
    guard let debug else { return [] }
    var files: Set<String> = []
    for unit in debug.units {
      guard let lines = unit.lines else { continue }
      for file in Set(lines.rows.lazy.filter { !$0.isEnd }.map(\.file)) {
        if let path = lines.path(file) { files.insert(path) }
      }
    }
    return files.sorted()
  }

  func makeDataIndex() -> [String: Int32] {
    var index: [String: Int32] = [:]
    for (position, symbol) in symbols.data.enumerated() {
      let linkage = symbols.name(symbol)
      let payload = Int32(truncatingIfNeeded: position)
      index[linkage] = payload
      for name in NameIndex.spellings(of: linkage) where index[name] == nil {
        index[name] = payload
      }
    }
    return index
  }
}
