// A guest that puts the loop to work as Swift's executor and prints what it saw, a line a check.
// `AsyncGuestTests` knows what each line must say. Written so that only the executor's mistakes,
// not the host's speed, can change a line. Only an image has the loop as executor; elsewhere, in
// the build of the whole package, this is an empty program.

#if hasFeature(Embedded)
internal import Kernel

@main
struct AsyncChecks: AsyncApplication {
  static func run() async {
    await groupOnActor()
    await stream()
    await sleepOrder()
    await cancelAsleep()
    await cancelBefore()
    await callback()
    await fairness()
    await groupCancel()
    print("done")
  }

  static func groupOnActor() async {
    let tally = Tally()
    let highest = await withTaskGroup(of: Int.self) { group in
      for number in 1...100 { group.addTask { await tally.add(number) } }
      var highest = 0
      for await sum in group { highest = max(highest, sum) }
      return highest
    }
    async let left = tally.add(1)
    async let right = tally.add(1)
    print("group \(highest) lets \(await left + right)")
  }

  static func stream() async {
    let (numbers, source) = AsyncStream.makeStream(of: Int.self)
    let reader = Task {
      var (sum, inOrder, last) = (0, true, -1)
      for await number in numbers {
        inOrder = inOrder && number == last + 1
        last = number
        sum += number
      }
      return (sum, inOrder)
    }
    for number in 0..<1000 {
      source.yield(number)
      if number % 7 == 0 { await Task.yield() }
    }
    source.finish()
    let (sum, inOrder) = await reader.value
    print("stream \(sum) in order \(inOrder)")
  }

  /// 200 sleepers armed in a scrambled order must wake in the order of their deadlines. The first
  /// deadline leaves a slow host half a second to get them all to sleep.
  static func sleepOrder() async {
    let clock = LoopClock()
    let start = clock.now.advanced(by: .milliseconds(500))
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

  static func cancelAsleep() async {
    let sleeper = Task { await isCancelled(sleeping: .seconds(1000)) }
    try? await Task.sleep(for: .milliseconds(1))
    sleeper.cancel()
    print("cancelled asleep \(await sleeper.value) timers \(System.loop.timerCount)")
  }

  static func cancelBefore() async {
    let sleeper = Task {
      while !Task.isCancelled { await Task.yield() }
      return await isCancelled(sleeping: .seconds(1000))
    }
    await Task.yield()
    sleeper.cancel()
    print("cancelled before \(await sleeper.value) timers \(System.loop.timerCount)")
  }

  static func isCancelled(sleeping span: Duration) async -> Bool {
    do throws(CancellationError) { try await Task.sleep(for: span) } catch { return true }
    return false
  }

  /// A timer of the loop, which is no async code, resumes a task.
  static func callback() async {
    let answer = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
      System.after(.milliseconds(1)) { continuation.resume(returning: 42) }
    }
    print("callback \(answer)")
  }

  /// Tasks that never sleep do not keep timers from running.
  static func fairness() async {
    var ticks = 0
    let timer = System.every(.microseconds(100)) { ticks += 1 }
    while ticks < 5 { await Task.yield() }
    System.loop.cancel(timer)
    print("busy tasks and a timer")
  }

  static func groupCancel() async {
    let ended = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<10 { group.addTask { await isCancelled(sleeping: .seconds(1000)) } }
      try? await Task.sleep(for: .milliseconds(1))
      group.cancelAll()
      var ended = 0
      for await wasCancelled in group where wasCancelled { ended += 1 }
      return ended
    }
    print("group cancelled \(ended) timers \(System.loop.timerCount)")
  }
}

actor Tally {
  private(set) var count = 0
  private(set) var isAscending = true
  private var sum = 0
  private var last = -1

  func add(_ number: Int) -> Int {
    sum += number
    return sum
  }

  func note(_ rank: Int) {
    isAscending = isAscending && rank > last
    last = rank
    count += 1
  }
}
#else
@main
struct AsyncChecks {
  static func main() {}
}
#endif
