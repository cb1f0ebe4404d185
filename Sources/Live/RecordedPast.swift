// A recording as the history that screens look back on. A long one does not fit into memory as a
// whole: of each half minute its first moment is known, and around the moment that is looked at all
// of them. What is missing is read piece by piece, so that a screen is there at once.

internal import Readings
public import Recordings

/// A recording that is looked at.
public struct RecordedPast {
  private let recording: Recording
  /// The readings at which pages begin: reading can begin there.
  private let beginnings: [Int]
  /// What is known of pages: their first moment, or all of them.
  private var pages: [Int: [Moment]] = [:]
  private var whole: Set<Int> = []
  private var nextCoarse = 0
  private var records: RecordedRows<LogRecord>
  private var runs: RecordedRows<RunReading>
  /// The boot that each page begins in.
  private var boots: [Int: UInt64] = [:]
  /// Whether there was no room for all rows: then nothing is read that nobody looks at.
  private var isFull = false
  /// The time of which no rows were let go since its pages were read; nil while all are kept.
  private var kept: ClosedRange<Int>?
  private var ranges: [RangeReading] = []
  private var buildID: [UInt8]?
  /// The boot of the reading before.
  private var boot: UInt64 = 0
  private let mostMoments: Int

  /// The most pages of which only the first moment is known, and the most moments of a page: 20 a second for half a minute, and some.
  static let most = (coarse: 1500, page: 2048)
  /// Tables that are read for the Profile screen only.
  private static let unwanted: Set<String> = ["profile.stacks", "profile.spots", "profile.counts"]

  /// A recording of which nothing was looked at yet, and of which so many moments are kept, or those of
  /// the three half minutes before and after the one looked at; and so many rows of log and runs.
  public init(_ recording: Recording, most: Int = 6000, rows: Int = 20_000) {
    self.recording = recording
    mostMoments = most
    records = RecordedRows(most: rows)
    runs = RecordedRows(most: rows)
    beginnings = recording.beginnings
  }

  /// The page of a time in microseconds since the recording began.
  private func page(of time: Int) -> Int {
    let index = recording.index(at: UInt64(max(0, time)))
    var (low, high) = (0, beginnings.count)
    while low < high {
      let middle = (low + high) / 2
      if beginnings[middle] <= index { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// Reads one more page for a look at `time`, what is nearest first; false if nothing is missing, or
  /// there is room for nothing more. Costs some milliseconds to tenths of a second.
  public mutating func readMore(near time: Int) -> Bool {
    let here = page(of: time)
    let moment = Int(clamping: min(UInt64(max(0, time)), recording.end))
    readAnew(around: moment)
    for page in [here, here - 1, here - 2, here + 1, here - 3] where read(page) {
      makeRoom(around: here, moment)
      return true
    }
    let stride = max(1, beginnings.count / Self.most.coarse)
    while nextCoarse < beginnings.count {
      let page = nextCoarse
      nextCoarse += stride
      guard pages[page] == nil else { continue }
      var last: Moment?
      var count: UInt64?
      let first = self.moment(beginnings[page], page, after: &last, &count)
      pages[page] = first.map { [$0] } ?? []
      makeRoom(around: here, moment)
      return true
    }
    let known = pages.values.reduce(0) { $0 + $1.count }
    guard !isFull, known < mostMoments / 2, whole.count < beginnings.count else { return false }
    for distance in 1..<max(2, beginnings.count) {
      if read(here - distance) || read(here + distance) {
        makeRoom(around: here, moment)
        return true
      }
    }
    return false
  }

  /// Has pages read again whose rows were let go, once somebody looks near to where that begins.
  private mutating func readAnew(around moment: Int) {
    guard let kept else { return }
    let edge = (kept.upperBound - kept.lowerBound) / 4
    guard moment - kept.lowerBound < edge || kept.upperBound - moment < edge else { return }
    whole = whole.filter { page in
      let end =
        page + 1 < beginnings.count
        ? Int(clamping: recording.moments[beginnings[page + 1]]) : Int(clamping: recording.end)
      let start = Int(clamping: recording.moments[beginnings[page]])
      return kept.contains(start) && kept.contains(end)
    }
    self.kept = nil
  }

  /// Reads all of a page; false if there is nothing to read.
  private mutating func read(_ page: Int) -> Bool {
    guard beginnings.indices.contains(page), !whole.contains(page) else { return false }
    let end =
      page + 1 < beginnings.count ? beginnings[page + 1] : recording.moments.count
    var moments: [Moment] = []
    var last: Moment?
    var count: UInt64?
    for index in beginnings[page]..<min(end, beginnings[page] + Self.most.page) {
      if let moment = moment(index, page, after: &last, &count) { moments.append(moment) }
    }
    pages[page] = moments
    whole.insert(page)
    return true
  }

  private mutating func moment(
    _ index: Int, _ page: Int, after last: inout Moment?, _ logCount: inout UInt64?
  ) -> Moment? {
    let before = logCount
    var count = logCount
    let reading = recording.reading(index) { name, rows in
      guard name == "log" else { return !Self.unwanted.contains(name) }
      count = rows
      return rows != before
    }
    guard let reading else {
      // Nothing leads across what is damaged.
      last = nil
      return nil
    }
    logCount = count
    keep(reading, page, isFirst: last == nil)
    if !reading.rows("memory.ranges").isEmpty { ranges = Array(reading.ranges.prefix(256)) }
    buildID = reading.buildID ?? buildID
    var moment = Moment(reading, after: last)
    moment.isAfterGap = last.map { Self.isNew(moment, after: $0) } ?? true
    last = moment
    return moment
  }

  /// Keeps the rows of its rings, each with when it was. The log says which boot it is.
  private mutating func keep(_ reading: Reading, _ page: Int, isFirst: Bool) {
    let log = reading.log
    if let latest = log.last?.boot { boot = latest } else if isFirst { boot = 0 }
    if isFirst { boots[page] = boot }
    let now = reading.time ?? 0
    func time(of moment: UInt64) -> Int {
      reading.taken - Int(clamping: (now > moment ? now - moment : 0) / 1000)
    }
    for record in log {
      // Nobody knows how long ago an earlier boot was.
      let taken = record.boot == boot ? time(of: record.time) : 0
      records.add(record, boot: 0, number: record.number, at: taken)
    }
    for run in reading.runs {
      runs.add(run, boot: boot, number: run.number, at: time(of: run.end))
    }
  }

  /// The boot of a time; of a page in which the instance began anew the later one after that.
  private func boot(at time: Int) -> UInt64 {
    let here = page(of: time)
    guard var boot = boots[here] ?? boots[0] else { return 0 }
    var last: Moment?
    for moment in pages[here] ?? [] where moment.taken <= time {
      if let last, Self.isNew(moment, after: last) { boot &+= 1 }
      last = moment
    }
    return boot
  }

  /// Whether the instance began anew between two moments.
  private static func isNew(_ moment: Moment, after before: Moment) -> Bool {
    guard let now = moment.time, let then = before.time else { return false }
    return now < then
  }

  private mutating func makeRoom(around here: Int, _ time: Int) {
    var known = pages.values.reduce(0) { $0 + $1.count }
    for page in whole.sorted(by: { abs($0 - here) > abs($1 - here) })
    where known > mostMoments && abs(page - here) > 3 {
      known -= max(0, (pages[page]?.count ?? 0) - 1)
      thin(page)
    }
    let gone = [records.makeRoom(around: time), runs.makeRoom(around: time)].compactMap(\.self)
    guard let nearest = gone.min() else { return }
    isFull = true
    let there = (time - nearest)...(time + nearest)
    kept = kept.flatMap { $0.overlaps(there) ? $0.clamped(to: there) : nil } ?? there
    // Whoever goes there has it read again.
    for page in whole where abs(page - here) > 3 {
      let start = Int(clamping: recording.moments[beginnings[page]])
      if abs(start - time) + 30_000_000 >= nearest { thin(page) }
    }
  }

  private mutating func thin(_ page: Int) {
    pages[page] = pages[page].map { Array($0.prefix(1)) }
    whole.remove(page)
  }

  /// What was left out for want of room, in words; empty if nothing was.
  public var note: String {
    guard isFull else { return "" }
    let parts = [(records.hidden, "log lines"), (runs.hidden, "runs")].filter { $0.0 > 0 }
    return parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + " far from here left out"
  }

  /// What is known by now. The runs are those of the boot that `time` is in, as their times are since it
  /// began.
  public func history(at time: Int) -> LiveHistory {
    var moments: [Moment] = []
    for page in pages.keys.sorted() {
      for (place, moment) in (pages[page] ?? []).enumerated() {
        var moment = moment
        if place == 0 {
          moment.isAfterGap = moments.last.map { Self.isNew(moment, after: $0) } ?? true
        }
        moments.append(moment)
      }
    }
    return LiveHistory(
      moments: moments, log: records.sorted(), runs: runs.sorted(of: boot(at: time)),
      ranges: ranges, buildID: buildID)
  }
}
