// How an application begins. Mark a type with `@main`, and say here what is to happen:
//
//     @main struct Hello: Application {
//       static func start() { Console.write("Hello\n") }
//     }
//
// `start` sets up handlers and timers and returns; the event loop then runs for ever, and halts
// the core whenever there is nothing to do.

#if canImport(_Concurrency)
@_exported public import Async
@_exported public import _Concurrency
#endif
@_exported public import Execution
@_exported public import Log
@_exported public import Blocking
@_exported public import Machine
@_exported public import Publishing

/// An application in callback style.
public protocol Application {
  /// Sets the application up; called once, before the event loop runs.
  static func start()
}

extension Application {
  /// The entry point: `start`, then the event loop.
  public static func main() {
    let loop = System.loop
    start()
    while true { loop.run() }
  }
}
