// The profiler's ring of single samples, which is too long and too quick for frames: what is new in it is
// written beside them, and laid over a reading's memory where the ring was.

public import Telemetry

/// Where an instance keeps its ring of samples (Kernel/Profiler/SPEC.md).
public struct SampleRing: Equatable, Sendable {
  public var address: UInt64
  public var capacity: UInt64
  /// The number of the latest sample; number n is in slot n modulo the capacity.
  public var latest: UInt64

  /// A ring; nil where the numbers make none.
  public init?(address: UInt64?, capacity: UInt64?, latest: UInt64?) {
    guard let address, let capacity, let latest, address & 7 == 0, capacity > 0,
      capacity <= 1 << 20, address <= UInt64.max - capacity * 32
    else { return nil }
    (self.address, self.capacity, self.latest) = (address, capacity, latest)
  }

  /// The ring that a chunk of samples is of; nil if it is no such chunk.
  init?(_ payload: [UInt8]) {
    guard payload.count >= 16, payload.count % 32 == 16 else { return nil }
    self.init(address: Self.word(payload, 0), capacity: Self.word(payload, 8), latest: 0)
  }

  static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
  }

  /// The words of a slot, and the most samples of a chunk.
  static let words = 4
  static let most: UInt64 = 1 << 14

  /// The place of a sample.
  func slot(_ number: UInt64) -> UInt64 { address &+ number % capacity &* 32 }
}

/// A reading's memory, and the samples that were recorded since an earlier one where they had been.
public struct SampledMemory: TelemetryMemory {
  private let copy: TelemetryCopy
  private var ring: SampleRing?
  private var words: [UInt64: UInt64] = [:]

  init(_ copy: TelemetryCopy, _ ring: SampleRing?) { (self.copy, self.ring) = (copy, ring) }

  public func word(at address: UInt64) -> UInt64? {
    if let word = words[address] { return word }
    // A slot that was not recorded has the number of no sample.
    if let ring, address >= ring.address, address - ring.address < ring.capacity * 32 { return 0 }
    return copy.word(at: address)
  }

  /// Lays a chunk's samples over the memory.
  mutating func add(_ payload: [UInt8]) {
    guard let ring = SampleRing(payload) else { return }
    if ring.address != self.ring?.address || ring.capacity != self.ring?.capacity { words = [:] }
    self.ring = ring
    for start in stride(from: 16, to: payload.count, by: 32) {
      let slot = ring.slot(SampleRing.word(payload, start))
      for place in 0..<SampleRing.words {
        words[slot + UInt64(place) * 8] = SampleRing.word(payload, start + place * 8)
      }
    }
  }
}

extension RecordingWriter {
  /// The samples that came since the look before; empty if none did.
  public mutating func sampled(
    _ ring: SampleRing, in memory: some TelemetryMemory, time: UInt64
  ) -> [UInt8] {
    defer { latestSample = ring.latest }
    guard let before = latestSample, ring.latest > before else { return [] }
    let window = min(ring.capacity, SampleRing.most)
    let first = ring.latest - before > window ? ring.latest - window + 1 : before + 1
    var words = [ring.address, ring.capacity]
    for number in first...ring.latest {
      let slot = ring.slot(number)
      let sample = (0..<UInt64(SampleRing.words)).compactMap { memory.word(at: slot + $0 * 8) }
      // One that is being written over is none.
      guard sample.count == SampleRing.words, sample[0] == number, memory.word(at: slot) == number
      else { continue }
      words += sample
    }
    guard words.count > 2 else { return [] }
    let payload = words.flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
    }
    return chunk(.samples, time, payload)
  }
}
