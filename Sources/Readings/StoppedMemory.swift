// The memory of a target that stands still, behind any stub: what QEMU's own stub lets us see of an
// instance that describes itself.

internal import Bytes
public import Inspect
public import Telemetry

/// The words of a stopped target's memory. Costs a round trip a page, which the target keeps.
public struct StoppedMemory: TelemetryMemory {
  private let target: any Inspectable

  /// The memory of a target, which has to be stopped.
  public init(_ target: any Inspectable) { self.target = target }

  public func word(at address: UInt64) -> UInt64? {
    guard address & 7 == 0,
      let bytes = try? target.readMemory(at: Address(address), count: 8), bytes.count == 8
    else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
