// A guest that prints random numbers and powers off. The boot tests compare what boots print.

internal import Kernel

@main
struct RandomChecks: Application {
  static func start() {
    var words = [UInt64](repeating: 0, count: 40)
    words.withUnsafeMutableBytes { System.random(into: $0) }
    for word in words + [System.random()] { print("random \(word)") }
    System.powerOff()
  }
}
