import Canvas
import Terminal
import Testing

@Suite("Decoding a terminal's input")
struct InputDecoderTests {
  @Test(
    "knows the keys of xterm, rxvt and the Linux console",
    arguments: [
      ("a", .character("a")), ("é", .character("é")), ("日", .character("日")),
      ("\u{1b}[A", .up), ("\u{1b}OA", .up), ("\u{1b}[B", .down), ("\u{1b}[1;5C", .right),
      ("\u{1b}[H", .home), ("\u{1b}[4~", .end), ("\u{1b}[8~", .end), ("\u{1b}[5~", .pageUp),
      ("\u{1b}[3~", .delete), ("\u{1b}OP", .function(1)), ("\u{1b}[11~", .function(1)),
      ("\u{1b}[[A", .function(1)), ("\u{1b}[24~", .function(12)), ("\u{1b}[17~", .function(6)),
      ("\u{1b}[Z", .backTab), ("\t", .tab), ("\r", .enter), ("\n", .enter), ("\u{7f}", .backspace),
      ("\u{8}", .backspace), ("\u{3}", .control("c")), ("\u{1}", .control("a")),
      ("\u{1b}b", .alt("b")), ("\u{1b}[1;2P", .function(1)),
    ] as [(String, Key)])
  func keys(text: String, key: Key) {
    var whole = InputDecoder()
    #expect(whole.received(text.utf8) == [.key(key)])
    #expect(!whole.isUndecided)
    // Byte by byte, as a slow line delivers it.
    var slow = InputDecoder()
    var events: [InputEvent] = []
    for byte in text.utf8 { events += slow.received([byte]) }
    #expect(events == [.key(key)])
  }

  @Test("takes an Escape for a key only when nothing follows in time")
  func escape() {
    var decoder = InputDecoder()
    #expect(decoder.received([0x1b]) == [])
    #expect(decoder.isUndecided)
    #expect(decoder.timedOut() == [.key(.escape)])
    #expect(decoder.received([0x1b, 0x1b]) == [.key(.escape)])
    #expect(decoder.received(Array("[A".utf8)) == [.key(.up)])
  }

  @Test("reads SGR mouse reports and ignores modifiers and unknown buttons")
  func mouse() {
    var decoder = InputDecoder()
    let text =
      "\u{1b}[<0;5;7M\u{1b}[<0;5;7m\u{1b}[<64;1;1M\u{1b}[<69;300;200M\u{1b}[<32;2;2M\u{1b}[<2;1;1M"
    #expect(
      decoder.received(text.utf8) == [
        .mouse(MouseEvent(.pressed, at: Point(column: 4, row: 6))),
        .mouse(MouseEvent(.released, at: Point(column: 4, row: 6))),
        .mouse(MouseEvent(.wheelUp, at: Point(column: 0, row: 0))),
        .mouse(MouseEvent(.wheelDown, at: Point(column: 299, row: 199))),
        .mouse(MouseEvent(.dragged, at: Point(column: 1, row: 1))),
      ])
  }

  @Test("takes a bracketed paste as one event, whatever is in it")
  func paste() {
    var decoder = InputDecoder()
    let text = "\u{1b}[200~rm -rf\r\n\u{1b}[A\u{3}é\u{1b}[201~x"
    #expect(
      decoder.received(text.utf8) == [
        .paste("rm -rf\r\n\u{1b}[A\u{3}é"), .key(.character("x")),
      ])
  }

  @Test("keeps a bounded part of an endless paste and still finds its end")
  func endlessPaste() throws {
    var decoder = InputDecoder()
    _ = decoder.received("\u{1b}[200~".utf8)
    _ = decoder.received([UInt8](repeating: 0x61, count: 2 << 20))
    let events = decoder.received("\u{1b}[201~z".utf8)
    #expect(events.count == 2)
    guard case .paste(let text) = events.first else {
      Issue.record("no paste")
      return
    }
    #expect(text.utf8.count <= (1 << 20) + 6)
    #expect(events.last == .key(.character("z")))
  }

  @Test("drops what is no UTF-8 and goes on behind it")
  func invalid() {
    var decoder = InputDecoder()
    #expect(decoder.received([0xff, 0x61]) == [.key(.character("a"))])
    #expect(decoder.received([0xe2, 0x62]) == [.key(.character("b"))])
    #expect(decoder.received([0xc2, 0x9b, 0x63]) == [.key(.character("c"))])
    #expect(decoder.received(Array("\u{1b}[38;5".utf8)) == [])
    #expect(decoder.timedOut() == [])
    #expect(decoder.received([0x64]) == [.key(.character("d"))])
  }

  @Test("prefers the terminal's own sequences")
  func terminfo() {
    var decoder = InputDecoder(extra: [Array("\u{1b}[25~".utf8): .function(3)])
    #expect(decoder.received("\u{1b}[25~".utf8) == [.key(.function(3))])
  }

  @Test("never keeps more than a sequence's length of any noise")
  func noise() {
    var state: UInt64 = 5
    var decoder = InputDecoder()
    var keys = 0
    for _ in 0..<200_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      keys += decoder.received([UInt8(truncatingIfNeeded: state >> 40) & 0x7f]).count
    }
    #expect(keys > 50_000)
    _ = decoder.received("\u{1b}[201~".utf8)
    _ = decoder.timedOut()
    #expect(decoder.received([0x71]) == [.key(.character("q"))])
  }
}
