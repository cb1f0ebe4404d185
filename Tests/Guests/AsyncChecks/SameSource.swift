// What the embedded library lacks and the kernel supplies under the same names: the main actor and
// streams that throw.

internal import Kernel

@MainActor
enum MainChecks {
  private static var count = 0

  nonisolated static func run() async {
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<10 { group.addTask { for _ in 0..<100 { await add(1) } } }
    }
    Task { @MainActor in count += 1000 }
    while await current < 2000 { await Task.yield() }
    let text = await MainActor.run { "\(count)" }
    var refused = false
    do throws(AsyncChecks.Refusal) {
      try await refuse()
    } catch { refused = true }
    await MainActor.run { MainActor.assumeIsolated { count += 1 } }
    let after = await current
    print("main actor \(text) refused \(refused) after \(after) model \(await Model().bumped())")
  }

  private static func add(_ number: Int) async {
    let before = count
    count = before + number
    await Task.yield()
  }

  private static func refuse() async throws(AsyncChecks.Refusal) {
    await Task.yield()
    throw .tooBig(count)
  }

  private static var current: Int { count }
}

@MainActor
private final class Model {
  private var bumps = 1
  nonisolated init() {}
  func bumped() -> Int {
    bumps += 1
    return bumps
  }
}

enum StreamChecks {
  typealias Numbers = AsyncThrowingStream<Int, AsyncChecks.Refusal>

  static func run() async {
    let (numbers, source) = AsyncThrowingStream.makeStream(
      of: Int.self, throwing: AsyncChecks.Refusal.self, bufferingPolicy: .bufferingOldest(100))
    let reader = Task { await sum(numbers) }
    for number in 1...99 {
      source.yield(number)
      if number % 7 == 0 { await Task.yield() }
    }
    // The first end counts, and a full buffer loses no error.
    source.finish(throwing: .tooBig(5))
    source.finish()
    source.yield(1)
    print("throwing \(await reader.value)", terminator: "")
    print(" plain \(await sum(Numbers { $0.yield(7); $0.finish() }))", terminator: "")

    let (endless, kept) = Numbers.makeStream()
    let waiter = Task { await sum(endless) }
    await Task.yield()
    waiter.cancel()
    let cut = await waiter.value
    kept.finish(throwing: .tooBig(9))
    var iterator = endless.makeAsyncIterator()
    var late = "threw"
    do { late = try await iterator.next() == nil ? "nil" : "some" } catch {}
    print(" cancelled \(cut) then \(late)")
    await terminations()
  }

  /// Each stream's source hears once how it ended.
  private static func terminations() async {
    let (ends, noter) = AsyncStream.makeStream(of: String.self)
    @Sendable func note(_ termination: Numbers.Continuation.Termination) {
      switch termination {
      case .cancelled: noter.yield("cancelled")
      case .finished(nil): noter.yield("finished")
      case .finished(.tooBig(let number)?): noter.yield("refused \(number)")
      }
    }
    let failing = Numbers { source in
      source.onTermination = note
      source.yield(with: .success(4))
      source.yield(with: .failure(.tooBig(6)))
      source.finish()
    }
    let plain = Numbers { source in
      source.onTermination = note
      source.finish()
    }
    let (endless, source) = Numbers.makeStream()
    source.onTermination = note
    let handler = source.onTermination
    let waiter = Task { await sum(endless) }
    await Task.yield()
    waiter.cancel()
    let sums = await (sum(failing), sum(plain), waiter.value)
    handler?(.finished(.tooBig(1)))
    noter.finish()
    var text = "ends \(sums.0) \(sums.1) \(sums.2)"
    for await end in ends { text += " \(end)" }
    print(text)
  }

  /// The sum of the elements, less a thousand times what the error says.
  private static func sum(_ numbers: Numbers) async -> Int {
    var sum = 0
    do throws(AsyncChecks.Refusal) {
      for try await number in numbers { sum += number }
    } catch {
      switch error {
      case .tooBig(let number): sum -= 1000 * number
      }
    }
    return sum
  }
}
