// A guest that says what it was told from outside: the time of day, twice, 1.5 s apart, and its
// arguments; then it powers off with status 5. With the argument `reset` it resets itself first,
// with `seconds` it says how long it takes two seconds of the machine's clock to be.

internal import CProbe
import Kernel

@main
struct Facts: Application {
  static func start() {
    let words = System.arguments
    for word in words { Console.write("argument <\(word)>\n") }
    tellTime()
    let resets = words.contains { $0.utf8.elementsEqual("reset".utf8) }
    if resets, System.previousEnd == nil { System.reset() }
    if words.contains(where: { $0.utf8.elementsEqual("seconds".utf8) }) { return timeSeconds() }
    System.after(.milliseconds(1500)) {
      tellTime()
      System.powerOff(status: 5)
    }
  }

  static func timeSeconds() {
    var turns: [Instant] = []
    var shown = cprobe_clock_second()
    while turns.count < 3 {
      let second = cprobe_clock_second()
      if second != shown { turns.append(System.now) }
      shown = second
    }
    Console.write("two seconds are \((turns[2] - turns[0]).count) ns\n")
    System.powerOff(status: 5)
  }

  static func tellTime() {
    guard let time = System.wallClock else { return Console.write("no wall clock\n") }
    Console.write("wall clock \(time.seconds) s \(time.nanoseconds) ns\n")
  }
}
