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
  private var records: [UInt64: LogRecord] = [:]
  private var log: [LogRecord] = []
  private var runs: [UInt64: RunReading] = [:]
  private var ranges: [RangeReading] = []
  private var buildID: [UInt8]?
  private let mostMoments: Int

  /// The most log records, recorded runs, and pages of which only the first moment is known.
  /// And the moments of a page: 20 a second for half a minute, and some.
  static let most = (records: 20_000, runs: 20_000, coarse: 1500, page: 2048)
  /// Tables that are read for the Profile screen only.
  private static let unwanted: Set<String> = ["profile.stacks", "profile.spots", "profile.counts"]

  /// A recording of which nothing was looked at yet, and of which so many moments are kept, or those of
  /// the three half minutes before and after the one looked at.
  public init(_ recording: Recording, most: Int = 6000) {
    self.recording = recording
    mostMoments = most
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
    for page in [here, here - 1, here - 2, here + 1, here - 3] where read(page) {
      makeRoom(around: here)
      return true
    }
    let stride = max(1, beginnings.count / Self.most.coarse)
    while nextCoarse < beginnings.count {
      let page = nextCoarse
      nextCoarse += stride
      guard pages[page] == nil else { continue }
      var last: Moment?
      var count: UInt64?
      pages[page] = moment(beginnings[page], after: &last, &count).map { [$0] } ?? []
      sortLog()
      return true
    }
    let known = pages.values.reduce(0) { $0 + $1.count }
    guard known < mostMoments / 2, whole.count < beginnings.count else { return false }
    for distance in 1..<max(2, beginnings.count) {
      if read(here - distance) || read(here + distance) { return true }
    }
    return false
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
      if let moment = moment(index, after: &last, &count) { moments.append(moment) }
    }
    pages[page] = moments
    whole.insert(page)
    sortLog()
    return true
  }

  private mutating func moment(
    _ index: Int, after last: inout Moment?, _ logCount: inout UInt64?
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
    for record in reading.log { records[record.number] = record }
    if runs.count < Self.most.runs { for run in reading.runs { runs[run.number] = run } }
    if !reading.rows("memory.ranges").isEmpty { ranges = Array(reading.ranges.prefix(256)) }
    buildID = reading.buildID ?? buildID
    var moment = Moment(reading, after: last)
    moment.isAfterGap = last.map { Self.isNew(moment, after: $0) } ?? true
    last = moment
    return moment
  }

  /// Whether the instance began anew between two moments.
  private static func isNew(_ moment: Moment, after before: Moment) -> Bool {
    guard let now = moment.time, let then = before.time else { return false }
    return now < then
  }

  private mutating func makeRoom(around here: Int) {
    var known = pages.values.reduce(0) { $0 + $1.count }
    for page in whole.sorted(by: { abs($0 - here) > abs($1 - here) })
    where known > mostMoments && abs(page - here) > 3 {
      known -= max(0, (pages[page]?.count ?? 0) - 1)
      pages[page] = pages[page].map { Array($0.prefix(1)) }
      whole.remove(page)
    }
  }

  private mutating func sortLog() {
    guard records.count != log.count else { return }
    log = records.values.sorted { $0.number < $1.number }
    guard log.count > Self.most.records else { return }
    log.removeFirst(log.count - Self.most.records)
    records = Dictionary(uniqueKeysWithValues: log.map { ($0.number, $0) })
  }

  /// What is known by now.
  public var history: LiveHistory {
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
      moments: moments, log: log, runs: runs.values.sorted { $0.number < $1.number },
      ranges: ranges, buildID: buildID)
  }
}
