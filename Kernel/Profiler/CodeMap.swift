// What a walk along frame pointers has to know of an image: which addresses are code, and in which
// code the frame pointer means nothing.

/// A range of addresses.
@frozen public struct AddressRange: Equatable, Sendable {
  /// The first address.
  public var start: UInt64
  /// How many there are.
  public var size: UInt64

  /// The range from `start` up to, not including, `end`; empty if that comes first.
  @inlinable public init(_ start: UInt64, to end: UInt64) {
    self.start = start
    size = end > start ? end &- start : 0
  }

  /// The address after the last.
  @inlinable public var end: UInt64 { start &+ size }

  /// Whether `address` is one of them.
  @inlinable @inline(__always)
  public func contains(_ address: UInt64) -> Bool { address &- start < size }
}

/// The code of an image by what a stack walk can rely on there.
///
/// The ranges lie in one another or in this order: other code, runtime, leaves, switch, ordinary.
public struct CodeMap: Sendable {
  /// All of it.
  public var text: AddressRange
  /// Swift's concurrency runtime: the frame pointer is a register like any other.
  public var runtime: AddressRange
  /// Functions in assembly that never move the stack pointer: the return address stands there.
  public var leaves: AddressRange
  /// The exchange of stack pointers between fibers: who called it is not to be found.
  public var switching: AddressRange
  /// Compiled code that keeps frame pointers: from the end of what is above to the end of all.
  public var ordinary: AddressRange

  /// A map; what is ordinary follows from the others.
  public init(
    text: AddressRange, runtime: AddressRange, leaves: AddressRange, switching: AddressRange
  ) {
    self.text = text
    self.runtime = runtime
    self.leaves = leaves
    self.switching = switching
    ordinary = AddressRange(max(runtime.end, leaves.end, switching.end), to: text.end)
  }
}
