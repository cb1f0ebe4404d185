// The time of day: what the battery-backed clock said when it was first asked for, and the time
// since boot from then on.

internal import CX86
internal import Devices
public import Machine

/// The time of day of a PC.
public enum RealTime {
  // Safety: used by the one core outside interrupt handlers.
  nonisolated(unsafe) private static var isRead = false
  /// The time of day at the clock's zero.
  nonisolated(unsafe) private static var start: WallTime?

  /// The time of day; nil on a machine without a clock that works. The clock counts whole
  /// seconds, so this is up to a second late.
  ///
  /// The first call costs some 50 port accesses, and waits up to 2.2 ms if the clock is just
  /// being updated; later ones cost a reading of the time since boot.
  public static func now(_ sinceBoot: Instant) -> WallTime? {
    if !isRead {
      isRead = true
      let seconds = RealTimeClockReading(of: CMOS())?.secondsSince1970
      let before = sinceBoot.nanoseconds / 1_000_000_000 + 1
      let rest = before &* 1_000_000_000 &- sinceBoot.nanoseconds
      start = seconds.map {
        WallTime(seconds: $0 &- Int64(truncatingIfNeeded: before)) + Nanoseconds(rest)
      }
    }
    return start.map { $0 + Nanoseconds(sinceBoot.nanoseconds) }
  }
}

/// The clock's registers behind its two ports. Bit 7 of the index stays 0: it would mask NMI.
private struct CMOS: RealTimeClockRegisters {
  func read(_ index: UInt8) -> UInt8 {
    x86_out8(0x70, index & 0x7f)
    return x86_in8(0x71)
  }
}
