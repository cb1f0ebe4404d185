// The root block as it stands in some memory. Reading it allocates nothing: the instance's own agent
// does it too, at each round.

/// A root block that was found and makes sense.
public struct Root: Equatable, Sendable {
  /// Where it is.
  public var address: UInt64
  /// Odd while entries are being changed.
  public var generation: UInt64
  /// How many entries there are.
  public var entryCount: Int
  /// The processor, as ELF numbers it.
  public var machine: UInt32
  /// Where the clock's description is, 0 for none.
  public var clock: UInt64

  var entries: UInt64
  var entryStride: UInt64
  var fieldStride: UInt64

  /// The block at `address`; nil if none is there, or one of another version.
  public init?(at address: UInt64, in memory: some TelemetryMemory) {
    func word(_ offset: Int) -> UInt64? { memory.word(at: address &+ UInt64(offset)) }
    guard address & 7 == 0, word(0) == RootLayout.magic,
      let version = word(RootLayout.versionAndSize),
      UInt32(truncatingIfNeeded: version) == RootLayout.version, word(RootLayout.own) == address,
      let generation = word(RootLayout.generation), let entries = word(RootLayout.entries),
      let counts = word(RootLayout.entryCount), let strides = word(RootLayout.fieldStride),
      let clock = word(RootLayout.clock)
    else { return nil }
    self.address = address
    self.generation = generation
    self.entries = entries
    self.clock = clock
    entryCount = min(Int(counts & 0xffff_ffff), Bounds.entries)
    entryStride = counts &>> 32
    fieldStride = strides & 0xffff_ffff
    machine = UInt32(truncatingIfNeeded: strides &>> 32)
    guard entryStride >= UInt64(EntryLayout.size), entryStride & 7 == 0, entries & 7 == 0,
      fieldStride >= UInt64(FieldLayout.size), fieldStride & 7 == 0
    else { return nil }
  }

  /// The bytes of the image's build id; nil if they cannot be read, or there are none.
  public func buildID(in memory: some TelemetryMemory) -> [UInt8]? {
    guard let start = memory.word(at: address &+ UInt64(RootLayout.buildID)),
      let count = memory.number(at: address &+ UInt64(RootLayout.buildIDCount), width: 4),
      count > 0, count <= 64
    else { return nil }
    return memory.bytes(at: start, count: count)
  }

  /// The `index`th entry; nil if it is not there or makes no sense.
  public func entry(at index: Int, in memory: some TelemetryMemory) -> Entry? {
    guard index >= 0, index < entryCount else { return nil }
    return Entry(at: entryAddress(index), in: memory)
  }

  /// The `index`th field of an entry's rows.
  public func field(
    at index: Int, of entry: Entry, in memory: some TelemetryMemory
  ) -> Field? {
    guard index >= 0, index < entry.fieldCount else { return nil }
    return Field(at: entry.fields &+ UInt64(index) &* fieldStride, in: memory)
  }

  func entryAddress(_ index: Int) -> UInt64 { entries &+ UInt64(index) &* entryStride }
}

/// Time from ticks, as the root block describes it.
public struct TickClock: Equatable, Sendable {
  public var originTicks: UInt64
  public var originNanoseconds: UInt64
  /// Nanoseconds a tick, in units of 2^-32.
  public var scale: UInt64

  /// The clock that `root` names; nil if it cannot be read.
  public init?(of root: Root, in memory: some TelemetryMemory) {
    guard root.clock != 0, let ticks = memory.number(at: root.clock),
      let nanoseconds = memory.number(at: root.clock &+ 8),
      let scale = memory.number(at: root.clock &+ 16)
    else { return nil }
    originTicks = ticks
    originNanoseconds = nanoseconds
    self.scale = scale
  }

  /// Nanoseconds since boot at `ticks`; wraps.
  public func nanoseconds(at ticks: UInt64) -> UInt64 {
    let product = (ticks &- originTicks).multipliedFullWidth(by: scale)
    return originNanoseconds &+ (product.high &<< 32 | product.low &>> 32)
  }
}
