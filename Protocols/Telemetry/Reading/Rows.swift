// Where the rows of a table or list and the records of a ring are. Both reader and encoder walk them
// so; nothing here allocates.

extension Entry {
  /// Calls `body` with the address of each row of a table or list, until it says false.
  ///
  /// What cannot be read ends the walk; a list that bites its tail ends at its capacity.
  public func forEachRow<M: TelemetryMemory>(in memory: M, _ body: (UInt64) -> Bool) {
    guard let base = base(in: memory) else { return }
    switch kind {
    case .table:
      guard let count = count(in: memory) else { return }
      for index in 0..<count {
        var row = base &+ index &* UInt64(stride)
        if flags.contains(.rowsArePointers) {
          guard let other = memory.number(at: row) else { return }
          if other == 0 { continue }
          row = other
        }
        guard body(row) else { return }
      }
    case .list:
      var next = memory.number(at: base)
      var left = capacity
      while left > 0, let row = next, row != 0 {
        guard body(row) else { return }
        next = memory.number(at: row &+ UInt64(stride))
        left -= 1
      }
    default: return
    }
  }

  /// The address of a ring's record with this number, from 1; nil if the ring has no room for any.
  public func record(_ number: UInt64, in memory: some TelemetryMemory) -> UInt64? {
    guard kind == .ring, capacity > 0, let base = base(in: memory) else { return nil }
    return base &+ number % UInt64(capacity) &* UInt64(stride)
  }

  /// The numbers of the records that a ring may hold now; empty if there are none.
  public func records(in memory: some TelemetryMemory) -> Range<UInt64> {
    guard kind == .ring, capacity > 0, let latest = count(in: memory), latest < .max else {
      return 1..<1
    }
    let first = latest > UInt64(capacity) ? latest - UInt64(capacity) + 1 : 1
    return first..<max(first, latest + 1)
  }
}

extension Field {
  /// Whether the record at `row` is the one with this number, as far as this field can tell.
  public func confirms(
    _ number: UInt64, at row: UInt64, textAt text: Field?, in memory: some TelemetryMemory
  ) -> Bool {
    switch type {
    case .sequence: return memory.number(at: row &+ offset) == number
    case .checksum:
      var end = offset &+ 4
      if let text {
        guard let length = text.inlineCount(at: row, in: memory) else { return false }
        end = text.offset &+ length
      }
      guard let sum = memory.number(at: row &+ offset, width: 4) else { return false }
      return sum == Field.checksum(from: row &+ offset &+ 4, to: row &+ end, in: memory)
    default: return true
    }
  }

  /// The bytes of an inline text in the row; nil if they cannot be read.
  func inlineCount(at row: UInt64, in memory: some TelemetryMemory) -> UInt64? {
    guard type == .inlineText, let count = memory.number(at: row &+ extraNumber, width: 1) else {
      return nil
    }
    return min(count, UInt64(width))
  }

  /// FNV-1a; nil if a byte cannot be read.
  private static func checksum(
    from start: UInt64, to end: UInt64, in memory: some TelemetryMemory
  ) -> UInt64? {
    var hash: UInt32 = 0x811c_9dc5
    var address = start
    guard end &- start <= UInt64(Bounds.rowBytes) else { return nil }
    while address != end {
      guard let byte = memory.number(at: address, width: 1) else { return nil }
      hash = (hash ^ UInt32(truncatingIfNeeded: byte)) &* 0x0100_0193
      address &+= 1
    }
    return UInt64(hash)
  }
}
