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
    EventLoop.current?.machine.powerOff(status: 0)
  }
}
#endif
