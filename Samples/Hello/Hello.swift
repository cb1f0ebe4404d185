// Teaches the smallest application: a type marked `@main` that conforms to `Application`. `start`
// runs once on the freshly booted machine; what it sets up - here nothing - the event loop then
// serves. This one says hello and switches its machine off.

import Kernel

@main
struct Hello: Application {
  static func start() {
    Console.write("Hello from a machine of its own.\n")
    System.powerOff()
  }
}
