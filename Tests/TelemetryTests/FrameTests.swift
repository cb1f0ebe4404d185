// From memory to frames to the copy: the copy reads as the memory does, whatever is lost between.

import Telemetry
import TestSupport
import Testing

@Suite("Frames of telemetry")
struct FrameTests {
  /// An instance with counters side by side, a table with text, a list, a histogram and a ring.
  private func instance(counters: UInt32 = 40) -> PaperMemory {
    let memory = PaperMemory()
    memory.writeRoot(entries: counters + 4)
    for index in 0..<UInt64(counters) {
      memory.writeEntry(index, "c.\(index)", kind: 1, address: 0x20000 + index * 8)
      memory.write(0x20000 + index * 8, index * 7)
    }
    let next = UInt64(counters)
    memory.writeField(0, at: 0x30000, "name", type: 4, offset: 0, width: 16)
    memory.writeField(1, at: 0x30000, "state", type: 8, offset: 20, width: 2, extra: (0x31000, 2))
    memory.write(0x31000, UInt64(0x32001), UInt64(4), UInt64(0x32005), UInt64(5))
    memory.write(0x32000, "_idlebusy!")
    memory.writeEntry(
      next, "table", kind: 4, address: 0x33000, fields: (0x30000, 2), count: 0x34000, capacity: 8,
      stride: 24)
    memory.write(0x34000, UInt64(2))
    memory.write(0x33000, UInt64(0x35002), UInt64(3), UInt32(9), UInt16(1), UInt16(0))
    memory.write(0x33018, UInt64(0x35005), UInt64(2), UInt32(9), UInt16(0), UInt16(0))
    memory.write(0x35000, "..onetw..")
    memory.writeField(0, at: 0x36000, "value", type: 2, offset: 8, width: 4)
    memory.writeEntry(
      next + 1, "list", kind: 6, address: 0x37000, fields: (0x36000, 1), capacity: 16, stride: 0)
    memory.write(0x37000, UInt64(0x37100))
    memory.write(0x37100, UInt64(0x37200), UInt32(0xffff_fffe), UInt32(0))
    memory.write(0x37200, UInt64(0), UInt32(5), UInt32(0))
    memory.writeEntry(next + 2, "histogram", kind: 3, unit: 2, address: 0x38000, stride: 0)
    memory.write(0x38000, UInt64(0x38100), UInt64(16), UInt64(8), UInt64(31), UInt64(150))
    memory.write(0x38100, UInt32(1), UInt32(0), UInt32(2), UInt32(0), UInt64(0), UInt64(4) << 32)
    memory.writeField(0, at: 0x39000, "number", type: 10, offset: 0, width: 8)
    memory.writeField(1, at: 0x39000, "what", type: 1, offset: 8, width: 8)
    memory.writeEntry(
      next + 3, "ring", kind: 5, address: 0x3a000, fields: (0x39000, 2), count: 0x3b000,
      capacity: 4, stride: 16)
    memory.write(0x3b000, UInt64(0))
    return memory
  }

  private func record(_ number: UInt64, _ memory: PaperMemory) {
    memory.write(0x3a000 + number % 4 * 16, number, number * 1000)
    memory.write(0x3b000, number)
  }

  /// All that a reader gets, as text.
  private func told(_ memory: some TelemetryMemory) -> [String] {
    guard let root = Root(at: PaperMemory.root, in: memory) else { return ["no root"] }
    return (0..<root.entryCount).map { index in
      guard let entry = root.entry(at: index, in: memory) else { return "no entry" }
      let name = String(decoding: entry.name(in: memory) ?? [], as: UTF8.self)
      if let value = entry.value(in: memory) { return "\(name) \(value)" }
      if entry.kind == .histogram, let base = entry.base(in: memory) {
        return "\(name) \(String(describing: HistogramValue(at: base, in: memory)))"
      }
      var rows: [String] = []
      let fields = (0..<entry.fieldCount).compactMap { root.field(at: $0, of: entry, in: memory) }
      func tell(_ row: UInt64) -> Bool {
        rows.append("\(fields.map { String(describing: $0.cell(at: row, in: memory)) })")
        return true
      }
      entry.forEachRow(in: memory, tell)
      for number in entry.records(in: memory) {
        if let row = entry.record(number, in: memory) { _ = tell(row) }
      }
      return "\(name) \(rows)"
    }
  }

  @Test("the first round is a snapshot, and the copy reads as the memory")
  func snapshot() {
    let memory = instance()
    var pipe = Pipe()
    #expect(pipe.round(memory) == .round)
    #expect(pipe.frames.count > 1 && pipe.frames.allSatisfy { $0.count <= 1024 })
    #expect(pipe.frames[0][0] & 1 == 1)
    #expect(pipe.copy.isTrue && told(pipe.copy) == told(memory))
    #expect(told(memory).contains { $0.contains("busy") == false } && told(memory).count == 44)
    #expect(pipe.copy.root?.buildID(in: pipe.copy) == Array("0123456789abcdefghij".utf8))
    let clock = pipe.copy.root.flatMap { TickClock(of: $0, in: pipe.copy) }
    #expect(clock?.nanoseconds(at: 1010) == 25)
  }

  @Test("what does not change is not sent; what changes costs a few bytes")
  func differences() {
    let memory = instance()
    var pipe = Pipe()
    pipe.round(memory)
    pipe.frames = []
    pipe.round(memory)
    #expect(pipe.frames.count == 1 && (pipe.frames.first?.count ?? 99) < 12)
    for index in 0..<UInt64(40) { memory.write(0x20000 + index * 8, index * 7 + 50) }
    pipe.frames = []
    #expect(pipe.round(memory) == .round)
    #expect((pipe.frames.first?.count ?? 0) < 40 + 20)
    #expect(told(pipe.copy) == told(memory))
    memory.write(0x20000, UInt64.max)  // back beyond zero
    memory.write(0x37100, UInt64(0))  // a list that has become shorter
    pipe.round(memory)
    #expect(told(pipe.copy) == told(memory))
  }

  @Test("small frames tell the same, in more of them", arguments: [64, 96, 200, 1024])
  func limits(_ limit: Int) {
    let memory = instance()
    var pipe = Pipe(limit: limit)
    for number in 1...3 { record(UInt64(number), memory) }
    for _ in 0..<3 { pipe.round(memory) }
    #expect(pipe.frames.allSatisfy { $0.count <= limit })
    #expect(told(pipe.copy) == told(memory))
  }

  @Test("a ring's records come once each, and what was overwritten shows in the numbers")
  func rings() {
    let memory = instance(counters: 0)
    var pipe = Pipe()
    for number in 1...2 { record(UInt64(number), memory) }
    pipe.round(memory)
    #expect(told(pipe.copy) == told(memory))
    pipe.frames = []
    pipe.round(memory)
    #expect((pipe.frames.first?.count ?? 99) < 12)
    for number in 3...9 { record(UInt64(number), memory) }
    pipe.round(memory)
    #expect(told(pipe.copy) == told(memory))
    #expect(told(pipe.copy).last?.contains("9000") == true)
    // Being written: its number is not there yet.
    memory.write(0x3a000 + 10 % 4 * 16, UInt64(0), UInt64(0))
    memory.write(0x3b000, UInt64(10))
    pipe.round(memory)
    #expect(pipe.copy.number(at: 0x3a000 + 10 % 4 * 16) == 6)
    record(10, memory)
    pipe.round(memory)
    #expect(pipe.copy.number(at: 0x3a000 + 10 % 4 * 16 + 8) == 10_000)
  }

  @Test("after a lost frame the copy says so, until the next snapshot makes it true again")
  func loss() {
    let memory = instance()
    var pipe = Pipe()
    pipe.round(memory)
    memory.write(0x20000, UInt64(1234))
    pipe.round(memory, losing: [0])
    memory.write(0x20008, UInt64(1235))
    #expect(pipe.round(memory) == .stale)
    #expect(!pipe.copy.isTrue && pipe.copy.statistics.lost == 1)
    // By itself, after a minute.
    pipe.now += 61_000_000_000
    #expect(pipe.round(memory) == .round)
    #expect(told(pipe.copy) == told(memory))
    // A snapshot of which a part is missing makes nothing true.
    pipe.now += 61_000_000_000
    pipe.round(memory, losing: [1])
    #expect(!pipe.copy.isTrue)
    // At once, for who asks.
    pipe.encoder.restart()
    pipe.copy = TelemetryCopy()
    #expect(pipe.round(memory) == .round)
    #expect(told(pipe.copy) == told(memory))
  }

  @Test("new entries bring a snapshot; while entries change nothing is told")
  func generations() {
    let memory = instance(counters: 2)
    var pipe = Pipe()
    pipe.round(memory)
    memory.writeRoot(entries: 6, generation: 3)
    pipe.frames = []
    pipe.round(memory)
    #expect(pipe.frames.count == 1 && (pipe.frames.first?.count ?? 99) < 12)
    memory.writeRoot(entries: 5, generation: 4)
    #expect(pipe.round(memory) == .round)
    #expect(told(pipe.copy).count == 5 && told(pipe.copy) == told(memory))
  }

  @Test("what the sender cannot remember is left out, counted, and nothing else suffers")
  func forgetful() {
    let memory = instance(counters: 100)
    var pipe = Pipe(bits: 6)
    pipe.round(memory)
    pipe.round(memory)
    #expect(pipe.copy.statistics.unkept > 50)
    memory.write(0x20000, UInt64(99))
    pipe.round(memory)
    #expect(pipe.copy.number(at: 0x20000) == 99)
    #expect(pipe.copy.number(at: 0x20000 + 99 * 8) == nil)
  }

  @Test("a list that bites its tail, and rows at addresses of nothing, end the walk")
  func wild() {
    let memory = instance(counters: 1)
    memory.write(0x37200, UInt64(0x37100), UInt64(5))
    memory.write(0x34000, UInt64.max)
    memory.write(0x38000, UInt64(0xffff_ffff_ffff_fff0), UInt64(490), UInt64(90), UInt64(1))
    memory.write(0x3b000, UInt64.max)
    var pipe = Pipe()
    #expect(pipe.round(memory) == .round)
    memory.write(0x37000, UInt64.max - 3)
    #expect(pipe.round(memory) == .round)
    #expect(told(pipe.copy).count == 5)
  }

  @Test("damaged frames are told as such, and trap nothing")
  func damage() {
    let memory = instance()
    var pipe = Pipe()
    pipe.round(memory)
    let frames = pipe.frames
    for frame in frames {
      for cut in stride(from: 0, to: frame.count, by: 7) {
        var copy = TelemetryCopy(limit: 100)
        _ = copy.received(frame[..<cut])
        #expect(copy.addresses.reduce(0) { sum, _ in sum + 1 } <= 100)
      }
    }
    var copy = TelemetryCopy()
    #expect(copy.received([]) == .damaged)
    #expect(copy.received([3, 0, 0, 0]) == .damaged)
    #expect(copy.received([3, 0, 0, 0, 0, 8, 0xc0, 1]) == .damaged)
    #expect(copy.received([3, 0, 0, 0, 0, 8, 0x80]) == .damaged)
    let eleven = [UInt8](repeating: 0xff, count: 11)
    #expect(copy.received([3] + eleven[...]) == .damaged)
    #expect(copy.statistics.damaged == 5)
    #expect(copy.received([3, 0, 0, 0, 0, 2, 0x80, 7]) == .round)
    #expect(copy.number(at: 8) == 7)
  }
}
