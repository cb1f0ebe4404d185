// A profile as the reading thread would have made it: two looks, a second apart.

import Profiling
import Readings

/// Functions by the number that their addresses begin with.
private let functions: [(name: String, file: String?, line: Int)] = [
  ("boot_long_mode", nil, 0), ("EventLoop.run()", "Kernel/Execution/EventLoop.swift", 129),
  ("closure #1 in static Heartbeat.start()", "Samples/Heartbeat/Heartbeat.swift", 11),
  ("Heart.beat()", "Samples/Heartbeat/Heartbeat.swift", 31),
  ("Heart.ventricles(_:)", "Samples/Heartbeat/Heartbeat.swift", 43),
  ("churn(_:rounds:)", "Samples/Heartbeat/Heartbeat.swift", 51), ("swift_retain", nil, 0),
  ("Heart.circulate()", "Samples/Heartbeat/Heartbeat.swift", 45),
  ("Heap.allocate(_:)", "Kernel/Memory/Heap.swift", 77), ("fiber_switch", nil, 0),
]

/// Makes the record; in `later` more seconds the heap becomes the busiest. `name` gives functions
/// other names.
func profile(later: Int, name: (Int) -> String = { functions[$0].name }) -> ProfileRecord {
  let names = functions.indices.map(name)
  let table = FrameNames { address in
    let number = Int(address >> 8) - 1
    guard names.indices.contains(number) else { return [] }
    let function = functions[number]
    return [
      ProfileFrame(
        function: names[number], file: function.file, line: function.line, address: address,
        start: UInt64(number + 1) << 8)
    ]
  }
  var reading = ProfileReading()
  reading.rate = 997
  func spot(
    _ path: [UInt64], _ activity: String = "running", _ count: UInt64 = 0, gap: Int? = nil
  ) {
    var stack = ProfileReading.Stack(callers: path.dropLast().reversed().map { $0 << 8 + 1 })
    stack.gap = gap
    reading.spots.append(
      ProfileReading.Spot(
        number: UInt64(reading.spots.count) + 1, address: (path.last ?? 0) << 8 + 4,
        activity: activity, count: count, stack: stack))
  }
  spot([1, 2, 3, 4, 5, 6], "running", 9000)
  spot([1, 2, 3, 4, 6], "running", 3000)
  spot([1, 2, 8, 6], "running", 2000, gap: 1)
  spot([1, 2, 3, 4, 9], "running", 100)
  spot([1, 2, 7], "running", 50)
  spot([1, 2], "idle", 9000)
  spot([10], "waiting", 90)
  spot([1, 2, 3, 4, 9, 11], "running", 1)
  var recorder = ProfileRecorder(table)
  var tables = ProfileTables()
  tables.take(reading, samples: [])
  recorder.add(tables, taken: 0)
  for step in 1...(1 + later) {
    let grown: [UInt64] =
      step == 1 ? [420, 130, 60, 12, 4, 370, 5, 1] : [90, 60, 50, 700, 4, 90, 5, 1]
    var samples: [ProfileSample] = []
    for (index, count) in grown.enumerated() {
      reading.spots[index].count += count
      let isTask = index == 2
      samples += Array(
        repeating: ProfileSample(
          spot: UInt32(index + 1), handler: index == 5 ? 0 : isTask ? 2 : 1, task: isTask ? 4 : 0),
        count: Int(count))
    }
    let work = grown[0] + grown[1] + grown[2] + grown[3] + grown[4] + grown[7]
    for (counter, more) in [
      ("running", work), ("idle", grown[5]), ("waiting", grown[6]), ("missed", 3),
      ("gaps", grown[2]),
      ("late.total", 997 * 20_000),
    ] { reading.counters[counter, default: 0] += more }
    tables.take(reading, samples: samples)
    recorder.add(tables, taken: step * 1_000_000)
  }
  return recorder.record
}
