import Live
import Readings
import Telemetry
import Testing

@Suite("Lints")
struct LintTests {
  @Test("a machine that works as it should is not complained of")
  func silent() {
    var instance = PaperInstance()
    instance.fibers = [
      FiberReading(
        name: "f", number: 1, isReady: false, since: 1, margin: 9000, stackSize: 16384)
    ]
    for tick in 0..<400 {
      instance.run(0, 10, nanoseconds: 4_000_000)
      instance.run(1, 10, nanoseconds: 500_000)
      instance["timers.runs"] += 20
      instance["heap.inUse"] = 1 << 20 + UInt64(tick % 37) * 4096
      instance.fibers[0].since = instance.time
      instance.deadline = instance.time + 10_000_000
      instance.tick()
    }
    #expect(Lints.findings(instance.history) == [])
    #expect(Lints.findings(LiveHistory()) == [])
  }

  @Test("blocked loop: long runs, and one that does not come back")
  func blocked() {
    var instance = PaperInstance()
    for tick in 0..<20 {
      instance.run(0, 1, nanoseconds: tick == 7 ? 300_000_000 : 1_000_000)
      instance.tick()
    }
    let found = instance.findings(.blockedLoop)
    #expect(found.count == 1 && found.first?.place == .handler("timers"), "\(found)")
    #expect(found.first?.evidence.contains("1 of 19 runs") == true, "\(found)")
    var stuck = PaperInstance()
    stuck.run(1, 5, nanoseconds: 1000)
    stuck["core.0.handler"] = 2
    for _ in 0..<8 { stuck.tick(ownTime: false) }
    #expect(stuck.findings(.blockedLoop).isEmpty)
    for _ in 0..<8 { stuck.tick(ownTime: false) }
    #expect(stuck.findings(.blockedLoop).first?.subject == "async")
    // It comes back: nothing more is said of it.
    stuck["core.0.handler"] = 0
    stuck.tick()
    #expect(stuck.findings(.blockedLoop).isEmpty)
  }

  @Test("starved task: ready, and the loop turns without a halt")
  func starved() {
    var instance = PaperInstance()
    instance.ready = [instance.time]
    for _ in 0..<30 {
      instance["loop.turns"] += 1000
      instance.tick()
    }
    #expect(instance.findings(.starvedTask).count == 1)
    #expect(instance.findings(.lostWakeup).isEmpty)
    instance["loop.waits"] += 1
    instance.tick()
    #expect(instance.findings(.starvedTask).isEmpty)
  }

  @Test("lost wake-up: ready while the core halts, or a timer that is due")
  func lost() {
    var instance = PaperInstance()
    instance.fibers = [
      FiberReading(
        name: "sleepy", number: 3, isReady: true, since: instance.time, margin: 9000,
        stackSize: 16384)
    ]
    for _ in 0..<3 {
      instance["loop.waits"] += 5
      instance["loop.turns"] += 5
      instance.tick()
    }
    #expect(instance.findings(.lostWakeup).isEmpty)
    for _ in 0..<6 {
      instance["loop.waits"] += 5
      instance["loop.turns"] += 5
      instance.tick()
    }
    #expect(instance.findings(.lostWakeup).first?.subject == "sleepy")
    var late = PaperInstance()
    late.deadline = late.time + 500_000_000
    for _ in 0..<14 { late.tick(ownTime: false) }
    #expect(late.findings(.lostWakeup).isEmpty)
    for _ in 0..<6 { late.tick(ownTime: false) }
    #expect(late.findings(.lostWakeup).first?.subject == "timers")
  }

  @Test("task never ready, timer drift, stack, storm")
  func others() {
    var instance = PaperInstance()
    instance.fibers = [
      FiberReading(
        name: "waiter", number: 1, isReady: false, since: instance.time, margin: 300,
        stackSize: 4096)
    ]
    for _ in 0..<25 {
      instance.run(1, 5000, nanoseconds: 100)
      instance["timers.runs"] += 3
      instance["timers.missed"] += 2
      instance.tick()
    }
    #expect(instance.findings(.neverReady).isEmpty)
    var limits = LintLimits()
    limits.patience = 2_000_000
    #expect(instance.findings(.neverReady, limits).first?.subject == "waiter")
    #expect(instance.findings(.timerDrift).first?.evidence.hasPrefix("48 of 120 periods") == true)
    #expect(instance.findings(.stackNearlyUsed).first?.evidence.contains("300 of 4096") == true)
    #expect(instance.findings(.interruptStorm).first?.subject == "async")
    #expect(instance.findings(.heapGrowth).isEmpty && instance.findings(.logFlood).isEmpty)
  }

  @Test("heap growth is told from a heap that breathes")
  func heap() {
    var instance = PaperInstance()
    for tick in 0..<250 {
      instance["heap.inUse"] = 1 << 20 + UInt64(tick) * 4096
      instance.tick()
    }
    #expect(instance.findings(.heapGrowth).count == 1)
    for tick in 0..<250 {
      instance["heap.inUse"] = 1 << 20 + UInt64(tick % 50) * 40_960
      instance.tick()
    }
    #expect(instance.findings(.heapGrowth).isEmpty)
  }

  @Test("log flood: lines, and a console that drops text")
  func flood() {
    var instance = PaperInstance()
    for tick in 0..<30 {
      for line in 0..<20 {
        instance.log.append(
          LogRecord(
            number: UInt64(tick * 20 + line + 1), time: instance.time + UInt64(line), level: "info",
            text: "again"))
      }
      instance.tick()
    }
    #expect(instance.findings(.logFlood).first?.place == .log)
    #expect(instance.history.log.count == 600)
    instance["console.outputDropped"] += 4000
    instance.tick()
    #expect(instance.findings(.logFlood).last?.evidence.contains("4000 bytes") == true)
  }
}
