// From addresses to functions, lines and inlined frames.

public import Bytes

extension SymbolFile {
  /// The function that an address is in: by the symbol table, else by the debug information.
  public func function(at address: Address) -> Function? {
    let target = address.value &- bias
    if let symbol = symbols.codeSymbol(covering: target) {
      let end = symbols.end(of: symbol)
      guard target < end else { return nil }
      let linkage = symbols.name(symbol)
      return Function(
        name: Demangler.demangle(linkage), linkageName: linkage,
        start: Address(symbol.address &+ bias), size: end &- symbol.address)
    }
    guard let (unit, index) = scope(at: target), let debug else { return nil }
    let scope = unit.scopes.scopes[Int(index)]
    let name = debug.name(at: scope.entry, in: unit)
    return Function(
      name: Demangler.demangle(name), linkageName: name, start: Address(scope.low &+ bias),
      size: scope.high &- scope.low)
  }

  /// The frames that one address stands for: the function inlined last first, the real one at the
  /// end. Empty only if not even a symbol covers the address.
  ///
  /// Cost: the first address in a compilation unit reads that unit; later ones are binary searches.
  public func frames(at pc: Address) -> [SourceLocation] {
    let target = pc.value &- bias
    guard let debug, let (unit, function) = scope(at: target) else { return plainFrame(target) }
    let table = unit.scopes
    let chain = table.chain(at: target, in: function)
    let lines = unit.lines
    var file: UInt32 = 0
    var line = 0
    var column = 0
    if let row = lines?.index(at: target), let lines {
      file = lines.rows[row].file
      line = Int(lines.rows[row].line)
      column = Int(lines.rows[row].column)
    }
    var frames: [SourceLocation] = []
    for index in chain.reversed() {
      let scope = table.scopes[Int(index)]
      if scope.kind == .block { continue }
      let isInlined = scope.kind == .inlined
      let name = debug.name(
        at: isInlined && scope.origin != 0 ? scope.origin : scope.entry, in: unit)
      frames.append(
        SourceLocation(
          linkageName: name,
          file: line == 0 ? nil : lines?.path(file), line: line, column: column,
          isInlined: isInlined, functionStart: Address(scope.entryPC &+ bias)))
      file = lines?.canonical(scope.callFile) ?? scope.callFile
      line = Int(scope.callLine)
      column = Int(scope.callColumn)
    }
    return frames
  }

  /// The symbol of any kind that an address belongs to, demangled, and how far into it that is.
  public func symbol(covering address: Address) -> (name: String, offset: UInt64)? {
    let target = address.value &- bias
    if let symbol = symbols.codeSymbol(covering: target), target < symbols.end(of: symbol) {
      return (Demangler.demangle(symbols.name(symbol)), target &- symbol.address)
    }
    guard let symbol = symbols.dataSymbol(covering: target),
      sections.contains(where: { address.offset(from: $0.address) < $0.size })
    else { return nil }
    return (Demangler.demangle(symbols.name(symbol)), target &- symbol.address)
  }

  /// The unit and the function scope around a file address.
  func scope(at target: UInt64) -> (unit: Unit, function: Int32)? {
    guard let debug else { return nil }
    var found: (unit: Unit, function: Int32)?
    debug.unitRanges.forEach(covering: target) { index in
      let unit = debug.units[Int(index)]
      guard let function = unit.scopes.functions.first(covering: target) else { return true }
      found = (unit, function)
      return false
    }
    return found
  }

  /// The line table row of a file address.
  func line(at target: UInt64) -> (table: LineTable, row: Int)? {
    guard let debug else { return nil }
    for unit in debug.units(covering: target) {
      if let lines = unit.lines, let row = lines.index(at: target) { return (lines, row) }
    }
    return nil
  }

  /// The frame of code without a function in the debug information, such as assembly.
  private func plainFrame(_ target: UInt64) -> [SourceLocation] {
    guard let symbol = symbols.codeSymbol(covering: target), target < symbols.end(of: symbol)
    else { return [] }
    let linkage = symbols.name(symbol)
    let row = line(at: target)
    return [
      SourceLocation(
        linkageName: linkage,
        file: row.flatMap { $0.table.path($0.table.rows[$0.row].file) },
        line: row.map { Int($0.table.rows[$0.row].line) } ?? 0,
        column: row.map { Int($0.table.rows[$0.row].column) } ?? 0,
        isInlined: false, functionStart: Address(symbol.address &+ bias))
    ]
  }
}
