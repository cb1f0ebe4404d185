extension [XMLReader.Attribute] {
  /// The value of the attribute of this name.
  func value(_ name: String) -> [UInt8]? {
    first { $0.name.equals(text: name) }?.value
  }

  /// The same as text; empty if there is none.
  func text(_ name: String) -> String {
    guard let value = value(name) else { return "" }
    return String(decoding: value, as: UTF8.self)
  }

  /// The same as a number, `0x…` or decimal.
  func number(_ name: String) -> UInt64? {
    value(name).flatMap { Number.either($0[...]) }
  }
}
