// What a recording's rings told, kept around the moment that is looked at: where there is too much of it,
// what is furthest from that moment goes first.

internal import Readings

/// Rows of one kind, by number within a boot, each with when it was.
struct RecordedRows<Row: Sendable>: Sendable {
  /// A boot, and a number in it: an instance that began anew counts from 1 again.
  struct Key: Hashable, Sendable {
    var boot: UInt64
    var number: UInt64
  }

  private var rows: [Key: (row: Row, time: Int)] = [:]
  private let most: Int
  /// The numbers that were ever read, of each boot, and how many they are.
  private var seen: [UInt64: RangeSet<UInt64>] = [:]
  private var seenCount = 0
  /// Rows that were read and are not kept.
  var hidden: Int { seenCount - rows.count }

  /// No rows, and room for so many.
  init(most: Int) { self.most = most }

  /// How many there are.
  var count: Int { rows.count }

  /// Takes a row that was at `time`, in microseconds since the recording began.
  mutating func add(_ row: Row, boot: UInt64, number: UInt64, at time: Int) {
    let key = Key(boot: boot, number: number)
    guard rows[key] == nil, number < .max else { return }
    rows[key] = (row, time)
    guard seen[boot]?.contains(number) != true else { return }
    seen[boot, default: RangeSet()].insert(contentsOf: number..<number + 1)
    seenCount += 1
  }

  /// Lets go what there is no room for, what is furthest from `time` first; returns how far away the
  /// nearest of that is, nil if all is kept.
  mutating func makeRoom(around time: Int) -> Int? {
    guard rows.count > most else { return nil }
    func distance(_ key: Key) -> Int { abs((rows[key]?.time ?? 0) - time) }
    // Some more than needed, so that it is not done for each row.
    let order = rows.keys.sorted { distance($0) < distance($1) }
    let kept = most * 9 / 10
    let nearest = distance(order[kept])
    for key in order[kept...] { rows[key] = nil }
    return nearest
  }

  /// Those of a boot, or of all, in order.
  func sorted(of boot: UInt64? = nil) -> [Row] {
    rows.filter { boot == nil || $0.key.boot == boot }
      .sorted { ($0.key.boot, $0.key.number) < ($1.key.boot, $1.key.number) }
      .map(\.value.row)
  }
}
