// The application that the conformance tests debug, on bare metal and as a Linux process: a fiber
// that makes a round of C code every few milliseconds, one that waits for ever, and a task. It says
// how many rounds it has made and what a debugger wrote into it, so that anybody can see that it runs.

#if hasFeature(Embedded)
internal import CSubject
import Kernel

@main
struct Subject: AsyncApplication {
  // Safety: one core.
  nonisolated(unsafe) static let gate = Gate()

  static func run() async {
    Fiber.spawn("waiter") { gate.wait() }
    Fiber.spawn("worker") { work() }
    Console.onInput { _ in }
    Console.write("ready\n")
    while true {
      try? await Task.sleep(for: .milliseconds(100))
      Console.write("rounds \(subject_rounds_done()) scratch \(subject_scratch_value())\n")
    }
  }

  static func work() {
    while true {
      subject_round()
      Fiber.sleep(.milliseconds(2))
    }
  }
}
#else
@main
struct Subject {
  static func main() {}
}
#endif
