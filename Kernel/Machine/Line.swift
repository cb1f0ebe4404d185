// Interrupts as the event loop sees them. An interrupt handler does nothing but mark its line;
// the loop takes the marked set and runs the handlers. 64 lines fit one atomic word.

/// One source of interrupts, numbered 0 to 63.
@frozen public struct Line: Hashable, Sendable {
  /// The line's number, and its bit in a `LineSet`.
  public let rawValue: UInt8

  /// The line with this number; the number is taken modulo 64.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue & 63 }

  /// The one-shot timer of `Machine.arm` has run out.
  public static let timer = Line(rawValue: 0)
  /// The console has input, or room for more output.
  public static let console = Line(rawValue: 1)
  /// Somebody outside the loop (another core, a signal handler) asks it to look again.
  public static let wake = Line(rawValue: 2)
}

/// Hands out the lines that have no fixed meaning. A platform has one.
public struct LineAllocator: Sendable {
  private var next: UInt8 = 3

  /// An allocator with all lines from 3 to 63 to give.
  public init() {}

  /// The next unused line, nil when all are taken. Lines are never given back: devices stay.
  public mutating func claim() -> Line? {
    guard next < 64 else { return nil }
    defer { next &+= 1 }
    return Line(rawValue: next)
  }
}

/// A set of interrupt lines, one bit each.
@frozen public struct LineSet: Equatable, Sendable {
  /// Bit n stands for the line with the number n.
  public var bits: UInt64

  /// The set with these bits.
  @inlinable public init(bits: UInt64) { self.bits = bits }

  /// Whether no line is in the set.
  @inlinable public var isEmpty: Bool { bits == 0 }

  /// Whether `line` is in the set.
  @inlinable public func contains(_ line: Line) -> Bool {
    bits & (1 &<< UInt64(line.rawValue)) != 0
  }

  /// Adds `line`.
  @inlinable public mutating func insert(_ line: Line) { bits |= 1 &<< UInt64(line.rawValue) }

  /// Takes the line with the lowest number out of the set, or nil if it is empty.
  @inlinable public mutating func popFirst() -> Line? {
    guard bits != 0 else { return nil }
    let first = UInt8(truncatingIfNeeded: bits.trailingZeroBitCount)
    bits &= bits &- 1
    return Line(rawValue: first)
  }
}
