// Extension headers (RFC 8200, section 4), up to the payload or to a fragment's part of it. Options that
// nobody has to know are skipped; nothing sends any but the router alert of MLD.

/// A walk along extension headers, up to one that is none, or to a fragment's.
struct HeaderChain {
  private(set) var transport: UInt8
  private(set) var payload: Range<Int>
  private(set) var fragment: IPv6Fragment?
  private(set) var problem: IPv6Problem?
  /// Where the number of the header stands that is looked at; 6 in the fixed header.
  private(set) var numberAt = 6

  /// Headers at most; nobody sends more than four.
  static var limit: Int { 8 }
  private static var hopByHop: UInt8 { 0 }
  private static var routing: UInt8 { 43 }
  private static var nothing: UInt8 { 59 }
  private static var destinationOptions: UInt8 { 60 }

  init(first transport: UInt8, payload: Range<Int>) {
    self.transport = transport
    self.payload = payload
  }

  /// Walks. `isFirst`: the chain begins after the fixed header, so hop-by-hop options may come.
  mutating func walk(_ packet: Span<UInt8>, isFirst: Bool) throws(Drop) {
    for turn in 0...Self.limit {
      let start = payload.lowerBound
      switch transport {
      case Self.hopByHop, Self.routing, Self.destinationOptions: break
      case IPv6Fragment.number:
        guard payload.count >= IPv6Fragment.length else { throw .ip6Malformed }
        let word = packet.word16(start &+ 2)
        let found = IPv6Fragment(
          identification: packet.word32(start &+ 4), offset: Int(word & 0xfff8),
          hasMore: word & 1 == 1)
        step(to: packet[start], start, IPv6Fragment.length)
        guard found.isAtomic else {
          fragment = found
          return
        }
        continue
      case Self.nothing: throw .ip6NoNext
      default: return
      }
      guard turn < Self.limit, payload.count >= 8 else { throw .ip6Malformed }
      // Hop-by-hop options are the first or nowhere (section 4.1).
      guard transport != Self.hopByHop || isFirst && turn == 0 else {
        problem = IPv6Problem(code: 1, pointer: UInt32(truncatingIfNeeded: numberAt))
        return
      }
      let length = 8 &+ Int(packet[start &+ 1]) &* 8
      guard length <= payload.count else { throw .ip6Malformed }
      if transport == Self.routing {
        // No type of routing header is known; one that has nothing left to say is passed over.
        guard packet[start &+ 3] == 0 else {
          problem = IPv6Problem(code: 0, pointer: UInt32(truncatingIfNeeded: start &+ 2))
          return
        }
      } else {
        try options(packet, start &+ 2..<start &+ length)
        if problem != nil { return }
      }
      step(to: packet[start], start, length)
    }
    throw .ip6Malformed
  }

  private mutating func step(to next: UInt8, _ start: Int, _ length: Int) {
    transport = next
    numberAt = start
    payload = start &+ length..<payload.upperBound
  }

  /// Passes over options (section 4.2): the two high bits of a type say what is to happen.
  private mutating func options(_ packet: Span<UInt8>, _ range: Range<Int>) throws(Drop) {
    var at = range.lowerBound
    while at < range.upperBound {
      let type = packet[at]
      if type == 0 {
        at &+= 1
        continue
      }
      guard at &+ 1 < range.upperBound else { throw .ip6Malformed }
      let end = at &+ 2 &+ Int(packet[at &+ 1])
      guard end <= range.upperBound else { throw .ip6Malformed }
      switch type >> 6 {
      case 0: break
      case 1: throw .ip6BadHeader
      default:
        problem = IPv6Problem(
          code: 2, pointer: UInt32(truncatingIfNeeded: at), mayAnswerGroup: type >> 6 == 2)
        return
      }
      at = end
    }
  }
}
