// The values of an entry: words that are remembered, and sent where they differ.

extension FrameEncoder {
  /// Sends what has changed of an entry's value since it was last sent; `fields` are the entry's.
  mutating func encodeValue<M: TelemetryMemory>(of entry: Entry, _ memory: M) {
    if entry.countAddress != 0 { track(entry.countAddress, 8, memory) }
    if entry.flags.contains(.isIndirect) { track(entry.address, 8, memory) }
    guard let base = entry.base(in: memory) else { return }
    switch entry.kind {
    case .counter, .gauge: track(base, UInt64(entry.stride), memory)
    case .histogram: trackHistogram(base, memory)
    case .text: track(base, entry.count(in: memory) ?? 0, memory)
    case .ring: sendRecords(of: entry, memory)
    case .table:
      if entry.flags.contains(.rowsArePointers), let count = entry.count(in: memory) {
        for index in 0..<count { track(base &+ index &* UInt64(entry.stride), 8, memory) }
      }
      entry.forEachRow(in: memory) { row in
        trackRow(row, memory)
        return !isCut && looks > 0
      }
    case .list:
      track(base, 8, memory)
      entry.forEachRow(in: memory) { row in
        track(row &+ UInt64(entry.stride), 8, memory)
        trackRow(row, memory)
        return !isCut && looks > 0
      }
    }
    if looks <= 0, entry.kind != .ring { unkept &+= 1 }
  }

  @inline(never)
  private mutating func trackRow<M: TelemetryMemory>(_ row: UInt64, _ memory: M) {
    looks -= fields.count
    for index in fields.indices where !isCut && looks > 0 {
      let field = fields[index]
      let place = row &+ field.offset
      switch field.type {
      case .histogram: trackHistogram(place, memory)
      case .text:
        track(place, 16, memory)
        if let start = memory.number(at: place), let count = memory.number(at: place &+ 8) {
          track(start, min(count, UInt64(Bounds.nameBytes)), memory)
        }
      case .inlineText:
        track(row &+ field.extraNumber, 1, memory)
        track(place, field.inlineCount(at: row, in: memory) ?? 0, memory)
      default: track(place, UInt64(field.width), memory)
      }
    }
  }

  @inline(never)
  private mutating func trackHistogram<M: TelemetryMemory>(_ place: UInt64, _ memory: M) {
    track(place, UInt64(HistogramLayout.size), memory)
    guard let histogram = HistogramPlace(at: place, in: memory) else { return }
    track(histogram.counts, UInt64(histogram.count) &* 4, memory)
  }

  /// Sends those of the words around `count` bytes that the receiver has not, or not so.
  @inline(never)
  mutating func track<M: TelemetryMemory>(_ address: UInt64, _ count: UInt64, _ memory: M) {
    guard count > 0 else { return }
    var place = address & ~7
    let end = address &+ count
    while place < end, !isCut, looks > 0 {
      if let value = memory.word(at: place) { send(value, at: place) }
      looks -= 1
      place &+= 8
    }
  }

  private mutating func send(_ value: UInt64, at address: UInt64) {
    let slot = shadow.slot(of: address)
    let old = shadow[slot]
    if old == value { return }
    guard writer.hasRoom else {
      isCut = true
      return
    }
    if let old {
      writer.put(difference: value &- old, at: address)
    } else if shadow.isFull {
      unkept &+= 1
      return
    } else {
      writer.put(value, at: address)
    }
    shadow.set(slot, address, to: value)
  }

  // MARK: Rings: each record once, and not remembered

  @inline(never)
  private mutating func sendRecords<M: TelemetryMemory>(of ring: Entry, _ memory: M) {
    var state: Int
    if let known = rings.firstIndex(where: { $0.entry == entry }) {
      state = known
    } else {
      guard rings.count < Self.ringLimit else { return }
      state = rings.count
      rings.append(RingState(entry: entry))
    }
    let present = ring.records(in: memory)
    guard !present.isEmpty else { return }
    if rings[state].last == 0 { rings[state].last = present.upperBound - 1 }
    if rings[state].next < present.lowerBound {
      rings[state].next = present.lowerBound
      rings[state].words = 0
    }
    while rings[state].next <= rings[state].last, !isCut, looks > 0 {
      looks -= ring.stride
      let number = rings[state].next
      guard let record = ring.record(number, in: memory) else { return }
      if isWhole(record, number, memory) {
        rings[state].words = sendRecord(record, memory, from: rings[state].words)
        if isCut { return }
      } else if rings[state].last - number < Self.unfinished {
        // Being written by what was interrupted: it will be whole at a later look.
        return
      }
      rings[state].next = number + 1
      rings[state].words = 0
    }
  }

  /// Records that may be in the middle of being written, each by what interrupted the one before.
  private static var unfinished: UInt64 { 4 }

  @inline(never)
  private func isWhole<M: TelemetryMemory>(_ record: UInt64, _ number: UInt64, _ memory: M) -> Bool
  {
    let text = fields.first { $0.type == .inlineText }
    return fields.allSatisfy { $0.confirms(number, at: record, textAt: text, in: memory) }
  }

  /// Sends a record's words but for the first `sent`; returns how many are sent now.
  @inline(never)
  private mutating func sendRecord<M: TelemetryMemory>(
    _ record: UInt64, _ memory: M, from sent: Int
  ) -> Int {
    var skip = sent
    var sent = sent
    var next: UInt64 = 0
    for field in fields {
      var place = (record &+ field.offset) & ~7
      var size = UInt64(field.width)
      if field.type == .inlineText { size = field.inlineCount(at: record, in: memory) ?? 0 }
      let end = record &+ field.offset &+ size
      // Fields that share a word send it once.
      if place < next { place = next }
      while place < end {
        if skip > 0 {
          skip -= 1
        } else {
          guard writer.hasRoom else {
            isCut = true
            return sent
          }
          if let value = memory.word(at: place) { writer.put(value, at: place) }
          sent += 1
        }
        place &+= 8
      }
      next = max(next, place)
    }
    return sent
  }
}
