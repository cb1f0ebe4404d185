// One connection and a hand-made peer: segments are written as what differs from the usual, and what
// the connection answers is compared as text.
//
//     S 1000          a SYN with sequence number 1000
//     .10 a301        data of 10 bytes that acknowledges 301
//
// Numbers are relative: the connection's own begin at 300, the peer's at 1000.

import Internet
import Testing

final class Conversation {
  var connection: TCPConnection
  var now = Moment(microseconds: 50_000_000)
  /// What the peer has sent so far, for the next segment.
  var sequence = 1001
  var acknowledged = 301
  var timestamp: UInt32?

  static let name = ConnectionName(
    local: Endpoint(IPv4Address(10, 0, 0, 2), 80), remote: Endpoint(IPv4Address(10, 0, 0, 1), 5000))

  init(_ connection: TCPConnection) { self.connection = connection }

  /// A connection that has been taken from a peer with these options, established.
  static func accepted(
    window: UInt16 = 60_000, mss: UInt16 = 1000, sack: Bool = false, timestamp: UInt32? = nil,
    scale: UInt8? = nil, _ change: (inout TCPConfiguration) -> Void = { _ in }
  ) -> Conversation {
    var configuration = TCPConfiguration()
    change(&configuration)
    var syn = TCPSegment(.synchronize, SequenceNumber(1000))
    syn.window = window
    syn.options.maximumSegmentSize = mss
    syn.options.permitsSACK = sack
    syn.options.windowScale = scale
    syn.options.timestamps = timestamp.map { TCPTimestamps(value: $0, echo: 0) }
    let talk = Conversation(
      TCPConnection(
        accepting: syn, name, initialSequence: SequenceNumber(300), configuration,
        at: Moment(microseconds: 50_000_000)))
    talk.timestamp = timestamp
    #expect(talk.sent() == ["SA300 a1001"])
    #expect(talk.receive(window: window) == nil)
    #expect(talk.connection.state == .established && talk.connection.takeSignals() == .opened)
    return talk
  }

  /// Everything the connection has to send now, as text: flags, sequence number, bytes and
  /// acknowledgment. A plain ACK has only the last.
  func sent() -> [String] {
    var texts: [String] = []
    while let segment = connection.nextSegment(at: now) {
      texts.append(Self.text(segment))
      if texts.count > 200 { break }
    }
    return texts
  }

  static func text(_ segment: TCPSegment) -> String {
    var text = ""
    if segment.flags.contains(.synchronize) { text += "S" }
    if segment.flags.contains(.finish) { text += "F" }
    if segment.flags.contains(.reset) { text += "R" }
    if segment.flags.contains(.acknowledge), !text.isEmpty { text += "A" }
    if segment.length > 0 || !text.isEmpty { text += "\(segment.sequence.value)" }
    if segment.payloadLength > 0 { text += "+\(segment.payloadLength)" }
    if segment.flags.contains(.acknowledge) {
      text += (text.isEmpty ? "" : " ") + "a\(segment.acknowledgment.value)"
    }
    for index in 0..<segment.options.sackCount {
      let range = segment.options.sack(index)
      text += " [\(range.start.value),\(range.end.value))"
    }
    return text
  }

  /// A segment of the peer; by default the acknowledgment of what it has acknowledged last.
  @discardableResult
  func receive(
    _ count: Int = 0, at sequence: Int? = nil, acknowledges: Int? = nil, flags: TCPFlags = [],
    window: UInt16 = 60_000, sacks: [(Int, Int)] = [], timestamp: UInt32? = nil,
    noAcknowledgment: Bool = false
  ) -> Drop? {
    let start = sequence ?? self.sequence
    if let acknowledges { acknowledged = max(acknowledged, acknowledges) }
    var segment = TCPSegment(
      flags, SequenceNumber(UInt32(truncatingIfNeeded: start)),
      acknowledgment: noAcknowledgment
        ? nil : SequenceNumber(UInt32(truncatingIfNeeded: acknowledges ?? acknowledged)))
    segment.window = window
    segment.payloadLength = count
    for (start, end) in sacks {
      segment.options.add(
        SequenceRange(SequenceNumber(UInt32(start)), SequenceNumber(UInt32(end))))
    }
    if let value = timestamp ?? self.timestamp {
      segment.options.timestamps = TCPTimestamps(value: value, echo: 0)
    }
    let bytes = (start..<start + count).map { UInt8(truncatingIfNeeded: $0) }
    let drop = connection.segmentArrived(segment, bytes.span, at: now)
    if sequence == nil, drop == nil {
      self.sequence += count + (flags.contains(.finish) ? 1 : 0)
    }
    return drop
  }

  func write(_ count: Int) -> Int {
    let bytes = [UInt8](repeating: 7, count: count)
    return connection.write(bytes.span)
  }

  /// Reads up to `count` bytes.
  func read(_ count: Int = 100_000) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    let got = connection.read(into: &span)
    return Array(bytes[..<got])
  }

  /// Lets time pass; timers run when they are due. Returns what was sent meanwhile.
  func pass(_ time: Interval) -> [String] {
    let end = now + time
    var texts = sent()
    while connection.deadline <= end {
      now = max(now, connection.deadline)
      connection.timerExpired(at: now)
      texts += sent()
    }
    now = end
    return texts
  }
}
