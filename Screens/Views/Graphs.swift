// Small graphs in cells. The canvas puts ASCII in the blocks' place where it must.

internal import Canvas
internal import Live
internal import TerminalText

/// Returns a row of blocks, one a value, the highest of them full; blank where nothing is known.
func sparkline(_ values: [Double?]) -> String {
  let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  let top = values.compactMap { $0 }.max() ?? 0
  return String(
    values.map { value -> Character in
      guard let value else { return " " }
      guard top > 0, value > 0, value.isFinite else { return blocks[0] }
      return blocks[min(7, Int(value / top * 7.5))]
    })
}

/// Returns a bar of `columns` cells of which a share, 0 to 1, is full.
func bar(_ share: Double, _ columns: Int) -> [Span] {
  guard columns > 0 else { return [] }
  let clean = share.isFinite ? min(max(share, 0), 1) : 0
  var full = Int((clean * Double(columns)).rounded())
  if clean > 0, full == 0 { full = 1 }
  return [
    Span(String(repeating: "█", count: full), clean >= 0.9 ? .warning : .good),
    Span(String(repeating: "░", count: columns - full), .quiet),
  ]
}

/// Returns a rate in at most seven cells: `0`, `12.3`, `850`, `12.3k`, `4.00M`.
func rateText(_ rate: Double) -> String {
  guard rate.isFinite, rate > 0 else { return "0" }
  switch rate {
  case ..<99.95:
    let tenths = Int((rate * 10).rounded())
    return tenths == 0 ? "0.0" : "\(tenths / 10).\(tenths % 10)"
  case ..<9_999.5: return "\(Int(rate.rounded()))"
  case ..<999_950: return "\(Int(rate / 1000)).\(Int(rate / 100) % 10)k"
  case ..<999_950_000: return "\(Int(rate / 1_000_000)).\(Int(rate / 100_000) % 10)M"
  default: return "\(UInt64(min(rate / 1e9, 1e15)))G"
  }
}

/// Returns a number in at most seven cells where it can, with the unit's letter.
func countText(_ count: UInt64) -> String {
  count < 1_000_000 ? "\(count)" : rateText(Double(count))
}

/// Returns a duration of nanoseconds.
func timeText(_ nanoseconds: UInt64) -> String { Quantity.duration(nanoseconds: nanoseconds) }

/// Returns a share, 0 to 1, in percent.
func percent(_ share: Double) -> String {
  let tenths = Int((min(max(share.isFinite ? share : 0, 0), 9.999) * 1000).rounded())
  return "\(tenths / 10).\(tenths % 10)%"
}

/// A column of a table of live values, set flush right.
struct LiveColumn: Equatable {
  var title: String
  var width: Int
  /// Which columns stay where there is no room for all: higher ones.
  var priority: Int
  /// What `<` and `>` sort by.
  var key: Int

  /// Returns those that fit beside a name of so many cells, in their order.
  static func fitting(_ all: [LiveColumn], _ width: Int, name: Int) -> [LiveColumn] {
    var chosen = all
    while chosen.reduce(name, { $0 + $1.width + 1 }) > width,
      let lowest = chosen.map(\.priority).min()
    {
      guard let place = chosen.lastIndex(where: { $0.priority == lowest }) else { break }
      chosen.remove(at: place)
    }
    return chosen
  }

  /// Returns a table's head: the columns' titles, and that by which it is sorted marked.
  static func head(
    _ name: String, _ columns: [LiveColumn], sortedBy key: Int
  ) -> PaneLine {
    func mark(_ title: String, _ own: Int) -> String { own == key ? title + "▾" : title }
    return PaneLine(
      spans: [Span(" " + mark(name, 0), key == 0 ? .title : .quiet)],
      trailing: columns.map {
        Span(aligned(mark($0.title, $0.key), $0.width + 1), $0.key == key ? .title : .quiet)
      } + [Span(" ")])
  }

  /// Returns the key of the column whose title is at a cell of a row so wide; 0 is the name.
  static func key(at cell: Int, _ columns: [LiveColumn], _ width: Int) -> Int {
    var end = width - 1
    for column in columns.reversed() {
      if cell > end - column.width - 1, cell <= end { return column.key }
      end -= column.width + 1
    }
    return 0
  }
}
