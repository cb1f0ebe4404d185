// The receiving half of the framing: a byte pump from a link to packets, for either side of it.
//
//   $data#cc     a packet            %data#cc   a notification
//   +  -         acknowledgements    0x03       an interrupt (towards a stub)
//
// In `data`, `c*n` stands for n - 29 further copies of c, and `}x` for the byte x ^ 0x20. Runs are
// expanded before escapes are resolved, as gdb does it; the checksum covers the bytes as sent.
// Memory is bounded by `limit`, whatever arrives: a longer packet is skipped to its end and
// reported. A `$` inside a packet starts it anew, since no sender leaves one unescaped.

internal import Bytes

/// Takes a link's bytes apart into packets, notifications and acknowledgements.
public struct PacketDecoder: Sendable {
  /// What a piece of input completed.
  public enum Event: Equatable, Sendable {
    /// A packet with a good checksum; its data, expanded and unescaped, is in `payload`.
    case packet
    /// The same of a notification, which is never acknowledged.
    case notification
    /// `+`: the other side received a packet.
    case acknowledged
    /// `-`: the other side wants a packet again.
    case rejected
    /// 0x03 between packets.
    case interrupt
    /// A packet whose checksum, escapes or runs are wrong.
    case corrupt
    /// A packet of more than `limit` bytes.
    case oversize
  }

  private enum Place: Equatable, Sendable {
    case between
    case data
    case run
    case checksumHigh
    case checksumLow(UInt8)
  }

  /// The data of the packet that the last event reported; valid until the next call.
  public private(set) var payload: [UInt8] = []
  /// Bytes between packets that mean nothing, counted since the start.
  public private(set) var strayBytes = 0
  /// Notifications that were damaged or too long, counted since the start: nobody sends one again.
  public private(set) var lostNotifications = 0

  private let limit: Int
  private let expandsRuns: Bool
  private var place = Place.between
  private var isNotification = false
  private var sum: UInt8 = 0
  private var last: UInt8?
  private var escapes = false
  private var isMalformed = false
  private var isOversize = false

  /// Creates a decoder for packets of at most `limit` bytes of data.
  ///
  /// `expandsRuns` is off for a stub whose clients send `*` unescaped in text; `reservesRoom` makes
  /// room for the longest packet at once, for a stub that cannot allocate later.
  public init(limit: Int, expandsRuns: Bool = true, reservesRoom: Bool = false) {
    self.limit = limit
    self.expandsRuns = expandsRuns
    if reservesRoom { payload.reserveCapacity(limit) }
  }

  /// Whether the input so far ends inside a packet.
  public var isInsidePacket: Bool { place != .between }

  /// Whether the input so far ends inside a notification.
  public var isInsideNotification: Bool { isInsidePacket && isNotification }

  /// Consumes `input` from `position` on, up to and including the byte that completes an event.
  ///
  /// Returns `nil`, with `position` at the end, if nothing was completed. Linear in the bytes
  /// consumed, apart from runs, which cost at most 97 bytes each and never exceed `limit`.
  public mutating func received(_ input: [UInt8], at position: inout Int) -> Event? {
    while position < input.count {
      if place == .data { copyPlainBytes(of: input, at: &position) }
      guard position < input.count else { break }
      let byte = input[position]
      position += 1
      if let event = received(byte) { return event }
    }
    return nil
  }

  /// Consumes one byte.
  public mutating func received(_ byte: UInt8) -> Event? {
    switch place {
    case .between: return receivedBetween(byte)
    case .data: receivedData(byte)
    case .run: receivedRun(byte)
    case .checksumHigh:
      guard let high = Hex.value(ofDigit: byte) else { return finished(isGood: false) }
      place = .checksumLow(high)
    case .checksumLow(let high):
      guard let low = Hex.value(ofDigit: byte) else { return finished(isGood: false) }
      return finished(isGood: high << 4 | low == sum)
    }
    return nil
  }

  private mutating func receivedBetween(_ byte: UInt8) -> Event? {
    switch byte {
    case Mark.packet, Mark.notification: begin(byte)
    case Mark.acknowledge: return .acknowledged
    case Mark.reject: return .rejected
    case Mark.interrupt: return .interrupt
    default: strayBytes &+= 1
    }
    return nil
  }

  private mutating func begin(_ byte: UInt8) {
    place = .data
    isNotification = byte == Mark.notification
    payload.clear()
    sum = 0
    last = nil
    escapes = false
    isMalformed = false
    isOversize = false
  }

  private mutating func receivedData(_ byte: UInt8) {
    switch byte {
    case Mark.end:
      place = .checksumHigh
    case Mark.packet:
      begin(byte)
    case Mark.run where expandsRuns && last != nil:
      sum &+= byte
      place = .run
    default:
      sum &+= byte
      last = byte
      append(byte)
    }
  }

  private mutating func receivedRun(_ byte: UInt8) {
    place = .data
    guard byte != Mark.end, byte != Mark.packet else {
      isMalformed = true
      return receivedData(byte)
    }
    sum &+= byte
    guard (32...126).contains(byte), let repeated = last else {
      isMalformed = true
      return
    }
    for _ in 0..<(Int(byte) - 29) { append(repeated) }
  }

  /// Appends one byte as sent, resolving escapes and minding the limit.
  private mutating func append(_ byte: UInt8) {
    if escapes {
      escapes = false
      store(byte ^ Mark.escapeBit)
    } else if byte == Mark.escape {
      escapes = true
    } else {
      store(byte)
    }
  }

  private mutating func store(_ byte: UInt8) {
    guard payload.count < limit else {
      isOversize = true
      return
    }
    payload.append(byte)
  }

  /// Copies the longest stretch that needs no decoding: most of a memory reply, at full speed.
  private mutating func copyPlainBytes(of input: [UInt8], at position: inout Int) {
    guard !escapes, !isOversize else { return }
    let start = position
    let end = min(input.count, start + limit - payload.count)
    var index = start
    var partial = sum
    while index < end {
      let byte = input[index]
      // One comparison for nearly all there is: the marks lie outside 0x2b to 0x7c.
      if byte &- 0x2b > 0x7c - 0x2b,
        byte == Mark.end || byte == Mark.packet || byte == Mark.run || byte == Mark.escape
      {
        break
      }
      partial &+= byte
      index += 1
    }
    guard index > start else { return }
    sum = partial
    last = input[index - 1]
    payload.append(contentsOf: input[start..<index])
    position = index
  }

  private mutating func finished(isGood: Bool) -> Event? {
    place = .between
    let isWhole = isGood && !isMalformed && !escapes
    if isNotification {
      guard isWhole, !isOversize else {
        lostNotifications &+= 1
        return nil
      }
      return .notification
    }
    if isOversize { return .oversize }
    return isWhole ? .packet : .corrupt
  }
}
