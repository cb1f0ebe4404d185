// What functions return, as their debug information declares it.

public import Bytes

/// The type of what a function returns.
public struct ReturnType: Hashable, Sendable {
  /// Its name, as in `Variable`.
  public var name: String
  /// How its bits read; `nil` if it is no scalar, and then in no one register.
  public var kind: ScalarKind?
  /// In bytes.
  public var size: Int

  /// Creates a type.
  public init(name: String, kind: ScalarKind?, size: Int) {
    self.name = name
    self.kind = kind
    self.size = size
  }
}

extension SymbolFile {
  /// What the real function around an address returns; `nil` if that is nothing (`void`, `()`), or
  /// if no debug information tells.
  public func returnType(at address: Address) -> ReturnType? {
    guard let debug, let (unit, function) = scope(at: address.value &- bias) else { return nil }
    var entry: (unit: Unit, offset: UInt64)? = (unit, unit.scopes.scopes[Int(function)].entry)
    // An instance refers to its declaration, which has the type; both steps at most twice.
    for _ in 0..<4 {
      guard let (holder, offset) = entry else { return nil }
      var type: UInt64?
      var origin: UInt64?
      holder.readEntry(at: offset) { attribute, value in
        switch attribute {
        case At.type: type = value.reference
        case At.abstractOrigin, At.specification: origin = value.reference
        default: break
        }
      }
      if let type {
        let found = holder.type(at: type)
        guard found.name != "()", found.name != "void", found.name != "Never" else { return nil }
        return ReturnType(name: found.name, kind: found.kind, size: found.size)
      }
      entry = origin.flatMap { origin in debug.unit(holding: origin).map { ($0, origin) } }
    }
    return nil
  }
}
