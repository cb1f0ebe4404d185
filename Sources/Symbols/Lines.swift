// From lines to addresses, and the ranges that stepping a line walks through.

public import Bytes

extension SymbolFile {
  /// The addresses where a line's code begins, and the line they are of: the next one with code if
  /// the line itself has none. `nil` if no file of that name has code at or behind the line.
  ///
  /// `file` is a path or its end. As in gdb only rows that begin a statement count, and of those in
  /// one block the first; addresses in a prologue move behind it.
  public func locations(file: String, line: Int) -> (line: Int, addresses: [Address])? {
    guard let debug, let wanted = UInt32(exactly: line) else { return nil }
    var best = UInt32.max
    var matches: [(unit: Unit, table: LineTable, files: Set<UInt32>)] = []
    for unit in debug.units {
      guard let table = unit.lines else { continue }
      let files = matchingFiles(file, in: table)
      if files.isEmpty { continue }
      matches.append((unit, table, files))
      for row in table.rows where row.line >= wanted && row.line < best && row.isStatement {
        if files.contains(row.file) { best = row.line }
      }
    }
    guard best != .max else { return nil }
    var addresses: [Address] = []
    for match in matches {
      for address in statements(of: best, match.files, match.unit, match.table)
      where !addresses.contains(address) { addresses.append(address) }
    }
    return (Int(best), addresses.sorted())
  }

  /// The addresses of the line that an address is in: all rows around it of the same line, file and
  /// inlined frame that follow each other. `nil` if it has no line.
  public func statement(at address: Address) -> Range<Address>? {
    let target = address.value &- bias
    guard let (table, row) = line(at: target) else { return nil }
    let rows = table.rows
    let own = rows[row]
    let frame = innermostScope(at: target)
    func belongs(_ index: Int) -> Bool {
      let other = rows[index]
      return other.line == own.line && other.file == own.file && !other.isEnd
        && innermostScope(at: other.address) == frame
    }
    var first = row
    while first > 0, belongs(first - 1) { first -= 1 }
    var last = row
    while last + 1 < rows.count, belongs(last + 1) { last += 1 }
    var low = rows[first].address
    var high = table.end(of: last)
    // Rows that begin in another frame at the same place belong to it up to the next change.
    if let scope = scope(at: target) {
      let function = scope.unit.scopes.scopes[Int(scope.function)]
      if function.rangeCount == 0 {
        low = max(low, function.low)
        high = min(high, function.high)
      }
    }
    guard low <= target, target < high else { return nil }
    return Address(low &+ bias)..<Address(high &+ bias)
  }

  private func innermostScope(at target: UInt64) -> UInt64 {
    guard let (unit, function) = scope(at: target) else { return 0 }
    let scopes = unit.scopes.scopes
    let chain = unit.scopes.chain(at: target, in: function)
    let last = chain.last { scopes[Int($0)].kind != .block } ?? function
    return scopes[Int(last)].entry
  }

  private func matchingFiles(_ file: String, in table: LineTable) -> Set<UInt32> {
    var files: Set<UInt32> = []
    for number in Set(table.rows.lazy.filter { !$0.isEnd }.map(\.file)) {
      guard let path = table.path(number) else { continue }
      if path == file || path.hasSuffix("/" + file) { files.insert(number) }
    }
    return files
  }

  private func statements(
    of line: UInt32, _ files: Set<UInt32>, _ unit: Unit, _ table: LineTable
  ) -> [Address] {
    var found: [Address] = []
    var blocks: Set<UInt64> = []
    for row in table.rows where row.line == line && row.isStatement && files.contains(row.file) {
      var address = row.address
      if let function = unit.scopes.functions.first(covering: address) {
        let scopes = unit.scopes.scopes
        let chain = unit.scopes.chain(at: address, in: function)
        guard let block = chain.last, blocks.insert(scopes[Int(block)].entry).inserted else {
          continue
        }
        address = max(address, afterPrologue(of: scopes[Int(function)], in: unit))
      }
      let moved = Address(address &+ bias)
      if !found.contains(moved) { found.append(moved) }
    }
    return found
  }
}
