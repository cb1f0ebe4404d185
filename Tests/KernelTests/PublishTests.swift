// What the kernel publishes, read back from this process's memory by the layout alone.

import Machine
import Publishing
import Telemetry
import Testing

@testable import Execution
@testable import Log
@testable import Memory

/// The process's own memory. The tests name only addresses that are there.
private struct OwnMemory: TelemetryMemory {
  func word(at address: UInt64) -> UInt64? {
    guard address >= 4096, address & 7 == 0 else { return nil }
    return UnsafePointer<UInt64>(bitPattern: UInt(address))?.pointee
  }
}

@Suite("Publishing", .serialized)
struct PublishTests {
  private let memory = OwnMemory()
  private let page: UnsafeMutableRawPointer

  init() {
    page = .allocate(byteCount: 4096, alignment: 4096)
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    Publish.start(
      in: page, machine: 62, buildID: UnsafeRawBufferPointer(start: nil, count: 0), clock: 0)
  }

  private var root: Root? { Root(at: UInt64(UInt(bitPattern: page)), in: memory) }

  private func entry(_ name: String) -> Entry? {
    guard let root else { return nil }
    return (0..<root.entryCount).lazy.compactMap { root.entry(at: $0, in: memory) }
      .first { $0.name(in: memory) == Array(name.utf8) }
  }

  /// The rows of a table or list, each by the names of its fields.
  private func rows(_ name: String) -> [[String: Cell]] {
    guard let root, let entry = entry(name) else { return [] }
    var rows: [[String: Cell]] = []
    func add(_ place: UInt64) {
      var row: [String: Cell] = [:]
      for index in 0..<entry.fieldCount {
        guard let field = root.field(at: index, of: entry, in: memory) else { continue }
        row[String(decoding: field.name(in: memory) ?? [], as: UTF8.self)] = field.cell(
          at: place, in: memory)
      }
      rows.append(row)
    }
    entry.forEachRow(in: memory) { place in
      add(place)
      return true
    }
    for number in entry.records(in: memory) {
      if let place = entry.record(number, in: memory) { add(place) }
    }
    return rows
  }

  @Test("entries are added one by one, the array moves, and the generation tells")
  func growth() {
    let words = Publish.words(100)
    #expect(root?.entryCount == 0 && root?.generation == 0)
    for index in 0..<100 {
      words[index] = UInt64(index)
      Publish.counter("some", .bytes, at: words + index)
      #expect(root?.generation == UInt64(2 * index + 2))
    }
    #expect(root?.entryCount == 100)
    for index in 0..<100 {
      let entry = root?.entry(at: index, in: memory)
      #expect(entry?.value(in: memory) == UInt64(index) && entry?.unit == .bytes)
    }
  }

  @Test("the loop, its handlers and its timers say what they say in person")
  func loop() throws {
    let machine = FakeMachine()
    let loop = EventLoop(on: machine)
    loop.publish()
    let low = loop.register("idler", priority: .low) { machine.spend(700) }
    loop.publish(loop.handlers.handlers.pointee.takeUnretainedValue())
    loop.every(Nanoseconds(1_000)) { machine.spend(30) }
    try #require(loop.timers).takeUnretainedValue().publish()
    loop.after(Nanoseconds(100)) { loop.mark(low) }
    loop.runUntilIdle(machine, limit: 50_500)
    #expect(entry("loop.turns")?.value(in: memory) == loop.turns)
    #expect(entry("loop.waits")?.value(in: memory) == loop.waits)
    #expect(entry("timers.runs")?.value(in: memory) == loop.timerRuns)
    #expect(entry("timers.armed")?.value(in: memory) == 1)
    #expect(rows("timers.next") == [["deadline": .instant(51_000)]])
    let handlers = rows("handlers")
    #expect(handlers.count == 2)
    for index in 0..<2 {
      let told = try #require(loop.statistics(ofHandler: index))
      #expect(handlers[index]["name"] == .text(Array(index == 0 ? "idler".utf8 : "timers".utf8)))
      #expect(handlers[index]["runs"] == .unsigned(told.runs))
      guard case .histogram(let run) = handlers[index]["run"],
        case .histogram(let delay) = handlers[index]["delay"]
      else { throw Missing() }
      #expect(run.count == told.runs && delay.count == told.runs)
      #expect(run.maximum == told.run.maximum && run.total == told.run.total)
      #expect(delay.maximum == told.delay.maximum && delay.total == told.delay.total)
      #expect(run.quantile(perMille: 500) == told.run.p50)
      #expect(delay.quantile(perMille: 990) == told.delay.p99)
    }
    #expect(handlers[0]["priority"] == .enumeration(2, name: Array("low".utf8)))
    #expect(handlers[1]["priority"] == .enumeration(0, name: Array("high".utf8)))
  }

  @Test("runs that take long are recorded, in order, the latest of them; all of them on request")
  func trace() {
    let machine = FakeMachine()
    let loop = EventLoop(on: machine)
    loop.publish()
    defer { Core.current.leastTraced = .max }
    #expect(entry("trace.least")?.value(in: memory) == 10_000_000)
    loop.trace.note(3, readySince: 100, from: 130, to: 5_000_130)
    loop.trace.note(0, readySince: 9_000_000, from: 8_000_000, to: 8_000_001)
    #expect(
      rows("trace") == [
        [
          "number": .unsigned(1), "begin": .instant(130), "run": .duration(5_000_000),
          "delay": .duration(30), "handler": .unsigned(3),
        ],
        [
          "number": .unsigned(2), "begin": .instant(8_000_000), "run": .duration(1),
          "delay": .duration(0), "handler": .unsigned(0),
        ],
      ])
    for number in 3...600 as ClosedRange<UInt64> {
      loop.trace.note(1, readySince: number, from: number, to: number + 7)
    }
    let kept = rows("trace")
    #expect(kept.count == 512)
    #expect(kept.first?["begin"] == .instant(89) && kept.last?["number"] == .unsigned(600))
  }

  private struct Missing: Error {}

  @Test("a histogram's counts stand where the layout says, at every size of value")
  func histogram() throws {
    var histogram = Histogram()
    let place = UnsafeMutablePointer<Histogram>.allocate(capacity: 1)
    for value: UInt64 in [0, 3, 15, 16, 17, 1000, 1 << 40, .max, 1000] { histogram.record(value) }
    place.initialize(to: histogram)
    let read = try #require(HistogramValue(at: UInt64(UInt(bitPattern: place)), in: memory))
    #expect(read.count == 9 && read.maximum == .max)
    for share in stride(from: 0, through: 1000, by: 50) {
      let own = place.pointee.quantile(perMille: share)
      #expect(read.quantile(perMille: share) == own)
    }
    for bucket in 1..<496 {
      #expect(HistogramValue.lowest(of: bucket) > HistogramValue.lowest(of: bucket - 1))
    }
  }

  @Test("the heap's words are the heap's statistics")
  func heap() throws {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    let heap = UnsafeMutablePointer<Heap>.allocate(capacity: 1)
    heap.initialize(to: Heap())
    let isAdded = heap.pointee.add(room)
    #expect(isAdded)
    heap.pointee.publish()
    for size in [10, 100, 1000, 2000, 5000, 100] { _ = heap.pointee.allocate(size) }
    let statistics = heap.pointee.statistics
    #expect(entry("heap.inUse")?.value(in: memory) == UInt64(statistics.inUse))
    #expect(entry("heap.allocations")?.value(in: memory) == 6)
    let region = try #require(rows("heap.regions").first)
    guard case .unsigned(let pages) = region["pages"] else { throw Missing() }
    #expect(pages * 4096 == UInt64(statistics.capacity))
    let classes = rows("heap.classes")
    let classCount = Heap.classCount
    #expect(classes.count == classCount)
    for index in classes.indices {
      let known = heap.pointee.statistics(ofClass: index)
      let told = try #require(known)
      #expect(classes[index]["size"] == .unsigned(UInt64(told.size)))
      #expect(classes[index]["live"] == .unsigned(UInt64(told.live)))
    }
  }

  @Test("the log's records come through whole, cut ones marked, torn ones not at all")
  func log() throws {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 10, alignment: 8)
    room.initializeMemory(as: UInt8.self, repeating: 0)
    let ring = try #require(LogRing(over: room))
    ring.publish()
    for number in 1...11 {
      let text = Array("line \(number)".utf8)
      text.withUnsafeBytes { ring.append(.text, level: 3, time: UInt64(number) * 10, $0) }
    }
    let records = rows("log")
    #expect(records.count == 8)
    #expect(records.first?["text"] == .text(Array("line 4".utf8)))
    #expect(records.last?["level"] == .enumeration(3, name: Array("info".utf8)))
    #expect(records.last?["time"] == .instant(110))
    var encoder = FrameEncoder()
    var copy = TelemetryCopy()
    let root = UInt64(UInt(bitPattern: page))
    // The last one torn: it has its number, but not yet all of its text.
    let slot = room.baseAddress.map { $0 + (2 + 11 % 8) * 128 + 33 }
    slot?.storeBytes(of: 0x40, as: UInt8.self)
    while !encoder.encode(memory, rootAt: root, now: 1) { _ = copy.received(encoder.frame[...]) }
    #expect(copy.received(encoder.frame[...]) == .round)
    let entry = try #require(copy.root?.entry(at: 0, in: copy))
    #expect(copy.number(at: try #require(entry.record(10, in: copy)) + 8) == 10)
    #expect(copy.number(at: try #require(entry.record(11, in: copy)) + 8) == nil)
  }

  @Test("an application's counters and gauges count without an agent")
  func counters() {
    let requests = Counter("test.requests")
    let copy = requests
    requests.add()
    copy.add(41)
    #expect(requests.value == 42)
    let depth = Gauge("test.depth")
    depth.set(5)
    depth.add(-7)
    #expect(depth.value == -2)
    #expect((0..<100).map { _ in Counter("test.many") }.allSatisfy { $0.value == 0 })
    #expect(root?.entryCount == 0)
  }
}
