// What an application counts. Every image counts, and can read what it has counted; one that
// publishes shows it.

internal import Telemetry

/// What an application's value counts, for those who show it.
public enum CounterUnit: UInt8, Sendable {
  case none = 0
  case bytes
  case nanoseconds
}

/// Something that an application counts.
///
///     let requests = Counter("http.requests")
///     requests.add(1)
///
/// The name is dotted, the application's own part first. A copy counts the same. Adding costs two
/// instructions, and the look at the variable that it is kept in: a global one is made at its first
/// use, which each later use asks about; a property is not. A counter stays for ever.
public struct Counter: Sendable {
  // Safety: a word that is never given back; one core adds to it, by one instruction each.
  @usableFromInline nonisolated(unsafe) let word: UnsafeMutablePointer<UInt64>

  /// A counter at 0. Allocates.
  public init(_ name: StaticString, _ unit: CounterUnit = .none) {
    word = CounterWords.take()
    if Publish.isOn { Publish.counter(name, Unit(unit), at: word) }
  }

  /// Counts `amount` more; wraps.
  @inlinable @inline(__always)
  public func add(_ amount: UInt64 = 1) { word.pointee &+= amount }

  /// What was counted so far.
  @inlinable public var value: UInt64 { word.pointee }
}

/// A value of an application that comes and goes: connections that are open, bytes in a queue.
///
/// Kept and copied as a `Counter` is.
public struct Gauge: Sendable {
  // Safety: as a counter's.
  @usableFromInline nonisolated(unsafe) let word: UnsafeMutablePointer<UInt64>

  /// A gauge at 0. Allocates.
  public init(_ name: StaticString, _ unit: CounterUnit = .none) {
    word = CounterWords.take()
    if Publish.isOn { Publish.gauge(name, Unit(unit), at: word, type: .signed) }
  }

  /// Changes the value by `amount`; wraps.
  @inlinable @inline(__always)
  public func add(_ amount: Int) { word.pointee &+= UInt64(bitPattern: Int64(amount)) }

  /// Sets the value.
  @inlinable @inline(__always)
  public func set(_ value: Int) { word.pointee = UInt64(bitPattern: Int64(value)) }

  /// The value.
  @inlinable public var value: Int { Int(Int64(bitPattern: word.pointee)) }
}

extension Unit {
  init(_ unit: CounterUnit) { self = Unit(rawValue: unit.rawValue) ?? .none }
}

/// The words that counters count in, side by side: what changes together is told together.
enum CounterWords {
  // Safety: one core, outside interrupt handlers.
  nonisolated(unsafe) private static var next: UnsafeMutablePointer<UInt64>?
  nonisolated(unsafe) private static var left = 0

  static func take() -> UnsafeMutablePointer<UInt64> {
    if let word = next, left > 0 {
      next = word + 1
      left &-= 1
      return word
    }
    let words = Publish.words(32)
    next = words + 1
    left = 31
    return words
  }
}
