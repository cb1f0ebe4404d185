// The clock of a core, where it is a counter that the processor reads in one instruction: the event
// loop looks at it twice for each event, and a call of the machine costs more than the reading.

public import CCounter

/// A counter, scaled to nanoseconds since boot. A machine with a clock of another kind leaves it
/// as it is made, and is asked for the time (`Machine.now`).
///
/// Three words in this order are what the root block tells of the clock (Protocols/Telemetry/SPEC.md).
@frozen public struct CoreClock: Sendable {
  /// The count at which the clock showed `base`.
  public var origin: UInt64 = 0
  /// What the clock shows then, nanoseconds since boot.
  public var base: UInt64 = 0
  /// Nanoseconds a tick, in units of 2^-32; 0 where the machine must be asked.
  public var scale: UInt64 = 0

  /// The clock of a machine that must be asked; shows 0.
  @inlinable public init() {}

  /// Nanoseconds since boot. Costs about ten instructions.
  @inlinable public var now: UInt64 {
    @inline(__always) get { time(at: counter_ticks()) }
  }

  /// What the clock shows when the counter does `ticks`.
  @inlinable
  @inline(__always)
  public func time(at ticks: UInt64) -> UInt64 { base &+ span(of: ticks &- origin) }

  /// The nanoseconds that so many ticks take.
  @inlinable
  @inline(__always)
  public func span(of ticks: UInt64) -> UInt64 {
    let product = ticks.multipliedFullWidth(by: scale)
    return product.high << 32 | product.low >> 32
  }
}
