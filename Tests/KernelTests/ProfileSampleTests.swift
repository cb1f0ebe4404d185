// Samples as a whole: what is counted of a stack that stands still and of one that changes in a word,
// of those that wait, and what has most.

import Machine
import Profiler
import Testing

@Suite("Profile samples")
struct ProfileSampleTests {
  private let scene = Scene()
  private let memory = ProfilerTests.memory(
    ProfileSize(stacks: 64, depth: 30, spots: 64, samples: 256))

  private func start(at offset: Int) -> WalkStart {
    WalkStart(
      counter: scene.at(offset), stackPointer: scene.on(10), framePointer: scene.on(20),
      stack: AddressRange(scene.on(0), to: scene.on(256)), jobFrame: 0, load: { Scene.load($0) })
  }

  private func profiler() -> Profiler {
    scene.chain()
    return Profiler(memory, code: scene.code)
  }

  /// Takes a sample; returns its spot and callers.
  private func sample(_ profiler: inout Profiler, at offset: Int) throws -> (SpotRow, [UInt64]) {
    _ = profiler.sample(
      start(at: offset), isHalted: false, core: CoreState(), ticks: 1, now: 1)
    let record = try #require(profiler.memory.sample(profiler.counters.latest))
    let (row, _) = try #require(profiler.memory.spots.spot(record.spot))
    let (_, callers) = try #require(profiler.memory.stacks.stack(row.stack))
    return (row, Array(callers))
  }

  @Test("a stack is told from the last one by each of its words, and known again")
  func words() throws {
    var profiler = profiler()
    _ = profiler.start(rate: 1000, now: 0, seed: 1)
    let whole = [scene.at(700), scene.at(710), scene.at(100)]
    let (first, callers) = try sample(&profiler, at: 800)
    #expect(callers == whole)
    for offset in [800, 801, 802] {
      let (row, callers) = try sample(&profiler, at: offset)
      #expect(callers == whole && row.stack == first.stack && row.address == scene.at(offset))
    }
    // Each return address and each link, changed and changed back.
    for index in [21, 31, 41] {
      let word = scene.words[index]
      scene.words[index] = scene.at(720 + index)
      let (row, callers) = try sample(&profiler, at: 800)
      #expect(callers.contains(scene.at(720 + index)) && row.stack != first.stack)
      scene.words[index] = word
      #expect(try sample(&profiler, at: 800).0.stack == first.stack)
    }
    scene.link(50, to: on(40), returning: scene.at(730))
    for (index, link, callers) in [
      (20, scene.on(40), [scene.at(700), scene.at(100)]),
      (30, 0, [scene.at(700), scene.at(710)]),
      (40, scene.on(50), [scene.at(700), scene.at(710), scene.at(100), scene.at(730)]),
    ] {
      let word = scene.words[index]
      scene.words[index] = link
      let found = try sample(&profiler, at: 800).1
      #expect(found == callers)
      scene.words[index] = word
      #expect(try sample(&profiler, at: 800).1 == whole)
    }
    // A function that has no frame yet is not taken for one that has.
    scene.put([0x55], at: 900)
    scene.words[10] = scene.at(690)
    #expect(try sample(&profiler, at: 900).1 == [scene.at(690)] + whole)
    #expect(try sample(&profiler, at: 800).1 == whole)
  }

  private func on(_ index: Int) -> UInt64 { scene.on(index) }

  @Test("a task that waits is counted where it goes on, with those that wait for it")
  func task() throws {
    var profiler = profiler()
    // Three contexts in the heap: parent, function to go on with there.
    scene.link(300, to: on(310), returning: scene.at(800))
    scene.link(310, to: on(320), returning: scene.at(810))
    scene.link(320, to: 0, returning: scene.at(820))
    profiler.noteWait(
      task: 7, at: scene.at(790), context: on(300), ticks: 5, load: { Scene.load($0) })
    // A continuation: its context repeats the place.
    profiler.noteWait(
      task: 8, at: scene.at(800), context: on(300), ticks: 6, load: { Scene.load($0) })
    let all = [scene.at(800), scene.at(810), scene.at(820)]
    for (number, task, place, callers) in [(1, 7, 790, all[...]), (2, 8, 800, all.dropFirst())] {
      let record = try #require(profiler.memory.sample(UInt64(number)))
      #expect(record.task == UInt32(task) && record.activity == CoreActivity.waiting.rawValue)
      let (row, count) = try #require(profiler.memory.spots.spot(record.spot))
      #expect(row.address == scene.at(place) && row.activity == 2 && count == 1)
      let (stack, found) = try #require(profiler.memory.stacks.stack(row.stack))
      #expect(Array(found) == Array(callers) && Int(stack.awaiting) == callers.count)
    }
    // One whose place makes no sense is counted and no more.
    profiler.noteWait(task: 9, at: 1, context: on(300), ticks: 7, load: { Scene.load($0) })
    #expect(profiler.counters.waiting == 3 && profiler.counters.unknown == 1)
    #expect(profiler.counters.latest == 2 && profiler.counters.running == 0)
  }

  @Test("a fiber that waits is counted where it was switched away, with its callers")
  func fiber() throws {
    var profiler = profiler()
    // What the switch leaves: six registers, the caller's frame pointer, the return address.
    scene.words[16] = on(20)
    scene.words[17] = scene.at(690)
    let start = WalkStart(
      counter: scene.at(580), stackPointer: on(10), framePointer: 0,
      stack: AddressRange(on(0), to: on(256)), jobFrame: 0, load: { Scene.load($0) })
    profiler.noteWait(start, fiber: 3, ticks: 5)
    let record = try #require(profiler.memory.sample(1))
    let (row, _) = try #require(profiler.memory.spots.spot(record.spot))
    let (_, callers) = try #require(profiler.memory.stacks.stack(row.stack))
    #expect(Array(callers) == [690, 700, 710, 100].map(scene.at))
    #expect(record.fiber == 3 && row.activity == 2 && row.address == scene.at(580))
  }

  @Test("stacks come by how many samples have them, each with the place that has most")
  func top() throws {
    var profiler = profiler()
    let top = ProfileTop(memory.size)
    for (offset, times) in [(800, 3), (804, 5), (900, 2)] {
      for _ in 0..<times { _ = try sample(&profiler, at: offset) }
    }
    scene.words[41] = scene.at(720)
    for _ in 0..<9 { _ = try sample(&profiler, at: 900) }
    for _ in 0..<2 {
      top.sum(profiler.memory)
      let (one, two) = (try #require(top.next()), try #require(top.next()))
      #expect(one.count == 10 && one.address == scene.at(804) && one.stack == 1)
      #expect(two.count == 9 && two.address == scene.at(900) && two.stack == 2)
      #expect(one.activity == 0 && top.next() == nil)
    }
  }
}
