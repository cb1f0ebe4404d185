// From names to functions: every way to write a function's name, once it is first asked for.

/// The functions of an image by the names that people type.
struct NameIndex {
  /// For each name the indices of its symbols in the symbol table's `code`.
  private(set) var symbols: [String: [Int32]] = [:]
  /// All names, sorted, for completion.
  private(set) var sorted: [String] = []

  /// Demangles every function; cost: about 3 us each.
  init(_ table: SymbolTable) {
    for (index, symbol) in table.code.enumerated() {
      let payload = Int32(truncatingIfNeeded: index)
      let linkage = table.name(symbol)
      symbols[linkage, default: []].append(payload)
      for name in Self.spellings(of: linkage) where name != linkage {
        symbols[name, default: []].append(payload)
      }
    }
    sorted = symbols.keys.filter { !$0.hasPrefix("$") && !$0.hasPrefix(".L") }.sorted()
  }

  /// Every way to write a mangled name: `beat`, `Counter.beat`, `Heartbeat.Counter.beat`, each with
  /// and without its labels. Empty for what no name means, such as closures.
  static func spellings(of linkage: String) -> [String] {
    guard let full = Demangler.full(linkage) else { return [] }
    let name = DemangledName(full)
    guard name.isPlain else { return name.components.isEmpty ? [] : [name.short] }
    var spellings: [String] = [full]
    for start in name.components.indices {
      let path = name.components[start...].joined(separator: ".")
      spellings.append(path)
      if !name.labels.isEmpty { spellings.append(path + name.labels) }
    }
    return spellings
  }
}
