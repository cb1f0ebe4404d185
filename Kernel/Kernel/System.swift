// What an application asks of the machine and the event loop, without holding either.

internal import Execution
internal import Log
internal import Machine

/// The instance that the application runs in.
public enum System {
  /// The event loop of this core.
  public static var loop: EventLoop {
    if let current = EventLoop.current { return current }
    let loop = makePlatformLoop()
    loop.makeCurrent()
    return loop
  }

  /// The time since boot.
  public static var now: Instant { platform.now }

  /// The time of day; nil on a machine without a clock that tells it.
  ///
  /// What the machine's clock said when it was first asked, and the time since then: steps of the
  /// clock or of a hypervisor's time are not followed. On a PC it is up to a second late.
  public static var wallClock: WallTime? { platformWallTime }

  /// The words the instance was started with: the boot loader's command line without what the
  /// platform itself takes from it (`ArgumentWords` has the rule), or a process's arguments.
  /// Without the program's own name. Reads them anew at each call.
  public static var arguments: [String] { platformArguments }

  /// Runs `body` once, `delay` from now.
  @discardableResult
  public static func after(_ delay: Nanoseconds, _ body: @escaping () -> Void) -> TimerID {
    loop.after(delay, body)
  }

  /// Runs `body` every `period`, first one period from now.
  @discardableResult
  public static func every(_ period: Nanoseconds, _ body: @escaping () -> Void) -> TimerID {
    loop.every(period, body)
  }

  /// Sends pending console output and ends the instance.
  ///
  /// - Parameter status: 0 for success; reaches the outside where the machine has a way, in QEMU
  ///   as 127 if it is larger. The next boot's `previousEnd` has it whole.
  public static func powerOff(status: UInt8 = 0) -> Never { platform.powerOff(status: status) }

  /// Ends the instance with `message` as the cause, a report of registers and stack, and a halt.
  public static func panic(_ message: StaticString) -> Never { Kernel.panic(message) }

  /// Starts the instance again from its image.
  public static func reset() -> Never { platform.reset() }

  /// How the boot before this one ended; nil on the first boot of a machine, and in a process.
  ///
  /// The memory that tells it survives a reset, but not a power cut.
  public static var previousEnd: PreviousEnd? { PreviousEnd(Log.ring) }
}
