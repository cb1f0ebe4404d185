// Datagrams in pieces: in any order, incomplete, overlapping, too many.

import Internet
import Testing

@Suite("Reassembly")
struct ReassemblyTests {
  private let start = Moment(microseconds: 5)

  private func piece(
    _ range: Range<Int>, isLast: Bool, _ identification: UInt16 = 1
  ) -> (IPv4Header, [UInt8]) {
    var header = IPv4Header(
      from: IPv4Address(10, 0, 0, 1), to: IPv4Address(10, 0, 0, 2), .udp,
      payloadLength: range.count)
    header.mayNotFragment = false
    header.identification = identification
    header.hasMoreFragments = !isLast
    header.fragmentOffset = range.lowerBound
    return (header, range.map { UInt8(truncatingIfNeeded: $0 &* 3 ^ $0 >> 8) })
  }

  private func take(
    _ reassembly: inout Reassembly, _ piece: (IPv4Header, [UInt8])
  ) throws(Drop) -> Int? {
    try reassembly.received(piece.0, piece.1.span, at: start)
  }

  @Test("pieces in any order make the datagram")
  func orders() throws {
    let ranges = [0..<1480, 1480..<2960, 2960..<4440, 4440..<5001]
    var dice = Dice(state: 3)
    for _ in 0..<24 {
      var reassembly = Reassembly()
      var order = ranges
      for index in order.indices {
        order.swapAt(index, Int(dice.next() % UInt64(order.count)))
      }
      for range in order.dropLast() {
        let size = try take(&reassembly, piece(range, isLast: range.upperBound == 5001))
        #expect(size == nil)
      }
      let last = order[3]
      let size = try take(&reassembly, piece(last, isLast: last.upperBound == 5001))
      #expect(size == 5001)
      #expect(reassembly.whole == piece(0..<5001, isLast: true).1)
      #expect(reassembly.deadline == .distantFuture)
    }
  }

  @Test(
    "pieces that do not fit together drop the datagram",
    arguments: [
      ("the same again", [(0..<80, false), (0..<80, false)], Drop.fragmentDuplicate),
      ("a part of it again", [(0..<80, false), (8..<16, false)], .fragmentDuplicate),
      ("overlapping by 8", [(0..<80, false), (72..<160, false)], .fragmentOverlap),
      ("around another", [(80..<88, false), (0..<160, false)], .fragmentOverlap),
      ("two ends", [(80..<100, true), (160..<170, true)], .fragmentMalformed),
      ("beyond the end", [(80..<100, true), (160..<168, false)], .fragmentMalformed),
      ("an end before what there is", [(160..<168, false), (80..<100, true)], .fragmentMalformed),
      ("an odd piece", [(0..<9, false)], .fragmentMalformed),
      ("nothing", [(0..<0, false)], .fragmentMalformed),
      ("beyond what a packet can have", [(65_512..<65_520, true)], .fragmentMalformed),
      ("larger than is taken", [(40_000..<40_008, true)], .fragmentNoRoom),
    ] as [(String, [(Range<Int>, Bool)], Drop)])
  func misfits(_ what: String, _ pieces: [(Range<Int>, Bool)], _ drop: Drop) throws {
    var reassembly = Reassembly()
    for (range, isLast) in pieces.dropLast() {
      let size = try take(&reassembly, piece(range, isLast: isLast))
      #expect(size == nil)
    }
    let (range, isLast) = try #require(pieces.last)
    #expect(throws: drop, "\(what)") { try take(&reassembly, piece(range, isLast: isLast)) }
    switch drop {
    case .fragmentDuplicate: #expect(reassembly.deadline != .distantFuture)
    case .fragmentOverlap:
      // What comes later of the same datagram goes the same way (RFC 5722), until it is forgotten.
      #expect(throws: drop) { try take(&reassembly, piece(800..<808, isLast: false)) }
      let timeouts = reassembly.timerExpired(at: .distantFuture)
      #expect(timeouts == 0 && reassembly.deadline == .distantFuture)
    default: #expect(reassembly.deadline == .distantFuture)
    }
  }

  @Test("what never becomes whole is given up, and a flood of beginnings finds an end")
  func bounds() throws {
    var reassembly = Reassembly()
    for number in UInt16(0)..<4 {
      let size = try take(&reassembly, piece(0..<8, isLast: false, number))
      #expect(size == nil)
    }
    #expect(throws: Drop.fragmentNoRoom) {
      try take(&reassembly, piece(0..<8, isLast: false, 4))
    }
    #expect(reassembly.deadline == start + Reassembly.patience)
    let givenUp = reassembly.timerExpired(at: start + Reassembly.patience)
    #expect(givenUp == 4)
    let size = try take(&reassembly, piece(0..<8, isLast: false, 4))
    #expect(size == nil)
    // Every second piece: each is a range of its own.
    #expect(throws: Drop.fragmentNoRoom) {
      for index in 1..<100 {
        _ = try take(&reassembly, piece(index * 16..<index * 16 + 8, isLast: false, 4))
      }
    }
  }
}
