// Trees and shares of a profile laid out by hand, against sums made by hand and against those that
// the command `profile` prints.

import Profiling
import Readings
import Testing

/// A profile whose addresses name functions by a table: 0x10 is in `main`, 0x20 in `loop`, and so on.
struct HandMade {
  var reading = ProfileReading()

  /// What the addresses are called.
  static func names() -> FrameNames {
    FrameNames { address in
      let words: [UInt64: String] = [
        1: "main", 2: "loop", 3: "work", 4: "spin", 5: "sleep", 6: "\u{1b}[2J",
      ]
      return words[address >> 4].map {
        [ProfileFrame(function: $0, file: "App/\($0).swift", line: 1, address: address)]
      } ?? []
    }
  }

  /// Adds a spot: functions outermost first, each by its number in the table.
  mutating func add(_ path: [UInt64], _ count: UInt64, _ activity: String = "running") {
    let number = UInt64(reading.spots.count) + 1
    // Spots at different instructions of one function are different spots.
    let address = path.last.map { $0 << 4 | number % 15 } ?? 0
    reading.spots.append(
      ProfileReading.Spot(
        number: number, address: address, activity: activity, count: count,
        stack: ProfileReading.Stack(callers: path.dropLast().reversed().map { ($0 << 4) + 1 })))
  }

  mutating func count(_ number: Int, more: UInt64) { reading.spots[number - 1].count += more }

  static var usual: HandMade {
    var profile = HandMade()
    profile.add([1, 2, 3], 30)
    profile.add([1, 2, 3, 4], 20)
    profile.add([1, 2, 3, 4, 3], 5)
    profile.add([1], 5)
    profile.add([1, 2], 40, "idle")
    profile.add([5], 7, "waiting")
    return profile
  }

  func record(_ later: (inout HandMade) -> Void = { _ in }) -> ProfileRecord {
    var recorder = ProfileRecorder(Self.names())
    var tables = ProfileTables()
    tables.take(reading)
    recorder.add(tables, taken: 1_000_000)
    var changed = self
    later(&changed)
    tables.take(changed.reading)
    recorder.add(tables, taken: 1_500_000)
    return recorder.record
  }
}

@Suite("The call tree")
struct CallTreeTests {
  private func text(_ record: ProfileRecord, _ view: ProfileView, _ item: Int = 0) -> String {
    let box = view.items[item]
    let name = box.box.node < 0 ? "*" : record.tree.function(of: box.box.node)?.name ?? "?"
    let inner = view.children(of: item).map { text(record, view, $0) }
    return "\(name) \(box.own)/\(box.all)"
      + (inner.isEmpty ? "" : "(\(inner.joined(separator: ", ")))")
  }

  @Test("has each way to a function once, the widest first")
  func tree() {
    let record = HandMade.usual.record()
    let slice = record.slice(.whole)
    let view = ProfileView(record, slice, ProfileChoice())
    #expect(
      text(record, view)
        == "* 0/100(main 5/60(loop 0/55(work 30/55(spin 20/25(work 5/5)))), [idle] 40/40)")
    #expect(view.whole == 100)
    let busy = ProfileView(record, slice, ProfileChoice(hidesIdle: true))
    #expect(busy.whole == 60 && !text(record, busy).contains("idle"))
    let waiting = ProfileView(record, slice, ProfileChoice(isWaiting: true))
    #expect(text(record, waiting) == "* 0/7(sleep 7/7)")
  }

  @Test("counts a function that calls itself once, and agrees with what the command prints")
  func shares() {
    let record = HandMade.usual.record()
    let view = ProfileView(record, record.slice(.whole), ProfileChoice(hidesIdle: true))
    let rows = view.rows.map {
      "\(record.tree.functions[Int($0.function)].name) \($0.own) \($0.all)"
    }
    #expect(Set(rows) == ["main 5 60", "loop 0 55", "work 35 55", "spin 20 25"])
    let command = ProfileStacks(HandMade.usual.reading, HandMade.names()).shares("running")
    #expect(Set(rows) == Set(command.map { "\($0.name) \($0.own) \($0.all)" }))
    // What all functions have of their own is all there is.
    #expect(view.rows.reduce(0) { $0 + $1.own } == view.whole)
  }

  @Test("knows what was counted in a stretch of time, and what before")
  func slices() {
    let record = HandMade.usual.record {
      $0.count(1, more: 3)
      $0.count(5, more: 1)
      $0.add([1, 4], 2)
    }
    let second = record.slice(.second)
    #expect(second.counts == [3, 0, 0, 0, 1, 0, 2] && second.seconds == 0.5)
    #expect(record.slice(.whole).counts == [33, 20, 5, 5, 41, 7, 2])
    let before = record.slice(.whole, until: 1_200_000)
    #expect(before.counts == [30, 20, 5, 5, 40, 7, 0])
    // Before anything was watched nothing was counted.
    #expect(record.slice(.second, until: 1_200_000).counts.allSatisfy { $0 == 0 })
    let view = ProfileView(record, second, ProfileChoice(hidesIdle: true), against: before)
    #expect(view.isCompared && view.whole == 5 && view.wholeBefore == 60)
    let work = view.rows.first { record.tree.functions[Int($0.function)].name == "work" }
    #expect(work.map { [$0.own, $0.all, $0.ownBefore, $0.allBefore] } == [3, 3, 35, 55])
  }

  @Test("keeps apart whose samples were, where that is known")
  func groups() {
    var recorder = ProfileRecorder(HandMade.names())
    var tables = ProfileTables()
    tables.take(HandMade.usual.reading)
    recorder.add(tables, taken: 0)
    #expect(recorder.record.slice(.second, by: .task).groups.isEmpty)
    recorder.add(tables, taken: 100_000)
    // Such a profile has counts only.
    #expect(recorder.record.slice(.second, by: .task).isUngrouped)
  }

  @Test("forgets an instance that began anew")
  func anew() {
    var recorder = ProfileRecorder(HandMade.names())
    var tables = ProfileTables()
    tables.take(HandMade.usual.reading)
    recorder.add(tables, taken: 0)
    var other = HandMade()
    other.add([2], 1)
    tables.take(other.reading)
    recorder.add(tables, taken: 100_000)
    let record = recorder.record
    #expect(record.slice(.whole).counts == [1] && record.tree.leaves.count == 1)
    // What was noted before is not compared with it.
    let old = HandMade.usual.record().slice(.whole)
    let view = ProfileView(record, record.slice(.whole), ProfileChoice(), against: old)
    #expect(!view.isCompared)
  }

  @Test("boxes too narrow for a cell are left out, and none of the sums with them")
  func narrow() {
    let record = HandMade.usual.record()
    let slice = record.slice(.whole)
    let view = ProfileView(record, slice, ProfileChoice(), cells: 5)
    #expect(
      text(record, view) == "* 0/100(main 5/60(loop 0/55(work 30/55(spin 20/25))), [idle] 40/40)")
    let none = ProfileView(record, slice, ProfileChoice(), cells: 0)
    #expect(text(record, none) == "* 0/100" && none.rows.count == 5)
    // Seen from nearer the last one is wide enough: node 7 is `spin`.
    let spin = view.items.last?.box ?? .whole
    let near = ProfileView(record, slice, ProfileChoice(), cells: 5, top: spin)
    #expect(near.items.count == view.items.count + 1)
    let found = Set(record.tree.functions.indices.map(Int32.init)).subtracting([0, 1, 2, 3])
    #expect(ProfileView.count(in: found, record, slice, ProfileChoice()) == 55)
  }

  @Test("keeps a minute, whatever comes, and what the instance has counted")
  func bounds() {
    var recorder = ProfileRecorder(HandMade.names())
    var profile = HandMade.usual
    var tables = ProfileTables()
    for step in 0..<2000 {
      profile.count(1, more: 1)
      profile.reading.counters["running"] = UInt64(100 + step)
      tables.take(profile.reading)
      recorder.add(tables, taken: step * 100_000)
    }
    let minute = recorder.record.slice(.minute)
    #expect(minute.counts[0] == 600 && minute.totals.running == 600)
    #expect(recorder.record.slice(.tenSeconds).counts[0] == 100)
    #expect(recorder.record.slice(.whole).counts[0] == 2030)
  }
}
