internal import GDBRemote
internal import Testing

@Suite("Framing")
struct FramingTests {
  /// All events of an input, each with the packet's data.
  private func events(
    _ input: [UInt8], limit: Int = 4096, cut: Int = .max
  ) -> [(PacketDecoder.Event, [UInt8])] {
    var decoder = PacketDecoder(limit: limit)
    var found: [(PacketDecoder.Event, [UInt8])] = []
    var start = 0
    while start < input.count {
      let end = min(input.count, start + min(cut, input.count))
      var position = 0
      let piece = Array(input[start..<end])
      while let event = decoder.received(piece, at: &position) {
        found.append((event, event == .packet || event == .notification ? decoder.payload : []))
      }
      start = end
    }
    return found
  }

  // The examples are those of gdb's manual, appendix E.1, or follow from it by hand.
  @Test(
    "a packet's data comes out expanded and unescaped",
    arguments: [
      ("$OK#9a", "OK"),
      ("$#00", ""),
      ("$0* #7a", "0000"),
      ("$0*\"1#ad", "0000001"),
      ("$0*~#d8", String(repeating: "0", count: 98)),
      ("$}\u{03}#80", "#"),
      ("$}\u{04}x#f9", "$x"),
      ("$}]#da", "}"),
      ("$}\u{0a}#87", "*"),
      ("$*#2a", "*"),
    ])
  func decodes(frame: String, data: String) {
    let found = events(bytes(frame))
    #expect(found.count == 1)
    #expect(found.first?.0 == .packet)
    #expect(found.first?.1 == bytes(data))
  }

  @Test(
    "what is damaged is told as such, and the next packet is read",
    arguments: [
      "$OK#9b", "$OK#zz", "$OK#9z", "$a}#de", "$0*#7a", "$0*\u{01}#5b", "$0*\u{7f}#d9",
    ])
  func damaged(frame: String) {
    let found = events(bytes(frame) + packet("next"))
    #expect(found.first?.0 == .corrupt)
    #expect(found.last?.0 == .packet)
    #expect(found.last?.1 == bytes("next"))
  }

  @Test("acknowledgements, interrupts and notifications are told apart from packets")
  func marks() {
    let input = bytes("+-\u{03}") + packet("Stop:T05", mark: "%") + packet("x")
    #expect(
      events(input).map(\.0) == [.acknowledged, .rejected, .interrupt, .notification, .packet])
  }

  @Test("a dollar begins a packet anew, and stray bytes are skipped")
  func restarts() {
    let found = events(bytes("zz\u{0a}$half") + packet("whole"))
    #expect(found.map(\.0) == [.packet])
    #expect(found.first?.1 == bytes("whole"))
  }

  @Test("a packet beyond the limit is skipped to its end, by length or by runs")
  func limit() {
    let long = packet(String(repeating: "x", count: 65))
    let runs = packet(String(repeating: "0*~", count: 1000))
    for input in [long, runs] {
      let found = events(input + packet("ok"), limit: 64)
      #expect(found.map(\.0) == [.oversize, .packet])
    }
    #expect(events(packet(String(repeating: "x", count: 64)), limit: 64).map(\.0) == [.packet])
  }

  @Test("how the link cuts the bytes makes no difference", arguments: [1, 2, 3, 5])
  func cuts(size: Int) {
    let input = bytes("+$0*\"1#ad%n#6e$}\u{03}a#e1$bad#00-$}]}]#b4\u{03}+$")
    let whole = events(input)
    let cut = events(input, cut: size)
    #expect(whole.count == 9)
    #expect(whole.map(\.0) == cut.map(\.0))
    #expect(whole.map(\.1) == cut.map(\.1))
  }

  @Test("every byte that framing uses is sent escaped, with the right checksum")
  func encodes() {
    #expect(PacketEncoder.frame(bytes("OK")) == bytes("$OK#9a"))
    #expect(PacketEncoder.frame(bytes("#$}*")) == packet("}\u{03}}\u{04}}]}\u{0a}"))
    #expect(PacketEncoder.encodedCount(bytes("a#$}*")) == 9)
  }

  @Test("a run's count is never written as a dollar or a number sign, and every run comes back")
  func runs() {
    for count in 1...300 {
      for byte: UInt8 in [0x30, 0x23, 0x2a, 0x7d] {
        let data = [0x61] + [UInt8](repeating: byte, count: count) + [0x62]
        var frame: [UInt8] = []
        RunLengthEncoder.append(data, to: &frame)
        #expect(!frame.dropFirst().dropLast(3).contains { $0 == 0x23 || $0 == 0x24 })
        let found = events(frame)
        #expect(found.count == 1 && found.first?.1 == data)
      }
    }
    var zeros: [UInt8] = []
    RunLengthEncoder.append([UInt8](repeating: 0x30, count: 98), to: &zeros)
    #expect(zeros == bytes("$0*~#d8"))
  }
}
