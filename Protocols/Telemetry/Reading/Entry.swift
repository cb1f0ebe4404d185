// Entries and fields, checked where they are read: what is returned makes sense, so that nothing
// after it needs to look again.

/// One thing that an instance tells of itself.
public struct Entry: Equatable, Sendable {
  public var kind: EntryKind
  public var unit: Unit
  public var flags: EntryFlags
  public var fieldCount: Int
  /// The most rows, records or bytes of text.
  public var capacity: Int
  /// Bytes from row to row; in a list, where the next row's address stands; of a counter or gauge,
  /// its width.
  public var stride: Int
  /// What a counter's or gauge's value is.
  public var type: FieldType

  /// As it stands there: see `base`.
  var address: UInt64
  var fields: UInt64
  var countAddress: UInt64
  var name: UInt64
  var nameCount: Int

  @inline(never)
  init?(at place: UInt64, in memory: some TelemetryMemory) {
    guard let name = memory.word(at: place), let kinds = memory.word(at: place &+ 8),
      let address = memory.word(at: place &+ UInt64(EntryLayout.address)),
      let fields = memory.word(at: place &+ UInt64(EntryLayout.fields)),
      let count = memory.word(at: place &+ UInt64(EntryLayout.count)),
      let sizes = memory.word(at: place &+ UInt64(EntryLayout.capacity)),
      let types = memory.word(at: place &+ UInt64(EntryLayout.type)),
      let kind = EntryKind(rawValue: UInt8(truncatingIfNeeded: kinds &>> 16))
    else { return nil }
    self.kind = kind
    self.name = name
    nameCount = Int(kinds & 0xffff)
    unit = Unit(rawValue: UInt8(truncatingIfNeeded: kinds &>> 24)) ?? .none
    flags = EntryFlags(rawValue: UInt16(truncatingIfNeeded: kinds &>> 32))
    fieldCount = Int(kinds &>> 48)
    self.address = address
    self.fields = fields
    countAddress = count
    capacity = Int(sizes & 0xffff_ffff)
    stride = Int(sizes &>> 32)
    type = FieldType(rawValue: UInt8(truncatingIfNeeded: types)) ?? .unsigned
    guard nameCount <= Bounds.nameBytes, fieldCount <= Bounds.fields, fields & 7 == 0 else {
      return nil
    }
    switch kind {
    case .counter, .gauge:
      guard stride == 1 || stride == 2 || stride == 4 || stride == 8 else { return nil }
    case .ring:
      guard stride > 0, stride <= Bounds.rowBytes, capacity <= Bounds.records else { return nil }
    case .table, .list:
      guard stride <= Bounds.rowBytes else { return nil }
      capacity = min(capacity, Bounds.rows)
    case .text: capacity = min(capacity, Bounds.textBytes)
    case .histogram: break
    }
  }

  /// The name's bytes; nil if they cannot be read.
  public func name(in memory: some TelemetryMemory) -> [UInt8]? {
    memory.bytes(at: name, count: UInt64(nameCount))
  }

  /// Where the value, the first row, or a list's first address is; nil for nowhere yet.
  @inline(never)
  public func base(in memory: some TelemetryMemory) -> UInt64? {
    guard flags.contains(.isIndirect) else { return address == 0 ? nil : address }
    guard let base = memory.number(at: address), base != 0 else { return nil }
    return base
  }

  /// How many rows or bytes there are, or the number of a ring's latest record.
  @inline(never)
  public func count(in memory: some TelemetryMemory) -> UInt64? {
    guard countAddress != 0 else { return UInt64(capacity) }
    guard let count = memory.number(at: countAddress) else { return nil }
    return kind == .ring ? count : min(count, UInt64(capacity))
  }

  /// The value of a counter or gauge, as it stands there; see `type`.
  public func value(in memory: some TelemetryMemory) -> UInt64? {
    guard kind == .counter || kind == .gauge, let base = base(in: memory) else { return nil }
    return memory.number(at: base, width: stride)
  }

  /// The bytes of a text.
  public func text(in memory: some TelemetryMemory) -> [UInt8]? {
    guard kind == .text, let base = base(in: memory), let count = count(in: memory) else {
      return nil
    }
    return memory.bytes(at: base, count: count)
  }
}

/// One field of an entry's rows.
public struct Field: Equatable, Sendable {
  public var type: FieldType
  public var unit: Unit
  public var offset: UInt64
  public var width: Int
  var name: UInt64
  var nameCount: Int
  var extraAddress: UInt64
  var extraNumber: UInt64

  @inline(never)
  init?(at place: UInt64, in memory: some TelemetryMemory) {
    guard let name = memory.word(at: place), let what = memory.word(at: place &+ 8),
      let extra = memory.word(at: place &+ UInt64(FieldLayout.extraAddress)),
      let number = memory.number(at: place &+ UInt64(FieldLayout.extraNumber), width: 4),
      let type = FieldType(rawValue: UInt8(truncatingIfNeeded: what &>> 16))
    else { return nil }
    self.type = type
    self.name = name
    nameCount = Int(what & 0xffff)
    unit = Unit(rawValue: UInt8(truncatingIfNeeded: what &>> 24)) ?? .none
    offset = what &>> 32 & 0xffff
    width = Int(what &>> 48)
    extraAddress = extra
    extraNumber = number
    let isWidthRight: Bool
    switch type {
    case .unsigned, .signed, .enumeration:
      isWidthRight = width == 1 || width == 2 || width == 4 || width == 8
    case .address, .instant, .duration, .sequence: isWidthRight = width == 8
    case .text: isWidthRight = width == 16
    case .histogram: isWidthRight = width == HistogramLayout.size
    case .checksum: isWidthRight = width == 4
    case .boolean: isWidthRight = width == 1
    case .addresses: isWidthRight = width > 0 && width & 7 == 0
    case .inlineText: isWidthRight = width > 0
    }
    guard isWidthRight, width <= Bounds.rowBytes, nameCount <= Bounds.nameBytes else { return nil }
  }

  /// The name's bytes; nil if they cannot be read.
  public func name(in memory: some TelemetryMemory) -> [UInt8]? {
    memory.bytes(at: name, count: UInt64(nameCount))
  }
}
