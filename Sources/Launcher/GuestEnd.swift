// How a guest ended, from QEMU's events and its exit status together. isa-debug-exit leaves no
// event and an odd status; a panic and a reset announce themselves.

public import JSON

/// How a guest that this process booted came to its end.
public enum GuestEnd: Hashable, Sendable {
  /// It powered off with this status.
  case exited(Int)
  case panicked
  /// It reset itself, or faulted beyond help, where resets end the machine.
  case reset
  /// QEMU itself was ended (`porthole stop`, a monitor's `quit`).
  case stopped
  /// QEMU died; the text says how.
  case died(String)

  /// Waits for the end; `nil` if `milliseconds` (negative: for ever) passed first. `seen` are the
  /// monitor's events that the caller has taken already.
  public static func wait(
    for booted: BootedInstance, seen: [(name: String, data: JSONValue)] = [],
    milliseconds: Int = -1
  ) -> GuestEnd? {
    guard let end = booted.child.wait(milliseconds: milliseconds) else { return nil }
    var events = seen
    while let more = booted.events.events() { events += more }
    return GuestEnd(process: end, events: events)
  }

  /// Decides from how the process ended and from all events of its monitor.
  public init(process end: ProcessEnd, events: [(name: String, data: JSONValue)]) {
    let shutdown = events.last { $0.name == "SHUTDOWN" }?.data["reason"]?.string
    switch (end, shutdown) {
    case (.exited(let status), nil) where status & 1 == 1: self = .exited(Int(status >> 1))
    case (.exited, "guest-panic"): self = .panicked
    case (.exited, "guest-reset"): self = .reset
    case (.exited, "guest-shutdown"): self = .exited(0)
    case (.exited(0), _): self = .stopped
    case (.exited(let status), _): self = .died("QEMU ended with status \(status)")
    case (.killed(let signal), _): self = .died("QEMU was killed by signal \(signal)")
    }
  }
}
