// The region that holds everything the profiler keeps, and the ring of samples in it.

/// The profiler's memory, in parts.
public struct ProfileMemory {
  /// Where it lies; `size.bytes` bytes.
  public let base: UnsafeMutableRawPointer
  /// How much of each kind.
  public let size: ProfileSize
  /// The counters, at its beginning.
  public let counters: UnsafeMutablePointer<ProfileCounters>
  // Safety: in the region, as all the rest.
  private let samples: UnsafeMutablePointer<SampleRecord>
  private let sampleMask: UInt64
  /// Room for the links of one stack.
  let links: UnsafeMutablePointer<UInt64>
  /// Who calls.
  public var stacks: StackTable
  /// Where samples were taken.
  public var spots: SpotTable

  /// Takes the region at `base`, `size.bytes` bytes, 8-aligned, for good.
  public init(_ base: UnsafeMutableRawPointer, _ size: ProfileSize) {
    self.base = base
    self.size = size
    // Rows need no value before they are counted in; the rest does.
    let slots = (base + size.stackSlotsOffset).bindMemory(
      to: UInt32.self, capacity: 2 * (size.stacks + size.spots))
    slots.initialize(repeating: 0, count: 2 * (size.stacks + size.spots))
    counters = base.bindMemory(to: ProfileCounters.self, capacity: 1)
    counters.initialize(to: ProfileCounters())
    samples = (base + size.samplesOffset).bindMemory(
      to: SampleRecord.self, capacity: size.samples)
    samples.initialize(repeating: SampleRecord(), count: size.samples)
    sampleMask = UInt64(size.samples - 1)
    links = (base + size.linksOffset).bindMemory(to: UInt64.self, capacity: size.depth)
    stacks = StackTable(base + size.stacksOffset, slots: slots, size)
    let rows = (base + size.spotsOffset).bindMemory(to: SpotRow.self, capacity: size.spots)
    let counts = (base + size.countsOffset).bindMemory(to: UInt64.self, capacity: size.spots)
    spots = SpotTable(
      rows, counts: counts, slots: slots + 2 * size.stacks, capacity: size.spots)
  }

  // The addresses of the parts, for a description.
  /// Where the rows of the table of stacks are, `size.stride` apart.
  public var stacksStart: UnsafeRawPointer { UnsafeRawPointer(base + size.stacksOffset) }
  /// Where the spots are, each a `SpotRow`.
  public var spotsStart: UnsafeRawPointer { UnsafeRawPointer(base + size.spotsOffset) }
  /// Where their counts are, each a `UInt64`.
  public var countsStart: UnsafeRawPointer { UnsafeRawPointer(base + size.countsOffset) }
  /// Where the ring is, of `SampleRecord`s.
  public var samplesStart: UnsafeRawPointer { UnsafeRawPointer(base + size.samplesOffset) }

  /// Appends a record; the only writer. Its number is written last, and the count after it.
  @inline(__always)
  func append(_ record: SampleRecord) {
    let number = counters.pointee.latest &+ 1
    let slot = samples + Int(number & sampleMask)
    slot.pointee.number = 0
    slot.pointee.ticks = record.ticks
    slot.pointee.spot = record.spot
    slot.pointee.fiber = record.fiber
    slot.pointee.task = record.task
    slot.pointee.handler = record.handler
    slot.pointee.core = record.core
    slot.pointee.activity = record.activity
    slot.pointee.lateness = record.lateness
    slot.pointee.number = number
    counters.pointee.latest = number
  }

  /// The sample with this number; nil if it has been overwritten or is not there yet.
  public func sample(_ number: UInt64) -> SampleRecord? {
    let record = samples[Int(number & sampleMask)]
    return record.number == number && number > 0 ? record : nil
  }
}
