// Two stacks on one wire, in virtual time: what one sends arrives at the other after a delay, unless
// it is lost; some frames arrive twice, or after later ones. Everything is drawn from one seed, so a
// run repeats exactly. Each frame is checked on its way by `FrameCheck`, which shares nothing with
// the stack.

import Internet
import Testing

/// The generator of SplitMix64.
struct Dice {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }

  /// True in `percent` of all cases.
  mutating func hit(_ percent: UInt64) -> Bool { next() % 100 < percent }
}

struct Wire {
  /// What the wire does to frames.
  struct Conditions {
    var loss: UInt64 = 0
    var duplication: UInt64 = 0
    var reordering: UInt64 = 0
    var delay = Interval.milliseconds(1)
    /// Microseconds that a full frame takes; 0: none.
    var serialization: UInt64 = 12
  }

  var ends: [Stack]
  var conditions = Conditions()
  var now = Moment(microseconds: 1_000_000)
  private var dice: Dice
  private var flying: [(at: Moment, order: Int, to: Int, frame: [UInt8])] = []
  private var order = 0
  private var freeAt = [Moment(microseconds: 0), Moment(microseconds: 0)]
  private(set) var lost = 0
  private(set) var complaints: [String] = []
  /// Called for each frame; false loses it.
  var filter: (Int, [UInt8]) -> Bool = { _, _ in true }

  init(seed: UInt64 = 1, _ change: (inout StackConfiguration) -> Void = { _ in }) {
    dice = Dice(state: seed)
    ends = (0..<2).map { (index: Int) in
      var configuration = StackConfiguration(
        hardware: MACAddress(bits: 0x0200_0000_0001 + UInt64(index)))
      configuration.network = IPv4Network(Wire.address(index), prefixLength: 24)
      change(&configuration)
      return Stack(configuration, secret: (seed &+ UInt64(index), 99))
    }
  }

  static func address(_ end: Int) -> IPv4Address { IPv4Address(10, 0, 0, UInt8(1 + end)) }

  /// Puts everything that both ends have to send on the wire.
  mutating func collect() {
    for end in 0..<2 {
      while true {
        var frame = [UInt8](repeating: 0, count: 1518)
        var span = frame.mutableSpan
        let count = ends[end].transmit(into: &span, at: now)
        guard count > 0 else { break }
        frame.removeLast(1518 - count)
        complaints += FrameCheck.complaints(about: frame)
        send(frame, from: end)
      }
    }
  }

  private mutating func send(_ frame: [UInt8], from end: Int) {
    guard filter(end, frame), !dice.hit(conditions.loss) else {
      lost += 1
      return
    }
    let time = conditions.serialization * UInt64(frame.count) / 1514
    freeAt[end] = max(freeAt[end], now) + Interval(microseconds: time)
    var arrival = freeAt[end] + conditions.delay
    if dice.hit(conditions.reordering) {
      arrival = arrival + Interval(microseconds: dice.next() % 5000)
    }
    for _ in 0..<(dice.hit(conditions.duplication) ? 2 : 1) {
      order += 1
      flying.append((arrival, order, 1 - end, frame))
    }
  }

  /// Goes on to whatever happens next; false if nothing does before `end`.
  mutating func step(until end: Moment) -> Bool {
    collect()
    let arrival = flying.min { ($0.at, $0.order) < ($1.at, $1.order) }
    let next = min(
      arrival?.at ?? .distantFuture, min(ends[0].deadline, ends[1].deadline))
    guard next <= end else {
      now = end
      return false
    }
    now = max(now, next)
    if let arrival, arrival.at <= now {
      flying.removeAll { $0.order == arrival.order }
      _ = deliver(arrival.frame, to: arrival.to)
    }
    for index in 0..<2 where ends[index].deadline <= now { ends[index].timerExpired(at: now) }
    return true
  }

  mutating func deliver(_ frame: [UInt8], to end: Int) -> Arrival {
    ends[end].received(frame.span, at: now)
  }
}

/// What is wrong with a frame, by the specifications alone.
enum FrameCheck {
  static func word(_ bytes: some Collection<UInt8>, _ offset: Int) -> Int {
    let bytes = Array(bytes)
    return Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
  }

  /// The one's complement sum of 16-bit words, by the definition.
  static func sum(_ bytes: [UInt8]) -> Int {
    var sum = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
      sum += Int(bytes[index]) << 8 | (index + 1 < bytes.count ? Int(bytes[index + 1]) : 0)
      sum = (sum & 0xffff) + (sum >> 16)
    }
    return sum
  }

  static func complaints(about frame: [UInt8]) -> [String] {
    guard frame.count >= 14 else { return ["short frame"] }
    if word(frame, 12) == 0x86dd { return complaints6(about: Array(frame[14...])) }
    guard word(frame, 12) == 0x800 else {
      return word(frame, 12) == 0x806 && frame.count == 42 ? [] : ["neither IPv4 nor ARP"]
    }
    let packet = Array(frame[14...])
    var complaints: [String] = []
    if packet[0] != 0x45 { complaints.append("version or header length") }
    if word(packet, 2) != packet.count { complaints.append("total length") }
    if sum(Array(packet[..<20])) != 0xffff { complaints.append("header checksum") }
    let payload = Array(packet[20...])
    let pseudo =
      Array(packet[12..<20]) + [0, packet[9], UInt8(payload.count >> 8)]
      + [UInt8(payload.count & 255)]
    switch packet[9] {
    case 1: if sum(payload) != 0xffff { complaints.append("ICMP checksum") }
    case 6: if sum(pseudo + payload) != 0xffff { complaints.append("TCP checksum") }
    case 17:
      if sum(pseudo + payload) != 0xffff { complaints.append("UDP checksum") }
      if word(payload, 4) != payload.count { complaints.append("UDP length") }
    default: complaints.append("protocol \(packet[9])")
    }
    return complaints
  }

  static func complaints6(about packet: [UInt8]) -> [String] {
    guard packet.count >= 40, packet[0] >> 4 == 6 else { return ["no IPv6"] }
    var complaints: [String] = []
    if word(packet, 4) != packet.count - 40 { complaints.append("payload length") }
    var (next, payload) = (packet[6], Array(packet[40...]))
    if next == 0 { (next, payload) = (payload[0], Array(payload[8...])) }
    // A piece has no sum of its own.
    if next == 44 { return complaints }
    let pseudo =
      Array(packet[8..<40]) + [0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
      + [0, 0, 0, next]
    if ![6, 17, 58].contains(next) { complaints.append("next header \(next)") }
    if sum(pseudo + payload) != 0xffff { complaints.append("checksum of \(next)") }
    if next == 17, word(payload, 4) != payload.count { complaints.append("UDP length") }
    return complaints
  }
}
