public import Bytes

/// A format letter of `print` and `x`.
public enum ValueFormat: String, Sendable, CaseIterable {
  case hex = "x"
  case decimal = "d"
  case unsigned = "u"
  case octal = "o"
  /// Binary, for "two".
  case binary = "t"
  /// Hexadecimal, padded with zeros to the value's size.
  case padded = "z"
  case address = "a"
  case character = "c"
  case float = "f"
  case string = "s"
  case instruction = "i"
  /// As the type suggests, without pretty printing.
  case raw = "r"
}

/// What printing a value may need of its target.
public struct ValueSupport {
  /// The symbol that covers an address, and how far into it that is.
  public var symbolize: (Address) -> (name: String, offset: UInt64)?
  /// Exactly so many bytes, or `nil`.
  public var readMemory: (Address, Int) -> [UInt8]?

  /// Creates support from two functions.
  public init(
    symbolize: @escaping (Address) -> (name: String, offset: UInt64)?,
    readMemory: @escaping (Address, Int) -> [UInt8]?
  ) {
    self.symbolize = symbolize
    self.readMemory = readMemory
  }

  /// No symbols and no memory.
  public static var none: ValueSupport {
    ValueSupport(symbolize: { _ in nil }, readMemory: { _, _ in nil })
  }

  /// Returns `0x401106 <main+4>`, or the number alone where no symbol covers it.
  public func text(of address: Address) -> String {
    guard let label = label(of: address) else { return address.hex }
    return "\(address.hex) <\(label)>"
  }

  /// Returns `main+4`, or `nil` where no symbol covers the address.
  public func label(of address: Address) -> String? {
    guard let (name, offset) = symbolize(address) else { return nil }
    return offset == 0 ? name : "\(name)+\(offset)"
  }
}
