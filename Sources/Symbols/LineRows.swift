// Single rows of the line table, as `info line` and disassembly with source lines show them.

public import Bytes

extension SymbolFile {
  /// The line table's row that an address belongs to: its file and line, and the addresses from
  /// its beginning to the next row. `nil` if the address has no line.
  public func lineRow(
    at address: Address
  ) -> (file: String?, line: Int, start: Address, end: Address)? {
    guard let (table, index) = line(at: address.value &- bias) else { return nil }
    let row = table.rows[index]
    return (
      table.path(row.file), Int(row.line), Address(row.address &+ bias),
      Address(table.end(of: index) &+ bias)
    )
  }
}
