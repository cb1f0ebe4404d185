import Live
import Readings
import Telemetry
import Testing

@Suite("History")
struct HistoryTests {
  @Test("keeps a minute finely and ten minutes by the second, and no more bytes than it may")
  func bounds() {
    var history = LiveHistory()
    var reading = PaperInstance().reading
    for _ in 0..<8000 {
      reading.taken += 100_000
      history.add(reading)
    }
    let moments = history.moments
    let last = moments.last?.taken ?? 0
    #expect(moments.count { $0.taken > last - 59_000_000 } == 590)
    #expect(moments.count < 1200)
    #expect(last - (moments.first?.taken ?? 0) <= LiveHistory.span)
    #expect(last - (moments.first?.taken ?? 0) > LiveHistory.span - 2_000_000)
    #expect(zip(moments, moments.dropFirst()).allSatisfy { $0.taken < $1.taken })
    #expect(history.bytes > 0 && history.bytes <= 6 << 20)
  }

  @Test("many counters cost length, not memory; an absurd number is cut")
  func many() {
    var instance = PaperInstance()
    for number in 0..<5000 { instance.counters.append(("test.\(number)", 1)) }
    var history = LiveHistory()
    var reading = instance.reading
    for _ in 0..<380 {
      reading.taken += 100_000
      history.add(reading)
    }
    #expect(history.bytes <= 6 << 20 && history.bytes > 5 << 20)
    #expect(history.moments.last?.values.count == 2048)
    #expect(history.moments.count > 100)
  }

  @Test("rates are those of the last second, and none leads across a gap or a restart")
  func rates() throws {
    var instance = PaperInstance()
    for tick in 0..<30 {
      instance["timers.runs"] += tick < 15 ? 10 : 2
      instance.tick()
    }
    let place = try #require(instance.history.place(at: nil))
    let rate = try #require(instance.history.stretch(to: place)?.rate("timers.runs"))
    #expect(abs(rate - 20) < 0.01)
    let row = instance.history.series(to: place, count: 4, step: 500_000) { $0.rate("timers.runs") }
    #expect(row.compactMap { $0.map { Int($0.rounded()) } } == [100, 20, 20, 20])
    instance.history.paused()
    instance.tick()
    #expect(instance.history.stretch(to: instance.history.moments.count - 1) == nil)
    instance.tick()
    #expect(instance.history.stretch(to: instance.history.moments.count - 1) != nil)
    instance.time = 1000
    instance["timers.runs"] = 1
    instance.tick(ownTime: false)
    #expect(instance.history.moments.count == 1)
  }

  @Test("a moment of the past is found by its time")
  func scrubbing() {
    var instance = PaperInstance()
    for _ in 0..<50 { instance.tick() }
    let history = instance.history
    #expect(history.place(at: nil) == 49)
    #expect(history.place(at: history.moments[10].taken) == 10)
    #expect(history.place(at: history.moments[10].taken + 50_000) == 10)
    #expect(history.place(at: 0) == 0)
    #expect(LiveHistory().place(at: nil) == nil)
    #expect(history.host(at: instance.time - 1_000_000_000) == history.moments[39].taken)
  }

  @Test("load, and delays of all handlers together")
  func load() throws {
    var instance = PaperInstance()
    for _ in 0..<20 {
      instance.run(0, 10, nanoseconds: 4_000_000, delay: 3000)
      instance.run(1, 10, nanoseconds: 1_000_000, delay: 9_000_000)
      instance.tick()
    }
    let stretch = try #require(instance.history.stretch(to: 19))
    #expect(abs((stretch.load ?? 0) - 0.5) < 0.001)
    #expect(stretch.delay.count == 200)
    #expect(stretch.delay.quantile(perMille: 500) < 3400)
    #expect(stretch.delay.quantile(perMille: 990) > 8_000_000)
  }
}
