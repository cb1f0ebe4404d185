// A guest that writes more than its console takes. What it writes is lines of 16 bytes that are
// numbered from 0, so that a test knows every byte; what it finds out goes into the log ring, which
// the test reads from the guest's memory, because nobody may be reading the console.
//
// It writes 2 kB every millisecond, 100 times, and then 64 kB at once. How long both took is logged:
// `ticks N missed N paced N burst N`. With the argument `off` it powers off then, with status 7,
// with `panic` it panics; else each `g` on its console asks for another 64 kB, which `written N`
// follows in the log, and `o` for the end.

import Kernel

@main
struct Flood: Application {
  static func start() {
    let flood = Writer()
    var ticks = 0
    let begin = System.now
    var timer: TimerID?
    timer = System.every(.milliseconds(1)) {
      flood.write(lines: 128)
      ticks += 1
      guard ticks == 100, let timer else { return }
      System.loop.cancel(timer)
      let paced = System.now - begin
      let before = System.now
      flood.write(lines: 4096)
      let spent = (System.now - before).count
      Log.info(
        "ticks \(ticks) missed \(System.loop.missedPeriods) paced \(paced.count) burst \(spent)")
      go()
    }
    Console.onInput { bytes in
      for byte in bytes {
        if byte == UInt8(ascii: "g") {
          flood.write(lines: 4096)
          Log.info("written \(flood.number)")
        }
        if byte == UInt8(ascii: "o") { System.powerOff(status: 7) }
      }
    }
  }

  static func go() {
    let words = System.arguments
    if words.contains(where: { $0.utf8.elementsEqual("off".utf8) }) { System.powerOff(status: 7) }
    if words.contains(where: { $0.utf8.elementsEqual("panic".utf8) }) { System.panic("flooded") }
  }
}

final class Writer {
  private(set) var number = 0
  private let line = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)

  func write(lines: Int) {
    for _ in 0..<lines {
      var rest = number
      for place in 0..<15 {
        line[14 - place] = UInt8(48 + rest % 10)
        rest /= 10
      }
      line[15] = 10
      System.loop.machine.write(UnsafeRawBufferPointer(line))
      number += 1
    }
  }
}
