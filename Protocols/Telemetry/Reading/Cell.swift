// What stands in a field of a row, as a value.

/// One value of a row.
public enum Cell: Equatable, Sendable {
  case unsigned(UInt64)
  case signed(Int64)
  case address(UInt64)
  /// UTF-8 as it came from the target, to be made harmless before it is shown.
  case text([UInt8])
  /// Nanoseconds since boot; nil for never.
  case instant(UInt64?)
  /// Nanoseconds.
  case duration(UInt64)
  /// A number and its name, where it has one.
  case enumeration(UInt64, name: [UInt8]?)
  case histogram(HistogramValue)
  case addresses([UInt64])
  case boolean(Bool)
}

extension Field {
  /// What stands in the row at `row`; nil if it cannot be read.
  public func cell(at row: UInt64, in memory: some TelemetryMemory) -> Cell? {
    let place = row &+ offset
    switch type {
    case .text:
      guard let start = memory.number(at: place), let count = memory.number(at: place &+ 8) else {
        return nil
      }
      return memory.bytes(at: start, count: count).map { .text($0) }
    case .inlineText:
      guard let count = inlineCount(at: row, in: memory) else { return nil }
      return memory.bytes(at: place, count: count).map { .text($0) }
    case .histogram: return HistogramValue(at: place, in: memory).map { .histogram($0) }
    case .addresses: return addresses(at: place, in: memory).map { .addresses($0) }
    default: break
    }
    guard let number = memory.number(at: place, width: width) else { return nil }
    if type == .enumeration { return .enumeration(number, name: name(of: number, in: memory)) }
    return Cell(number, as: type, width: width)
  }

  private func addresses(at place: UInt64, in memory: some TelemetryMemory) -> [UInt64]? {
    var found: [UInt64] = []
    for index in 0..<UInt64(width / 8) {
      guard let address = memory.number(at: place &+ index &* 8) else { return nil }
      if address == 0 { break }
      found.append(address)
    }
    return found
  }

  private func name(of number: UInt64, in memory: some TelemetryMemory) -> [UInt8]? {
    guard extraAddress != 0, number < extraNumber, number < UInt64(Bounds.names),
      let start = memory.number(at: extraAddress &+ number &* 16),
      let count = memory.number(at: extraAddress &+ number &* 16 &+ 8),
      count <= UInt64(Bounds.nameBytes)
    else { return nil }
    return memory.bytes(at: start, count: count)
  }
}

extension Cell {
  /// A number of `width` bytes as what `type` says it is.
  public init(_ number: UInt64, as type: FieldType, width: Int) {
    switch type {
    case .signed:
      let shift = UInt64(64 &- min(max(width, 1), 8) &* 8)
      self = .signed(Int64(bitPattern: number &<< shift) &>> Int64(shift))
    case .address: self = .address(number)
    case .instant: self = .instant(number == 0 ? nil : number)
    case .duration: self = .duration(number)
    case .boolean: self = .boolean(number != 0)
    default: self = .unsigned(number)
    }
  }
}
