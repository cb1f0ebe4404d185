// Teaches the async style: `run` is a task on the event loop. It may sleep and await, other tasks
// run meanwhile, and the machine switches itself off when it returns.

import Kernel

@main
struct HelloAsync: AsyncApplication {
  static func run() async {
    async let greeting = greet()
    Console.write("Hello from a task")
    await greeting
  }

  static func greet() async {
    try? await Task.sleep(for: .milliseconds(1))
    Console.write(", a millisecond later.\n")
  }
}
