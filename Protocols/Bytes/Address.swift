/// A virtual address in a target, as the target's processor sees it.
///
/// Arithmetic wraps: an address read from a hostile target must never trap.
public struct Address: Hashable, Comparable, Sendable {
  /// The address as an unsigned number of bytes from zero.
  public var value: UInt64

  /// Creates an address from its number.
  public init(_ value: UInt64) { self.value = value }

  public static func < (left: Address, right: Address) -> Bool { left.value < right.value }

  /// Returns the address `count` bytes further up, wrapping at the end of the address space.
  public func advanced(by count: UInt64) -> Address { Address(value &+ count) }

  /// Returns the address `count` bytes further down, wrapping at zero.
  public func retreated(by count: UInt64) -> Address { Address(value &- count) }

  /// Returns the number of bytes from `base` up to this address, wrapping.
  public func offset(from base: Address) -> UInt64 { value &- base.value }

  /// Returns `0x` and the value in lower-case hexadecimal without leading zeros.
  public var hex: String { "0x" + Hex.digits(of: value) }
}

extension Address: CustomStringConvertible {
  public var description: String { hex }
}
