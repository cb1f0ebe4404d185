// The debug sections of an image and the units in them.

/// How much may still be read in all, so that a file whose tables overlap cannot multiply its own
/// size: honest files use a part of each budget.
struct ReadingBudget {
  var abbreviations: Int
  var ranges: Int
  var rows: Int
  var files: Int
}

/// The DWARF sections of one image, and its units once they were asked for.
final class DebugInfo {
  let image: ELFImage
  let info: ByteView
  let abbreviationSection: ByteView
  let strings: ByteView
  let lineStrings: ByteView
  let stringOffsets: ByteView
  let addresses: ByteView
  let ranges: ByteView
  let rangeLists: ByteView
  let locations: ByteView
  let locationLists: ByteView
  let lines: ByteView
  var budget: ReadingBudget

  private var abbreviationCache: [UInt64: [Encoding: Abbreviations]] = [:]
  private var lineTables: [UInt64: LineTable] = [:]
  var names: [UInt64: String] = [:]

  /// Every unit, in the order of the section.
  private(set) lazy var units: [Unit] = Unit.all(in: self)
  /// The units by the addresses they cover.
  private(set) lazy var unitRanges = IntervalTable(
    units.flatMap { unit in
      unit.coveredRanges.map {
        Interval(low: $0.low, high: $0.high, payload: Int32(truncatingIfNeeded: unit.index))
      }
    })

  /// Finds the sections; `nil` if the image has no debug information.
  init?(_ image: ELFImage) {
    guard let info = image.contents(".debug_info"),
      let abbreviationSection = image.contents(".debug_abbrev")
    else { return nil }
    self.image = image
    self.info = info
    self.abbreviationSection = abbreviationSection
    let empty = ByteView(base: info.base, count: 0)
    func section(_ name: String) -> ByteView { image.contents(name) ?? empty }
    strings = section(".debug_str")
    lineStrings = section(".debug_line_str")
    stringOffsets = section(".debug_str_offsets")
    addresses = section(".debug_addr")
    ranges = section(".debug_ranges")
    rangeLists = section(".debug_rnglists")
    locations = section(".debug_loc")
    locationLists = section(".debug_loclists")
    lines = section(".debug_line")
    budget = ReadingBudget(
      abbreviations: abbreviationSection.count, ranges: ranges.count &+ 4 &* rangeLists.count,
      rows: lines.count &+ 1024, files: lines.count / 4 &+ 1024)
  }

  /// The shapes at an offset of the abbreviation section, read once.
  func abbreviations(at offset: UInt64, _ encoding: Encoding) -> Abbreviations {
    if let known = abbreviationCache[offset]?[encoding] { return known }
    let table = Abbreviations(
      abbreviationSection, at: offset, encoding, budget: &budget.abbreviations)
    abbreviationCache[offset, default: [:]][encoding] = table
    return table
  }

  /// The line table at an offset of the line section, read once.
  func lineTable(at offset: UInt64, _ unit: Unit) -> LineTable {
    if let known = lineTables[offset] { return known }
    let table = LineTable(
      self, at: offset, directory: unit.directory, name: unit.name, budget: &budget)
    lineTables[offset] = table
    return table
  }

  /// The unit that holds an offset of `.debug_info`.
  func unit(holding offset: UInt64) -> Unit? {
    let index = units.partitioningIndex { $0.offset > offset }
    guard index > 0, offset < units[index &- 1].end else { return nil }
    return units[index &- 1]
  }

  /// The units that cover an address, best first; usually one.
  func units(covering address: UInt64) -> [Unit] {
    var found: [Unit] = []
    unitRanges.forEach(covering: address) { index in
      let unit = units[Int(index)]
      if !found.contains(where: { $0 === unit }) { found.append(unit) }
      return found.count < 8
    }
    return found
  }
}

extension RandomAccessCollection where Index == Int {
  /// The index of the first element that satisfies a condition which all after it satisfy too.
  @inline(__always)
  func partitioningIndex(where isInSecondPart: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low &+ (high &- low) / 2
      if isInSecondPart(self[middle]) { high = middle } else { low = middle &+ 1 }
    }
    return low
  }
}
