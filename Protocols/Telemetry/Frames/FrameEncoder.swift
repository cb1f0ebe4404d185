// From memory that describes itself to frames. The instance's agent owns one and calls it at the
// client's rate; everything is taken from memory anew each time, and what differs from what was sent
// goes out. After its creation nothing is allocated.
//
// A round may take several frames. Where one is full the walk stops, and the next goes on at the
// entry where it stopped: what was sent of it already is known to be equal then.

/// Encodes what an instance publishes.
public struct FrameEncoder: Sendable {
  var writer: FrameWriter
  var shadow: Shadow
  /// Whether the frame has no room for what came last.
  var isCut = false
  /// Words of this round that found no room in `shadow`.
  var unkept: UInt64 = 0
  /// Words that may still be looked at for the current entry.
  var looks = 0
  var fields: [Field] = []
  /// How far each ring has been sent.
  var rings: [RingState] = []

  /// Whether rings are sent from their beginning.
  private var repeatsRings = true
  private var number: UInt64 = 0
  private var skippedRounds: UInt64 = 0
  private var unkeptBefore: UInt64 = 0
  private var snapshotTime: UInt64 = 0
  private var generation: UInt64 = 0
  private var wantsSnapshot = true
  /// The entry to go on with; -1 for the root block itself.
  private(set) var entry = -1
  /// Whether this round also sends what describes entries, and the words of that which the current
  /// entry has sent.
  private var describes = true
  private var described = 0

  struct RingState: Sendable {
    var entry: Int
    /// The record to send next, and how many words of it are sent.
    var next: UInt64 = 1
    var words = 0
    /// The last record of this round; 0 before the round has come to this ring.
    var last: UInt64 = 0
  }

  /// A snapshot comes by itself after so many nanoseconds.
  static var snapshotPeriod: UInt64 { 60_000_000_000 }
  static var ringLimit: Int { 32 }
  /// Memory that describes itself wrongly must not hold the instance up: beyond so many words the
  /// rest of an entry is left out.
  static var mostLooks: Int { 16_384 }

  /// An encoder that can remember three quarters of 2^`bits` words (16 bytes each), for frames of at
  /// most `limit` bytes.
  public init(bits: Int = 11, limit: Int = 1024) {
    writer = FrameWriter(limit: limit)
    shadow = Shadow(bits: bits)
    fields.reserveCapacity(Bounds.fields)
    rings.reserveCapacity(Self.ringLimit)
  }

  /// The frame that was encoded last.
  public var frame: [UInt8] { writer.bytes }

  /// A client has asked: the next frame is the first, of a snapshot.
  public mutating func restart() {
    number = 0
    skippedRounds = 0
    unkeptBefore = 0
    wantsSnapshot = true
    repeatsRings = true
  }

  /// A round was due and left out, because the link was busy.
  public mutating func skip() { skippedRounds &+= 1 }

  /// Encodes the next frame from `memory`, whose root block is at `address`; `now` is in nanoseconds
  /// since boot. False if the round goes on with another frame.
  public mutating func encode<M: TelemetryMemory>(
    _ memory: M, rootAt address: UInt64, now: UInt64
  ) -> Bool {
    writer.begin((number, now, skippedRounds, unkeptBefore))
    number &+= 1
    isCut = false
    guard let root = Root(at: address, in: memory), root.generation & 1 == 0 else { return true }
    if wantsSnapshot || root.generation != generation
      || now &- snapshotTime >= Self.snapshotPeriod
    {
      beginSnapshot(root, now)
    }
    while entry < root.entryCount {
      encodeEntry(root, memory)
      if isCut { return false }
      entry += 1
      described = 0
    }
    writer.mark(FrameFlags.endsRound)
    entry = -1
    describes = false
    repeatsRings = false
    for index in rings.indices { rings[index].last = 0 }
    unkeptBefore = unkept
    unkept = 0
    return true
  }

  private mutating func beginSnapshot(_ root: Root, _ now: UInt64) {
    writer.mark(FrameFlags.beginsSnapshot)
    wantsSnapshot = false
    generation = root.generation
    snapshotTime = now
    shadow.removeAll()
    entry = -1
    describes = true
    described = 0
    unkept = 0
    if repeatsRings { rings.removeAll(keepingCapacity: true) }
    for index in rings.indices { rings[index].last = 0 }
  }

  private mutating func encodeEntry<M: TelemetryMemory>(_ root: Root, _ memory: M) {
    looks = Self.mostLooks
    guard entry >= 0 else { return encodeRoot(root, memory) }
    let found = root.entry(at: entry, in: memory)
    fields.removeAll(keepingCapacity: true)
    if let found {
      for index in 0..<found.fieldCount {
        guard let field = root.field(at: index, of: found, in: memory) else { break }
        fields.append(field)
      }
    }
    if describes { describe(root, found, memory) }
    if isCut { return }
    if let found { encodeValue(of: found, memory) }
  }

  @inline(never)
  private mutating func encodeRoot<M: TelemetryMemory>(_ root: Root, _ memory: M) {
    track(root.address, UInt64(RootLayout.size), memory)
    if root.clock != 0 { track(root.clock, 24, memory) }
    if let start = memory.word(at: root.address &+ UInt64(RootLayout.buildID)) {
      track(start, 20, memory)
    }
  }

  // MARK: What describes an entry: sent once a snapshot, and not remembered

  @inline(never)
  private mutating func describe<M: TelemetryMemory>(
    _ root: Root, _ found: Entry?, _ memory: M
  ) {
    var skip = described
    tell(root.entryAddress(entry), UInt64(EntryLayout.size), memory, &skip)
    guard let found else { return }
    tell(found.name, UInt64(found.nameCount), memory, &skip)
    tell(found.fields, UInt64(fields.count) &* root.fieldStride, memory, &skip)
    for index in fields.indices {
      let field = fields[index]
      tell(field.name, UInt64(field.nameCount), memory, &skip)
      guard field.type == .enumeration, field.extraAddress != 0 else { continue }
      let names = min(field.extraNumber, UInt64(Bounds.names))
      tell(field.extraAddress, names &* 16, memory, &skip)
      for name in 0..<names {
        guard let start = memory.number(at: field.extraAddress &+ name &* 16),
          let count = memory.number(at: field.extraAddress &+ name &* 16 &+ 8)
        else { break }
        tell(start, min(count, UInt64(Bounds.nameBytes)), memory, &skip)
      }
    }
  }

  /// Sends the words around `count` bytes, but for the first `skip` of them, which went before.
  @inline(never)
  private mutating func tell<M: TelemetryMemory>(
    _ address: UInt64, _ count: UInt64, _ memory: M, _ skip: inout Int
  ) {
    guard count > 0 else { return }
    var place = address & ~7
    let end = address &+ count
    // At once: word by word, an entry that takes many frames would cost the square of its length.
    if skip > 0, place < end {
      let words = (end - place) / 8 + ((end - place) & 7 == 0 ? 0 : 1)
      let passed = min(UInt64(skip), words)
      skip -= Int(passed)
      place &+= passed &* 8
    }
    while place < end, !isCut {
      if looks <= 0 {
        return
      } else if !writer.hasRoom {
        isCut = true
      } else {
        if let value = memory.word(at: place) { writer.put(value, at: place) }
        described += 1
        looks -= 1
      }
      place &+= 8
    }
  }
}
