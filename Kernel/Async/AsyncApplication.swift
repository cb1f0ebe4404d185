// Applications in async style. `@main struct X { static func main() async }` works as well; with
// this protocol the machine powers off when the application returns.

#if canImport(_Concurrency)
internal import Execution
internal import Machine
internal import _Concurrency

/// An application in async style, with the event loop as its executor.
public protocol AsyncApplication {
  /// The application; the machine powers off with status 0 when it returns.
  static func run() async
}

extension AsyncApplication {
  /// The entry point.
  public static func main() async {
    await run()
    // Ordinary Swift has no loop yet: its tasks run on threads. What was printed is to be seen there too.
    (EventLoop.current ?? platformLoop()).machine.powerOff(status: 0)
  }
}

/// Makes the loop of the platform the image is built for; the facade defines it.
@_silgen_name("porthole_platform_loop")
func platformLoop() -> EventLoop
#endif
