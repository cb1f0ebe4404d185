// Headers and checksums, against packets that were taken from the specifications or put together by
// hand, and everything that can be wrong with one.

import Internet
import Testing

@Suite("Packets")
struct PacketTests {
  /// The bytes of pairs of digits, blanks left out.
  static func bytes(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue ?? 0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test("the checksum is that of RFC 1071, whatever the length")
  func checksum() {
    // RFC 1071, section 3.
    #expect(Checksum.of([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7].span) == 0x220d)
    var dice = Dice(state: 7)
    for count in 0..<200 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
      let sum = FrameCheck.sum(bytes)
      #expect(Int(Checksum.of(bytes.span)) == 0xffff - sum || sum == 0, "\(count) bytes")
    }
    #expect(Checksum.of([UInt8](repeating: 0xff, count: 64).span) == 0)
  }

  @Test("SipHash-2-4 is that of its authors")
  func sipHash() {
    let hash = SipHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
    #expect(hash.hash(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908) == 0x3f2a_cc7f_57c2_9bdb)
  }

  @Test("a frame's header is read and written, with a tag and without")
  func ethernet() throws {
    let plain = Self.bytes("ffffffffffff 525400123456 0806")
    var header = try EthernetHeader(parsing: plain.span)
    #expect(header.destination == .broadcast && header.source.bits == 0x5254_0012_3456)
    #expect(header.type == EtherType.arp.rawValue && header.vlan == 0 && header.length == 14)
    let tagged = Self.bytes("025400123456 525400123456 8100 a07b 0800")
    header = try EthernetHeader(parsing: tagged.span)
    #expect(header.vlan == 123 && header.length == 18 && header.type == 0x0800)
    var written = [UInt8](repeating: 0, count: 18)
    var span = written.mutableSpan
    header.emit(into: &span)
    #expect(written == tagged)
    for count in [0, 13] {
      #expect(throws: Drop.frameMalformed) {
        try EthernetHeader(parsing: plain.span.extracting(0..<count))
      }
    }
    #expect(throws: Drop.frameMalformed) {
      try EthernetHeader(parsing: tagged.span.extracting(0..<17))
    }
  }

  @Test("an ARP packet is read and written")
  func arp() throws {
    let bytes = Self.bytes("0001 0800 06 04 0001 0242c0a80001 c0a80001 000000000000 c0a800c7")
    let packet = try ARPPacket(parsing: bytes.span)
    #expect(packet.operation == .request && packet.sender == IPv4Address(192, 168, 0, 1))
    #expect(packet.target == IPv4Address(192, 168, 0, 199))
    var written = [UInt8](repeating: 0, count: 28)
    var span = written.mutableSpan
    packet.emit(into: &span, at: 0)
    #expect(written == bytes)
    for (offset, value) in [(1, 6), (2, 9), (4, 8), (5, 6), (7, 3), (8, 1)] as [(Int, UInt8)] {
      var wrong = bytes
      wrong[offset] = value
      #expect(throws: Drop.arpMalformed, "byte \(offset)") { try ARPPacket(parsing: wrong.span) }
    }
  }

  /// A datagram of UDP from 192.168.0.1 to 192.168.0.199, as it is found in textbooks.
  static let textbook = "4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7"

  @Test("an IPv4 header is read and written")
  func ipv4() throws {
    let bytes = Self.bytes(Self.textbook) + [UInt8](repeating: 1, count: 95)
    let header = try IPv4Header(parsing: bytes.span)
    #expect(header.source == IPv4Address(192, 168, 0, 1))
    #expect(header.destination == IPv4Address(192, 168, 0, 199))
    #expect(header.transport == 17 && header.timeToLive == 64 && header.mayNotFragment)
    #expect(header.payload == 20..<115 && !header.isFragment)
    var written = [UInt8](repeating: 0xff, count: 20)
    var span = written.mutableSpan
    header.emit(into: &span, at: 0)
    #expect(written == Array(bytes[..<20]))
  }

  @Test(
    "an IPv4 header that cannot be is refused",
    arguments: [
      ("too short", 19, 0, 0x45, Drop.ipMalformed), ("version 6", 115, 0, 0x65, .ipMalformed),
      ("header of 16 bytes", 115, 0, 0x44, .ipMalformed),
      ("header beyond the packet", 24, 0, 0x4f, .ipMalformed),
      ("longer than the frame", 114, 0, 0x45, .ipMalformed),
      ("shorter than its header", 115, 3, 19, .ipMalformed),
      ("a damaged byte", 115, 8, 63, .ipChecksum),
    ])
  func ipv4Refused(_ what: String, _ count: Int, _ offset: Int, _ value: UInt8, _ drop: Drop) {
    var bytes = Self.bytes(Self.textbook) + [UInt8](repeating: 1, count: 95)
    if what == "shorter than its header" { bytes[2] = 0 }
    bytes[offset] = value
    bytes.removeLast(115 - count)
    #expect(throws: drop, "\(what)") { try IPv4Header(parsing: bytes.span) }
  }

  @Test("addresses are read, and what is none is not")
  func addresses() {
    #expect(IPv4Address("10.0.2.15".utf8) == IPv4Address(10, 0, 2, 15))
    #expect(IPv4Address("255.255.255.255".utf8) == .broadcast)
    for text in [
      "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", "1.2.3.4 ", "a.b.c.d",
    ] {
      #expect(IPv4Address(text.utf8) == nil, "\(text)")
    }
    let network = IPv4Network(IPv4Address(10, 0, 2, 15), prefixLength: 24)
    #expect(
      network.contains(IPv4Address(10, 0, 2, 200)) && !network.contains(IPv4Address(10, 0, 3, 1)))
    #expect(network.broadcast == IPv4Address(10, 0, 2, 255))
    #expect(IPv4Network(.broadcast, prefixLength: 0).contains(IPv4Address(1, 2, 3, 4)))
    #expect(IPv4Network(IPv4Address(1, 2, 3, 4), prefixLength: 32).broadcast == nil)
  }

  @Test("a datagram's sum is checked if there is one, and its length always")
  func udp() throws {
    let (a, b) = (IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2))
    var bytes = [UInt8](repeating: 0, count: 8) + [1, 2, 3]
    var span = bytes.mutableSpan
    UDPHeader(from: 1000, to: 7, payloadLength: 3).emit(
      into: &span, at: 0, from: .v4(a), to: .v4(b))
    // 0a00+0001+0a00+0002 + 0011+000b + 03e8+0007+000b + 0102+0300, folded and turned around.
    #expect(Self.hex(bytes[6..<8]) == "e3e4")
    #expect(try UDPHeader(parsing: bytes.span, from: .v4(a), to: .v4(b)).payload == 8..<11)
    for offset in [0, 5, 8, 10] {
      var wrong = bytes
      wrong[offset] ^= 0x10
      #expect(throws: offset == 5 ? Drop.udpMalformed : .udpChecksum) {
        try UDPHeader(parsing: wrong.span, from: .v4(a), to: .v4(b))
      }
    }
    bytes[6] = 0
    bytes[7] = 0
    bytes[10] ^= 1
    #expect(try UDPHeader(parsing: bytes.span, from: .v4(a), to: .v4(b)).destination == 7)
  }

  @Test("a segment with all options is read and written as Linux writes it")
  func tcp() throws {
    // The SYN of a Linux 6.1 host, captured by tcpdump, from 10.77.0.1 to 10.77.0.2.
    let (a, b) = (IPv4Address(10, 77, 0, 1), IPv4Address(10, 77, 0, 2))
    var bytes = Self.bytes(
      "c350 0007 12345678 00000000 a002 faf0 0000 0000"
        + "0204 05b4 0402 080a 89abcdef 00000000 01 030307")
    let pseudo = Self.bytes("0a4d0001 0a4d0002 0006 0028")
    let sum = 0xffff - FrameCheck.sum(pseudo + bytes)
    bytes[16] = UInt8(sum >> 8)
    bytes[17] = UInt8(sum & 255)
    let segment = try TCPSegment(parsing: bytes.span, from: .v4(a), to: .v4(b))
    #expect(segment.source == 50_000 && segment.destination == 7)
    #expect(segment.flags == .synchronize && segment.window == 64_240 && segment.length == 1)
    #expect(segment.options.maximumSegmentSize == 1460 && segment.options.windowScale == 7)
    #expect(segment.options.permitsSACK)
    #expect(segment.options.timestamps == TCPTimestamps(value: 0x89ab_cdef, echo: 0))
    var written = [UInt8](repeating: 0, count: 40)
    var span = written.mutableSpan
    segment.emit(into: &span, at: 0, from: .v4(a), to: .v4(b))
    #expect(
      try TCPSegment(parsing: written.span, from: .v4(a), to: .v4(b)).options == segment.options)
    bytes[20] = 9
    #expect(throws: Drop.tcpChecksum) {
      try TCPSegment(parsing: bytes.span, from: .v4(a), to: .v4(b))
    }
  }

  @Test(
    "options are read as far as they make sense",
    arguments: [
      ("", nil, 0), ("00 ff ff", nil, 0), ("01 01 0204 1000", 4096, 0),
      ("fd 05 010203 0204 0200", 512, 0), ("0203 01", nil, 0),
      ("050a 00000001 00000009", nil, 1), ("050b 00000001 00000009 07", nil, 0),
      ("0522" + String(repeating: "0000000100000009", count: 4), nil, 4),
    ] as [(String, UInt16?, Int)])
  func options(_ text: String, _ size: UInt16?, _ sacks: Int) throws {
    let options = try TCPOptions(parsing: Self.bytes(text).span)
    #expect(options.maximumSegmentSize == size && options.sackCount == sacks)
  }

  @Test(
    "an option with a length that cannot be is malformed",
    arguments: ["02", "0200", "0201", "0205 05b4"])
  func optionsRefused(_ text: String) {
    #expect(throws: Drop.tcpMalformed) { try TCPOptions(parsing: Self.bytes(text).span) }
  }
}
