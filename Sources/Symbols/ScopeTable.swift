// The functions, inlined calls and lexical blocks of one unit, in the order and nesting of its
// debugging entries: one pass over the unit answers every later question about it.

/// A function, an inlined call or a lexical block, with the code it covers.
struct Scope {
  enum Kind: UInt8 { case function, inlined, block }

  /// Where its entry is in `.debug_info`.
  var entry: UInt64
  /// The lowest address that it covers, and the end of the highest.
  var low: UInt64 = 0
  var high: UInt64 = 0
  /// Where its code begins, if that is said apart from the ranges.
  var entryPC: UInt64 = 0
  /// The entry that an inlined call is an instance of; 0 if unknown.
  var origin: UInt64 = 0
  /// Where an inlined call was made; 0 where unknown.
  var callFile: UInt32 = 0
  var callLine: UInt32 = 0
  var callColumn: UInt32 = 0
  /// Its parts in the table's `ranges`; a count of 0 means all from `low` to `high`.
  var firstRange: Int32 = 0
  var rangeCount: Int32 = 0
  /// The index behind its last descendant, and that of the scope around it, -1 for none.
  var end: Int32 = 0
  var parent: Int32
  var kind: Kind
}

/// The scopes of one unit.
struct ScopeTable {
  private(set) var scopes: [Scope] = []
  private(set) var ranges: [AddressRange] = []
  /// Indices of the functions, by address.
  private(set) var functions = IntervalTable([])

  /// Reads all entries of a unit.
  init(_ unit: Unit) {
    var scan = Scan(unit)
    scan.run()
    scopes = scan.scopes
    ranges = scan.ranges
    var intervals: [Interval] = []
    for (index, scope) in scopes.enumerated() where scope.kind == .function {
      let payload = Int32(truncatingIfNeeded: index)
      if scope.rangeCount == 0 {
        intervals.append(Interval(low: scope.low, high: scope.high, payload: payload))
      }
      for part in parts(of: scope) {
        intervals.append(Interval(low: part.low, high: part.high, payload: payload))
      }
    }
    functions = IntervalTable(intervals)
  }

  /// The parts of a scope that is not in one piece.
  func parts(of scope: Scope) -> ArraySlice<AddressRange> {
    ranges[Int(scope.firstRange)..<Int(scope.firstRange &+ scope.rangeCount)]
  }

  /// Whether a scope covers an address.
  @inline(__always)
  func covers(_ scope: Scope, _ address: UInt64) -> Bool {
    guard address >= scope.low && address < scope.high else { return false }
    return scope.rangeCount == 0 || parts(of: scope).contains { $0.contains(address) }
  }

  /// The scopes around an address from a function inwards, as indices; at most 256 deep.
  func chain(at address: UInt64, in function: Int32) -> [Int32] {
    var chain = [function]
    var index = function &+ 1
    var end = scopes[Int(function)].end
    while index < end, chain.count < 256 {
      let scope = scopes[Int(index)]
      if scope.kind != .function && covers(scope, address) {
        chain.append(index)
        end = scope.end
        index &+= 1
      } else {
        index = scope.end
      }
    }
    return chain
  }
}

/// The pass over a unit's entries.
private struct Scan {
  let unit: Unit
  let abbreviations: Abbreviations
  let attributes: [AttributeShape]
  let encoding: Encoding
  var scopes: [Scope] = []
  var ranges: [AddressRange] = []
  /// The scope around the entry being read, and those to return to, one for each open entry.
  var current: Int32 = -1
  var open: [Int32] = []

  init(_ unit: Unit) {
    self.unit = unit
    abbreviations = unit.abbreviations
    attributes = abbreviations.attributes
    encoding = unit.encoding
  }

  mutating func run() {
    var cursor = ByteCursor(unit.bytes, at: unit.rootOffset)
    while !cursor.isAtEnd {
      let entry = UInt64(cursor.offset)
      let code = cursor.uleb()
      if code == 0 {
        close()
        if open.isEmpty { break }
        continue
      }
      guard let shape = abbreviations.shape(code) else { break }
      var inner = current
      switch shape.tag {
      case Tag.subprogram: inner = scope(.function, shape, entry, &cursor)
      case Tag.inlinedSubroutine: inner = scope(.inlined, shape, entry, &cursor)
      case Tag.lexicalBlock: inner = scope(.block, shape, entry, &cursor)
      default: skip(shape, &cursor)
      }
      if cursor.failed { break }
      if shape.hasChildren {
        open.append(current)
        current = inner
      } else if inner != current {
        scopes[Int(inner)].end = Int32(truncatingIfNeeded: scopes.count)
      }
    }
    while !open.isEmpty { close() }
  }

  private mutating func close() {
    guard let outer = open.popLast() else { return }
    if current != outer { scopes[Int(current)].end = Int32(truncatingIfNeeded: scopes.count) }
    current = outer
  }

  @inline(__always)
  private func skip(_ shape: EntryShape, _ cursor: inout ByteCursor) {
    if shape.fixedSize >= 0 {
      cursor.skip(Int(shape.fixedSize))
      return
    }
    let first = Int(shape.first)
    for index in first..<(first &+ Int(shape.count)) {
      cursor.skip(form: attributes[index].form, encoding)
    }
  }

  /// Reads an entry that may cover code; returns its index, or `current` if it covers none.
  private mutating func scope(
    _ kind: Scope.Kind, _ shape: EntryShape, _ entry: UInt64, _ cursor: inout ByteCursor
  ) -> Int32 {
    var scope = Scope(entry: entry, parent: current, kind: kind)
    var low = FormValue()
    var high = FormValue()
    var list = FormValue()
    var start = FormValue()
    let first = Int(shape.first)
    for index in first..<(first &+ Int(shape.count)) {
      let attribute = attributes[index]
      switch attribute.name {
      case At.lowPC, At.highPC, At.ranges, At.abstractOrigin, At.callFile, At.callLine,
        At.callColumn, At.entryPC:
        let value = cursor.value(
          form: attribute.form, encoding, implicit: attribute.implicit, unit: unit.offset)
        switch attribute.name {
        case At.lowPC: low = value
        case At.highPC: high = value
        case At.ranges: list = value
        case At.abstractOrigin: scope.origin = value.reference ?? 0
        case At.entryPC: start = value
        case At.callFile: scope.callFile = UInt32(truncatingIfNeeded: value.constant ?? 0)
        case At.callLine: scope.callLine = UInt32(truncatingIfNeeded: value.constant ?? 0)
        default: scope.callColumn = UInt32(truncatingIfNeeded: value.constant ?? 0)
        }
      default: cursor.skip(form: attribute.form, encoding)
      }
    }
    guard !cursor.failed, list.isPresent || low.isPresent else { return current }
    let firstRange = ranges.count
    unit.appendCodeRanges(low: low, high: high, ranges: list, to: &ranges)
    let parts = ranges[firstRange...]
    guard let piece = parts.first else { return current }
    scope.low = parts.reduce(piece.low) { min($0, $1.low) }
    scope.high = parts.reduce(piece.high) { max($0, $1.high) }
    scope.entryPC =
      unit.address(start) ?? start.constant.map { piece.low &+ $0 } ?? unit.address(low)
      ?? piece.low
    if parts.count == 1 {
      ranges.removeLast()
    } else {
      scope.firstRange = Int32(truncatingIfNeeded: firstRange)
      scope.rangeCount = Int32(truncatingIfNeeded: parts.count)
    }
    let index = Int32(truncatingIfNeeded: scopes.count)
    scope.end = index &+ 1
    scopes.append(scope)
    return index
  }
}
