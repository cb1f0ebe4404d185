// From memory to a reading. The memory may be a stranger's: each entry is checked where it is read
// (Protocols/Telemetry), and all together may not have more cells than a screen could ever show.

public import Telemetry

extension Reading {
  /// The most cells of one reading.
  static var mostCells: Int { 1 << 19 }

  /// Reads all that the root block at `address` describes; nil if there is none, or if its entries
  /// were changed meanwhile: look again.
  ///
  /// `wants` says by its name, and the number of its rows or of its latest record, whether an entry's
  /// rows are of interest; those that are not stay empty.
  ///
  /// Costs some microseconds an entry, more where rings are long.
  public init?(
    at address: UInt64, in memory: some TelemetryMemory,
    wanting wants: (_ name: String, _ count: UInt64) -> Bool = { _, _ in true }
  ) {
    guard let root = Root(at: address, in: memory), root.generation & 1 == 0 else { return nil }
    var left = Self.mostCells
    for index in 0..<root.entryCount {
      guard let entry = root.entry(at: index, in: memory),
        let read = ReadingEntry(entry, of: root, in: memory, wants, &left)
      else {
        unreadable += 1
        continue
      }
      entries.append(read)
    }
    buildID = root.buildID(in: memory)
    time = number("loop.moment")
    guard Root(at: address, in: memory)?.generation == root.generation else { return nil }
  }
}

extension ReadingEntry {
  fileprivate init?(
    _ entry: Entry, of root: Root, in memory: some TelemetryMemory,
    _ wants: (String, UInt64) -> Bool, _ left: inout Int
  ) {
    guard let bytes = entry.name(in: memory) else { return nil }
    let name = String(decoding: bytes, as: UTF8.self)
    let value: ReadingValue
    switch entry.kind {
    case .counter, .gauge:
      guard let number = entry.value(in: memory) else { return nil }
      value = .cell(Cell(number, as: entry.type, width: entry.stride))
    case .histogram:
      guard let base = entry.base(in: memory), let read = HistogramValue(at: base, in: memory)
      else { return nil }
      value = .histogram(read)
    case .table, .list, .ring:
      guard wants(name, entry.count(in: memory) ?? 0) else {
        value = .rows([])
        break
      }
      let fields = (0..<entry.fieldCount).compactMap { index in
        root.field(at: index, of: entry, in: memory).map { field in
          (name: String(decoding: field.name(in: memory) ?? [], as: UTF8.self), field: field)
        }
      }
      value = .rows(Self.rows(of: entry, fields, in: memory, &left))
    case .text:
      guard let text = entry.text(in: memory) else { return nil }
      value = .text(text)
    }
    self.init(name: name, kind: entry.kind, unit: entry.unit, value: value)
  }

  private static func rows(
    of entry: Entry, _ fields: [(name: String, field: Field)], in memory: some TelemetryMemory,
    _ left: inout Int
  ) -> [ReadingRow] {
    var rows: [ReadingRow] = []
    func add(_ place: UInt64, _ number: UInt64?) -> Bool {
      left -= max(fields.count, 1)
      guard left >= 0 else { return false }
      rows.append(
        ReadingRow(
          number: number,
          fields: fields.compactMap { name, field in
            field.cell(at: place, in: memory).map {
              ReadingField(name: name, unit: field.unit, cell: $0)
            }
          }))
      return true
    }
    guard entry.kind == .ring else {
      entry.forEachRow(in: memory) { add($0, nil) }
      return rows
    }
    let text = fields.first { $0.field.type == .inlineText }?.field
    // The latest first, so that a bound cuts the oldest.
    for number in entry.records(in: memory).reversed() {
      guard let place = entry.record(number, in: memory) else { break }
      let isWhole = fields.allSatisfy {
        $0.field.confirms(number, at: place, textAt: text, in: memory)
      }
      if isWhole, !add(place, number) { break }
    }
    return rows.reversed()
  }
}
