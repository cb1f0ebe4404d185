// The PC's old interval timer as a reference for counters of unknown rate. Its channel 2, which
// drives the speaker, counts at the same rate on every PC and can be watched without an interrupt.
//
// Intel 8254 data sheet (modes, latch command); port 0x61: any chipset's, as NMI_SC in Intel's.

/// What the measurement touches: the ports, and the counter whose rate is wanted.
public protocol ReferencePorts {
  /// Reads a port.
  func read(_ port: UInt16) -> UInt8
  /// Writes a port.
  func write(_ port: UInt16, _ value: UInt8)
  /// The counter, which counts down.
  var counter: UInt32 { get }
}

/// Channel 2 of the 8254.
public enum IntervalTimer {
  private static var hertz: UInt64 { 1_193_182 }
  private static var channel: UInt16 { 0x42 }
  private static var command: UInt16 { 0x43 }
  private static var gates: UInt16 { 0x61 }
  /// Of port 0x61: the count has run out.
  private static var isOver: UInt8 { 0x20 }
  /// Counts that the comparison takes, 4 ms; and that two looks may lie apart for the second to
  /// serve as an end of it, 13 us, so that its error is below 1 in 150.
  private static var window: UInt64 { 4_772 }
  private static var tightness: UInt64 { 16 }

  /// How many periods the counter counts in a millisecond; nil if the machine has no such timer.
  ///
  /// Takes 4 ms; where there is nothing to compare with, at most some 1,000 looks at the ports.
  @_optimize(size)
  public static func kilohertz<Ports: ReferencePorts>(of ports: Ports) -> UInt64? {
    // The gate on, the speaker off.
    ports.write(gates, ports.read(gates) & 0xfc | 1)
    // A long interruption may let the count run out: three attempts.
    for _ in 0..<3 {
      ports.write(command, 0xb0)  // channel 2, low byte and high byte, mode 0: once
      ports.write(channel, 0xff)
      ports.write(channel, 0xff)
      var start: (count: UInt64, counter: UInt32)?
      // A look is believed once the next one is close as well: nothing came between its two halves.
      var pending: (count: UInt64, counter: UInt32)?
      var last: UInt64 = 0xffff
      var idle = 0
      while idle < 256 {
        ports.write(command, 0x80)  // latches the count
        let counter = ports.counter
        let low = UInt64(ports.read(channel))
        let count = UInt64(ports.read(channel)) << 8 | low
        // Looked at last: the count that was read is of before its end.
        guard ports.read(gates) & isOver == 0 else { break }
        let step = last &- count
        last = count
        idle = step == 0 ? idle &+ 1 : 0
        let seen = pending
        pending = nil
        guard step <= tightness else { continue }
        pending = (count, counter)
        guard let seen else { continue }
        guard let begin = start else {
          start = seen
          continue
        }
        let counts = begin.count &- seen.count
        if counts >= window {
          return UInt64(begin.counter &- seen.counter) * hertz / (counts * 1_000)
        }
      }
    }
    return nil
  }
}
