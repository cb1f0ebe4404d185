// The checks that need the event loop as the executor: one thread, timers in the order of their
// deadlines, callbacks beside tasks, a core that halts.

#if hasFeature(Embedded)
internal import Kernel

enum LoopChecks {
  static func run() async {
    await sleepOrder()
    await callback()
    await fairness()
    records()
    await idle()
    statistics()
    print("timers left \(System.loop.timerCount)")
  }

  /// 200 sleepers armed in a scrambled order must wake in the order of their deadlines. The first
  /// deadline leaves a slow host three seconds to get them all to sleep.
  private static func sleepOrder() async {
    let clock = ContinuousClock()
    let start = clock.now.advanced(by: .milliseconds(3000))
    let tally = Tally()
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<200 {
        let rank = index * 73 % 200
        group.addTask {
          try? await clock.sleep(until: start.advanced(by: .microseconds(rank * 10)))
          await tally.note(rank)
        }
      }
    }
    let early = clock.now < start.advanced(by: .microseconds(1990))
    print("sleepers \(await tally.count) in order \(await tally.isAscending) early \(early)")
  }

  /// A timer of the loop, which is no async code, resumes a task.
  private static func callback() async {
    let answer = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
      System.after(.milliseconds(1)) { continuation.resume(returning: 42) }
    }
    print("callback \(answer)")
  }

  /// Tasks that never sleep do not keep timers from running.
  private static func fairness() async {
    var ticks = 0
    let timer = System.every(.microseconds(100)) { ticks += 1 }
    while ticks < 5 { await Task.yield() }
    System.loop.cancel(timer)
    print("busy tasks and a timer")
  }

  /// The core's record says that a job runs, from which frame, in the handler "async".
  private static func records() {
    let core = Core.current
    let handler = System.loop.statistics(ofHandler: Int(core.handler) - 1)
    let isAsync = handler.map { $0.name.utf8CodeUnitCount == 5 && $0.name.utf8Start[0] == 97 }
    print("records \(core.job != 0) \(core.jobFrame != 0) \(isAsync ?? false)")
  }

  /// An application that waits does not turn its loop: a halt before the sleep, one after an
  /// interrupt of the console perhaps, and the wake-up.
  private static func idle() async {
    let loop = System.loop
    await Task.yield()
    let (turns, waits) = (loop.turns, loop.waits)
    try? await Task.sleep(for: .milliseconds(300))
    print("idle \(loop.turns - turns <= 4) \(loop.waits - waits <= 3)")
  }

  /// Timers and jobs are timed one by one.
  private static func statistics() {
    let loop = System.loop
    var (timers, jobs, isWhole) = (0, 0, true)
    for index in 0..<loop.handlerCount {
      guard let handler = loop.statistics(ofHandler: index) else { continue }
      let isTimers = handler.name.utf8Start[0] == 116  // "timers"
      if isTimers { timers = Int(handler.runs) } else { jobs += Int(handler.runs) }
      isWhole = isWhole && handler.run.p50 <= handler.run.p99
      isWhole = isWhole && handler.run.p99 <= handler.run.maximum
      isWhole = isWhole && handler.run.maximum <= handler.run.total && handler.bytes <= 2048
    }
    print("timed \(timers >= 206) \(jobs > 1000) \(isWhole)")
  }
}
#endif
