// A guest that does all kinds of async work and prints what it saw, a line a check.
// `AsyncGuestTests` knows what each line must say. Written so that only the executor's mistakes,
// not the host's speed, can change a line. The same source is built for the bare machine, for a
// Linux process on the event loop, and as ordinary Swift, where the executor is Swift's own.

internal import Kernel

@main
struct AsyncChecks: AsyncApplication {
  static func run() async {
    await groupOnActor()
    await stream()
    await sleepUntil()
    await cancelAsleep()
    await cancelBefore()
    await groupCancel()
    await checkCancellation()
    await typedErrors()
    await timeouts()
    await handlers()
    await MainChecks.run()
    await StreamChecks.run()
    #if hasFeature(Embedded)
    await LoopChecks.run()
    await NetworkChecks.run()
    #endif
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

  /// No way of sleeping ends early.
  static func sleepUntil() async {
    let clock = ContinuousClock()
    let start = clock.now
    let deadline = start.advanced(by: .milliseconds(5))
    try? await Task.sleep(until: deadline, clock: .continuous)
    let first = clock.now < deadline
    let next = deadline.advanced(by: .milliseconds(5))
    try? await clock.sleep(until: next)
    let second = clock.now < next
    try? await Task.sleep(for: .milliseconds(5))
    let whole = start.duration(to: clock.now)
    print("sleeps early \(first) \(second) \(whole < .milliseconds(15))")
  }

  static func cancelAsleep() async {
    let sleeper = Task { await isCancelled(sleeping: .seconds(1000)) }
    try? await Task.sleep(for: .milliseconds(1))
    sleeper.cancel()
    print("cancelled asleep \(await sleeper.value)")
  }

  static func cancelBefore() async {
    let sleeper = Task {
      while !Task.isCancelled { await Task.yield() }
      return await isCancelled(sleeping: .seconds(1000))
    }
    await Task.yield()
    sleeper.cancel()
    print("cancelled before \(await sleeper.value)")
  }

  static func isCancelled(sleeping span: Duration) async -> Bool {
    do { try await Task.sleep(for: span) } catch { return true }
    return false
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
    print("group cancelled \(ended)")
  }

  static func checkCancellation() async {
    let task = Task {
      let before = throwsCancellation()
      while !Task.isCancelled { await Task.yield() }
      return !before && throwsCancellation()
    }
    await Task.yield()
    try? await Task.sleep(for: .milliseconds(1))
    task.cancel()
    print("checked \(await task.value)")
  }

  static func throwsCancellation() -> Bool {
    do { try Task.checkCancellation() } catch { return true }
    return false
  }

  enum Refusal: Error {
    case tooBig(Int)
  }

  static func half(_ number: Int) async throws(Refusal) -> Int {
    await Task.yield()
    if number > 10 { throw .tooBig(number) }
    return number / 2
  }

  static func typedErrors() async {
    do throws(Refusal) {
      let four = try await half(8)
      print("half \(four)")
      _ = try await half(11)
    } catch {
      switch error {
      case .tooBig(let number): print("refused \(number)")
      }
    }
  }

  static func timeouts() async {
    let quick = await withTimeout(.seconds(100)) { 7 }
    let slow = await withTimeout(.milliseconds(1)) { await isCancelled(sleeping: .seconds(1000)) }
    var refused = 0
    do throws(Refusal) {
      _ = try await withTimeout(.seconds(100)) { () async throws(Refusal) in try await half(12) }
    } catch {
      switch error {
      case .tooBig(let number): refused = number
      }
    }
    let outer = Task {
      await withTimeout(.seconds(100)) { await isCancelled(sleeping: .seconds(1000)) }
    }
    try? await Task.sleep(for: .milliseconds(1))
    outer.cancel()
    print("in time \(quick ?? 0) late \(slow == nil) refused \(refused)", terminator: "")
    print(" cancelled \(await outer.value ?? false)")
  }

  /// A cancellation handler runs once.
  static func handlers() async {
    let tally = Tally()
    let task = Task {
      await withTaskCancellationHandler {
        while !Task.isCancelled { await Task.yield() }
      } onCancel: {
        Task { await tally.note(1) }
      }
    }
    await Task.yield()
    task.cancel()
    await task.value
    while await tally.count == 0 { await Task.yield() }
    print("handler \(await tally.count)")
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
