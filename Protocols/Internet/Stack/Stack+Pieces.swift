// Packets that are too long for one frame (RFC 791, section 2.3; RFC 8200, section 4.5): all their pieces
// are queued, or none.

extension Stack {
  @inline(never)
  mutating func sendInPieces(
    _ header: IPv4Header, to hop: IPv4Address, _ whole: [UInt8]
  ) throws(Drop) {
    let hardware = group(header.destination)
    let pieces = try pieces(of: header.payloadLength, (configuration.mtu &- 20) & ~7)
    var piece = header
    piece.mayNotFragment = false
    piece.identification = UInt16(truncatingIfNeeded: draw())
    for range in pieces {
      piece.fragmentOffset = range.lowerBound
      piece.hasMoreFragments = range.upperBound < header.payloadLength
      piece.payloadLength = range.count
      let emitted = piece
      let isQueued = outbox.add(20 &+ range.count, .ipv4, to: hardware, .v4(hop)) { packet in
        packet.copy(
          whole.span.extracting(20 &+ range.lowerBound..<20 &+ range.upperBound), at: 20)
        emitted.emit(into: &packet, at: 0)
      }
      guard isQueued else { throw .noBuffer }
    }
  }

  @inline(never)
  mutating func sendInPieces(
    _ header: IPv6Header, to hop: IPv6Address, _ whole: [UInt8]
  ) throws(Drop) {
    let hardware = header.destination.isMulticast ? header.destination.groupHardware : nil
    let length = IPv6Header.length
    let start = length &+ IPv6Fragment.length
    let pieces = try pieces(
      of: header.payload.count, (ip6.routers.mtu(to: header.destination) &- start) & ~7)
    let identification = number()
    for range in pieces {
      var piece = header
      piece.transport = IPv6Fragment.number
      piece.payload = length..<start &+ range.count
      let fragment = IPv6Fragment(
        identification: identification, offset: range.lowerBound,
        hasMore: range.upperBound < header.payload.count)
      let emitted = piece
      let isQueued = outbox.add(start &+ range.count, .ipv6, to: hardware, .v6(hop)) { packet in
        emitted.emit(into: &packet, at: 0)
        fragment.emit(into: &packet, at: length, header.transport)
        packet.copy(
          whole.span.extracting(length &+ range.lowerBound..<length &+ range.upperBound), at: start)
      }
      guard isQueued else { throw .noBuffer }
    }
  }

  /// The pieces of a payload of `count` bytes, each of `room` at most; there is place for all of them.
  private func pieces(of count: Int, _ room: Int) throws(Drop) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = 0
    while start < count {
      pieces.append(start..<min(start &+ room, count))
      start &+= room
    }
    guard outbox.count &+ pieces.count <= Outbox.unaddressedLimit else { throw .noBuffer }
    return pieces
  }

  /// A packet with so many bytes after its header that `fill` writes, which is to be sent in pieces.
  static func filled(
    _ payload: Int, after header: Int, _ fill: (inout MutableSpan<UInt8>) -> Void
  ) throws(Drop) -> [UInt8] {
    guard payload <= Reassembly.sizeLimit else { throw .tooLong }
    var whole = [UInt8](repeating: 0, count: header &+ payload)
    var span = whole.mutableSpan
    fill(&span)
    return whole
  }
}
