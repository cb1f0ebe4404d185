import Exchange
import Testing

@Suite("Packets in files")
struct PacketFileTests {
  /// Written by hand after the draft's figures: a file header, and two packets of 3 and 5 bytes.
  private static let pcap: [UInt8] =
    [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]
    + [2, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 60, 0, 0, 0, 1, 2, 3]
    + [3, 0, 0, 0, 0, 1, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 9, 8, 7, 6, 5]

  private static let packets = [
    CapturedPacket(time: 2_000_007, bytes: [1, 2, 3], length: 60),
    CapturedPacket(time: 3_000_256, bytes: [9, 8, 7, 6, 5], length: 5),
  ]

  @Test("a stream gives its packets, however it is cut", arguments: [1, 2, 7, 24, 40, 1000])
  func stream(pieces: Int) {
    var stream = PcapStream()
    var packets: [CapturedPacket] = []
    for start in stride(from: 0, to: Self.pcap.count, by: pieces) {
      packets += stream.received(Self.pcap[start..<min(start + pieces, Self.pcap.count)])
    }
    #expect(packets == Self.packets && !stream.isBroken && !stream.isUnfinished)
    _ = stream.received([1])
    #expect(stream.isUnfinished)
  }

  @Test("what is no capture is none, and a length beyond all bounds ends it")
  func broken() {
    var stream = PcapStream()
    #expect(stream.received([UInt8](repeating: 0, count: 100)) == [] && stream.isBroken)
    stream = PcapStream()
    var absurd = Self.pcap
    absurd[24 + 19 + 11] = 0xff
    #expect(stream.received(absurd) == [Self.packets[0]] && stream.isBroken)
    #expect(stream.received(Self.pcap) == [])
  }

  @Test("pcapng: an Enhanced Packet Block as the draft draws it, and no block of broken length")
  func pcapng() {
    var writer = PcapngWriter()
    var file = writer.began(name: "echo net0", program: "porthole", filter: "tcp")
    let packet = CapturedPacket(time: 0x1_2345_6789, bytes: [0xaa, 0xbb, 0xcc], length: 60)
    let block = writer.captured(packet)
    let expected: [UInt8] = [
      6, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x89, 0x67, 0x45, 0x23, 3, 0, 0, 0, 60, 0, 0,
      0, 0xaa, 0xbb, 0xcc, 0, 36, 0, 0, 0,
    ]
    #expect(block == expected)
    file += block + writer.ended(seen: 9)
    var types: [UInt32] = []
    var place = 0
    func word(_ place: Int) -> UInt32 {
      (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(file[place + $1]) }
    }
    while place + 12 <= file.count {
      let length = Int(word(place + 4))
      guard length >= 12, length % 4 == 0, place + length <= file.count else { break }
      #expect(Int(word(place + length - 4)) == length)
      types.append(word(place))
      place += length
    }
    #expect(place == file.count && types == [0x0a0d_0d0a, 1, 6, 5] && writer.packets == 1)
  }
}
