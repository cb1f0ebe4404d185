// A guest with what the lints look for, one ailment at a time; a key begins one, `.` ends it.
//
//   b a handler that keeps the loop for 300 ms, twice a second
//   d a timer of 1 ms whose work takes 3 ms
//   h a heap that grows, 16 KiB a tick
//   s a fiber that waits deep in its stack
//   n a fiber that waits for what does not come
//   i a handler that signals itself
//   f more fibers with work than there is time for
//   w interrupts that do not come; it stays so
//   l a log that is written to without end
//   x a handler that does not come back

#if hasFeature(Embedded)
internal import Kernel

@main
struct Ailing: Application {
  static func start() {
    let patient = Patient()
    patient.heart = System.every(.milliseconds(20)) { patient.tick() }
    Console.onInput { bytes in for byte in bytes { patient.obey(byte) } }
    Log.info("well so far")
    Console.write("ready\n")
  }
}

final class Patient {
  private var ailment: UInt8 = UInt8(ascii: ".")
  private var ticks = 0
  var heart: TimerID?
  private var timer: TimerID?
  private var kept: [UnsafeMutableRawPointer] = []
  private let gate = Gate()
  private var storm: HandlerID?

  func tick() {
    ticks += 1
    switch ailment {
    case UInt8(ascii: "b") where ticks % 25 == 0: spin(.milliseconds(300))
    case UInt8(ascii: "h"): kept.append(.allocate(byteCount: 16 << 10, alignment: 16))
    case UInt8(ascii: "l"): for _ in 0..<20 { Log.info("again and again") }
    default: break
    }
  }

  func obey(_ byte: UInt8) {
    ailment = byte
    if let timer { System.loop.cancel(timer) }
    timer = nil
    switch byte {
    case UInt8(ascii: "d"): timer = System.every(.milliseconds(1)) { self.spin(.milliseconds(3)) }
    case UInt8(ascii: "s"):
      // No interrupt may come while the fiber is so deep: there would be no room for it.
      if let heart { System.loop.cancel(heart) }
      Fiber.spawn("deep") { self.dive(from: Self.here()) }
    case UInt8(ascii: "n"): Fiber.spawn("forlorn") { self.gate.wait() }
    case UInt8(ascii: "i"): rage()
    case UInt8(ascii: "f"): for _ in 0..<80 { Fiber.spawn("queued") { self.queue() } }
    case UInt8(ascii: "w"): holdInterrupts()
    case UInt8(ascii: "x"): while true {}
    default: break
    }
    Console.write("so be it\n")
  }

  private func spin(_ span: Nanoseconds) {
    let end = System.now + span
    while System.now < end {}
  }

  /// Works for 25 ms whenever it is its turn; with 80 of them that is every 2 s.
  private func queue() {
    while ailment == UInt8(ascii: "f") {
      spin(.milliseconds(25))
      Fiber.yield()
    }
  }

  /// Keeps every interrupt from the core, behind the kernel's back.
  private func holdInterrupts() {
    // Safety: the task priority register of the local APIC (Intel SDM volume 3, 11.8.3.1), mapped where
    // it stands.
    UnsafeMutablePointer<UInt32>(bitPattern: 0xfee0_0080)?.pointee = 0xff
  }

  /// Waits once 29,200 of the stack's 32,768 bytes are in use.
  @inline(never)
  private func dive(from top: UInt) {
    if top - Self.here() >= 29_200 { gate.wait() } else { dive(from: top) }
    sink += 1
  }
  private var sink = 0

  /// Where the stack is, about.
  @inline(never)
  private static func here() -> UInt {
    var room: UInt64 = 0
    return withUnsafeMutablePointer(to: &room) { UInt(bitPattern: $0) }
  }

  /// Signals a handler of high priority from itself.
  private func rage() {
    let loop = System.loop
    if storm == nil {
      storm = loop.register("storm", priority: .high) { [self] in
        guard ailment == UInt8(ascii: "i"), let storm else { return }
        loop.mark(storm)
      }
    }
    if let storm { loop.mark(storm) }
  }
}
#else
@main
struct Ailing {
  static func main() {}
}
#endif
