// Names of functions, through the entries that they are instances of.

extension DebugInfo {
  /// The name of the function at an entry as the linker knows it, or that of the source if there
  /// is no other; read once, empty if it has none.
  func name(at entry: UInt64, in unit: Unit) -> String {
    if let known = names[entry] { return known }
    var linkage: String?
    var plain: String?
    var next: UInt64? = entry
    var holder: Unit? = unit
    // Instance, abstract instance, declaration: real chains are three long.
    for _ in 0..<8 {
      guard let offset = next else { break }
      if let current = holder, offset < current.offset || offset >= current.end {
        holder = self.unit(holding: offset)
      }
      guard let current = holder else { break }
      next = nil
      current.readEntry(at: offset) { attribute, value in
        switch attribute {
        case At.linkageName, At.mipsLinkageName: linkage = linkage ?? current.string(value)
        case At.name: plain = plain ?? current.string(value)
        case At.abstractOrigin, At.specification: next = value.reference
        default: break
        }
      }
      if linkage != nil { break }
    }
    let name = linkage ?? plain ?? ""
    names[entry] = name
    return name
  }
}
