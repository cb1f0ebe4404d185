// The clock of a core, where it is a counter that the processor reads in one instruction: the event
// loop looks at it twice for each event, and a call of the machine costs more than the reading.

public import CCounter

/// A counter, scaled to nanoseconds since boot. A machine with a clock of another kind leaves it
/// as it is made, and is asked for the time (`Machine.now`).
///
/// Three words in this order are what the root block tells of the clock (Protocols/Telemetry/SPEC.md).
@frozen public struct CoreClock: Sendable {
  /// The count at which the clock shows `base`: always 0, which saves each reading a subtraction.
  public let origin: UInt64 = 0
  /// What the clock shows then, or would have shown, nanoseconds since boot; wraps.
  public private(set) var base: UInt64 = 0
  /// Nanoseconds a tick, in units of 2^-32; 0 where the machine must be asked.
  public private(set) var scale: UInt64 = 0

  /// The clock of a machine that must be asked; shows 0.
  @inlinable public init() {}

  /// Nanoseconds since boot. Costs about ten instructions.
  @inlinable public var now: UInt64 {
    @inline(__always) get { time(at: counter_ticks()) }
  }

  /// What the clock shows when the counter does `ticks`.
  @inlinable
  @inline(__always)
  public func time(at ticks: UInt64) -> UInt64 { base &+ span(of: ticks) }

  /// Sets the rate, and the clock to `time` at the count `ticks`. Who reads between the two stores,
  /// from an interrupt, reads nonsense: keep interrupts off.
  public mutating func set(_ time: UInt64, at ticks: UInt64, scale: UInt64) {
    base = time &- counter_scaled(ticks, scale)
    self.scale = scale
  }

  /// The nanoseconds that so many ticks take.
  @inlinable
  @inline(__always)
  public func span(of ticks: UInt64) -> UInt64 { counter_scaled(ticks, scale) }
}
