// One unit of .debug_info: its header, its root entry and how to read its other entries.

/// A range of file addresses.
struct AddressRange: Hashable {
  var low: UInt64
  var high: UInt64
  @inline(__always) func contains(_ address: UInt64) -> Bool { address >= low && address < high }
}

/// A compilation unit.
final class Unit {
  unowned let debug: DebugInfo
  let index: Int
  /// Where its header begins and its entries end in `.debug_info`.
  let offset: UInt64
  let end: UInt64
  let rootOffset: UInt64
  let encoding: Encoding
  /// `.debug_info` up to the end of the unit, so that offsets are the section's.
  let bytes: ByteView
  private let abbreviationOffset: UInt64

  private(set) lazy var abbreviations = debug.abbreviations(at: abbreviationOffset, encoding)
  private lazy var root: RootAttributes = readRoot()
  private(set) lazy var scopes = ScopeTable(self)

  init(
    debug: DebugInfo, index: Int, offset: UInt64, bytes: ByteView, rootOffset: UInt64,
    encoding: Encoding, abbreviationOffset: UInt64
  ) {
    self.debug = debug
    self.index = index
    self.offset = offset
    self.bytes = bytes
    end = UInt64(bytes.count)
    self.rootOffset = rootOffset
    self.encoding = encoding
    self.abbreviationOffset = abbreviationOffset
  }

  /// Reads the headers of all units; ends at the first that makes no sense.
  static func all(in debug: DebugInfo) -> [Unit] {
    var units: [Unit] = []
    var cursor = ByteCursor(debug.info)
    while !cursor.isAtEnd {
      let offset = UInt64(cursor.offset)
      guard let (length, is64Bit) = cursor.initialLength(),
        let bytes = debug.info.slice(0, UInt64(cursor.offset) &+ length)
      else { break }
      var header = ByteCursor(bytes, at: cursor.offset)
      cursor.skip(length)
      let version = header.u16()
      guard (2...5).contains(version) else { continue }
      var type: UInt8 = 1
      var addressSize: UInt8 = 0
      var abbreviationOffset: UInt64 = 0
      if version == 5 {
        type = header.u8()
        addressSize = header.u8()
        abbreviationOffset = header.offset(is64Bit: is64Bit)
        if type == 4 || type == 5 { header.skip(8) }  // skeleton and split: the unit's id
      } else {
        abbreviationOffset = header.offset(is64Bit: is64Bit)
        addressSize = header.u8()
      }
      // Type units hold no code and are only reached by signature, which this reader does not do.
      guard !header.failed, type == 1 || type == 3 || type == 4 else { continue }
      units.append(
        Unit(
          debug: debug, index: units.count, offset: offset, bytes: bytes,
          rootOffset: UInt64(header.offset),
          encoding: Encoding(version: version, addressSize: addressSize, is64Bit: is64Bit),
          abbreviationOffset: abbreviationOffset))
    }
    return units
  }

  /// Calls with each attribute of the entry at an offset of `.debug_info` in this unit, and returns
  /// the entry's shape and where the next entry begins.
  @discardableResult
  func readEntry(
    at offset: UInt64, _ body: (_ name: UInt16, _ value: FormValue) -> Void
  ) -> (shape: EntryShape, next: UInt64)? {
    guard offset >= rootOffset else { return nil }
    var cursor = ByteCursor(bytes, at: offset)
    guard let shape = abbreviations.shape(cursor.uleb()) else { return nil }
    let first = Int(shape.first)
    for index in first..<(first &+ Int(shape.count)) {
      let attribute = abbreviations.attributes[index]
      let value = cursor.value(
        form: attribute.form, encoding, implicit: attribute.implicit, unit: self.offset)
      if cursor.failed { return nil }
      body(attribute.name, value)
    }
    return (shape, UInt64(cursor.offset))
  }

  /// The unit's source file as the compiler was given it, and the folder it ran in.
  private(set) lazy var name: String = string(root.name) ?? ""
  private(set) lazy var directory: String = string(root.directory) ?? ""
  private(set) lazy var producer: String = string(root.producer) ?? ""
  var language: UInt64 { root.language.constant ?? 0 }
  /// What the unit's range and location lists count from.
  private(set) lazy var base: UInt64 = address(root.low) ?? 0
  var stringOffsetsBase: UInt64 { root.stringOffsetsBase }
  var addressBase: UInt64 { root.addressBase }
  var rangeListsBase: UInt64 { root.rangeListsBase }
  var locationListsBase: UInt64 { root.locationListsBase }

  /// The unit's line table; `nil` if it has none.
  private(set) lazy var lines: LineTable? = {
    guard let offset = root.lines.kind == .sectionOffset ? root.lines.number : root.lines.constant
    else { return nil }
    return debug.lineTable(at: offset, self)
  }()

  /// The addresses of the unit's code, from its root entry or, failing that, from its functions.
  private(set) lazy var coveredRanges: [AddressRange] = {
    let declared = codeRanges(low: root.low, high: root.high, ranges: root.ranges)
    if !declared.isEmpty || root.ranges.isPresent || root.high.isPresent { return declared }
    return scopes.functions.intervals.map { AddressRange(low: $0.low, high: $0.high) }
  }()

  private func readRoot() -> RootAttributes {
    var root = RootAttributes()
    let bytesOfHeader: UInt64 = encoding.is64Bit ? 16 : 8
    root.stringOffsetsBase = bytesOfHeader
    root.addressBase = bytesOfHeader
    readEntry(at: rootOffset) { name, value in
      switch name {
      case At.name: root.name = value
      case At.compDir: root.directory = value
      case At.producer: root.producer = value
      case At.language: root.language = value
      case At.stmtList: root.lines = value
      case At.lowPC: root.low = value
      case At.highPC: root.high = value
      case At.ranges: root.ranges = value
      case At.strOffsetsBase: root.stringOffsetsBase = value.number
      case At.addrBase: root.addressBase = value.number
      case At.rnglistsBase: root.rangeListsBase = value.number
      case At.loclistsBase: root.locationListsBase = value.number
      default: break
      }
    }
    return root
  }
}

/// What a unit's root entry says.
private struct RootAttributes {
  var name = FormValue()
  var directory = FormValue()
  var producer = FormValue()
  var language = FormValue()
  var lines = FormValue()
  var low = FormValue()
  var high = FormValue()
  var ranges = FormValue()
  var stringOffsetsBase: UInt64 = 0
  var addressBase: UInt64 = 0
  var rangeListsBase: UInt64 = 0
  var locationListsBase: UInt64 = 0
}
