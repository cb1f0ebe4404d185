import Glibc
import Testing

import TerminalText

// Safety: takes and returns plain numbers, and reads only the thread's locale.
@_silgen_name("wcwidth")
private func libraryWidth(_ character: Int32) -> Int32

@Suite("The sanitizer")
struct SanitizerTests {
  @Test(
    "spells out what would act on a terminal",
    arguments: [
      ("\u{1b}[2J", "^[[2J"), ("a\rb", "a^Mb"), ("\u{7}", "^G"), ("\u{0}", "^@"), ("\u{7f}", "^?"),
      ("a\nb", "a^Jb"), ("a\tb", "a^Ib"), ("\u{9b}31m", "\\u{9b}31m"), ("\u{85}", "\\u{85}"),
      ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
      ("\u{61c}", "\\u{61c}"), ("pay\u{200b}pal", "pay\\u{200b}pal"), ("\u{feff}", "\\u{feff}"),
      ("\u{200d}", "\\u{200d}"), ("\u{ad}", "\\u{ad}"), ("\u{2028}", "\\u{2028}"),
      ("\u{fe0f}", "\\u{fe0f}"), ("\u{e0041}", "\\u{e0041}"), ("\u{e0100}", "\\u{e0100}"),
      ("\u{e000}", "\\u{e000}"), ("\u{fffe}", "\\u{fffe}"), ("\u{1160}", "\\u{1160}"),
      ("\u{115f}", "\\u{115f}"), ("\u{3164}", "\\u{3164}"), ("\u{1f1e9}", "\\u{1f1e9}"),
      ("\u{1f44d}\u{1f3ff}", "\u{1f44d}\\u{1f3ff}"), ("\u{180e}", "\\u{180e}"),
    ])
  func spellsOut(hostile: String, visible: String) {
    #expect(Sanitizer.visible(hostile) == visible)
    #expect(Sanitizer.visible(hostile.utf8) == visible)
  }

  @Test(
    "leaves ordinary text as it is",
    arguments: ["", "main + 12", "naïve", "日本語", "e\u{301}", "Ω≈ç√∫", "😀", "a\u{5d0}", "→ │ ●"])
  func leaves(text: String) {
    #expect(Sanitizer.visible(text) == text)
    #expect(Sanitizer.visible(Array(text.utf8)) == text)
  }

  @Test(
    "spells out bytes that are no UTF-8",
    arguments: [
      ([0xff], "\\xff"), ([0x41, 0x80, 0x42], "A\\x80B"), ([0xc3], "\\xc3"),
      ([0xc0, 0xaf], "\\xc0\\xaf"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
      ([0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"), ([0xe2, 0x82, 0x41], "\\xe2\\x82A"),
      ([0xe0, 0x80, 0x9b], "\\xe0\\x80\\x9b"), ([0xc2, 0x9b], "\\u{9b}"),
      ([0xe2, 0xe2, 0x82, 0xac], "\\xe2€"),
    ] as [([UInt8], String)])
  func spellsBytes(bytes: [UInt8], visible: String) {
    #expect(Sanitizer.visible(bytes) == visible)
  }

  @Test("keeps two marks on a base and spells out lone and further ones")
  func marks() {
    #expect(Sanitizer.visible("\u{301}") == "\\u{301}")
    #expect(Sanitizer.visible(" \u{301}") == " \\u{301}")
    #expect(Sanitizer.visible("\u{1b}\u{301}") == "^[\\u{301}")
    #expect(Sanitizer.visible("a\u{301}\u{302}\u{303}") == "a\u{301}\u{302}\\u{303}")
    let zalgo = "z" + String(repeating: "\u{335}", count: 10_000)
    let marks = Sanitizer.visible(zalgo).unicodeScalars.count { cells($0) == 0 }
    #expect(marks == Sanitizer.maximumMarks)
  }

  @Test("expands tabs to columns of cells, not of characters")
  func tabs() {
    #expect(Sanitizer.visible("a\tb", tabWidth: 4) == "a   b")
    #expect(Sanitizer.visible("日\tb", tabWidth: 4) == "日  b")
    #expect(Sanitizer.visible("abcd\tb", tabWidth: 4) == "abcd    b")
  }

  @Test("splits lines at LF and CR LF only, and adds none at the end")
  func lines() {
    #expect(Sanitizer.visibleLines("a\r\nb\nc\rd\n") == ["a", "b", "c^Md"])
    #expect(Sanitizer.visibleLines("") == [])
    #expect(Sanitizer.visibleLines("\n\n") == ["", ""])
    #expect(Sanitizer.visibleLines([0x1b, 0x0a, 0xff]) == ["^[", "\\xff"])
  }

  @Test("leaves nothing that it would change again, whatever the bytes")
  func idempotent() {
    var random = SplitMix(state: 7)
    for _ in 0..<400 {
      let count = Int(random.next() % 64)
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 13) }
      let once = Sanitizer.visible(bytes)
      #expect(Sanitizer.visible(once) == once)
    }
  }

  @Test("counts the cells of every scalar that passes as the C library does")
  func agreesWithLibrary() throws {
    // An independent table: the C library's, which curses uses. It knows Unicode 15.0; scalars it
    // does not know are left out, as the terminal module replaces them.
    let locale = try #require(newlocale(1 << LC_CTYPE, "C.UTF-8", nil))
    let before = uselocale(locale)
    defer {
      uselocale(before)
      freelocale(locale)
    }
    var wrong: [String] = []
    var drawn = 0
    // The planes of wide ideographs and of private use are uniform: every 61st scalar will do.
    let planes = [
      Array(stride(from: UInt32(0x20), to: 0x3400, by: 1)),
      Array(stride(from: UInt32(0x3400), to: 0xa000, by: 61)),
      Array(stride(from: UInt32(0xa000), to: 0x17000, by: 1)),
      Array(stride(from: UInt32(0x17000), to: 0x1b000, by: 61)),
      Array(stride(from: UInt32(0x1b000), to: 0x20000, by: 1)),
      Array(stride(from: UInt32(0x20000), to: 0x110000, by: 61)),
    ]
    for value in planes.joined() {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = Sanitizer.visible("a" + String(scalar))
      let passes = text.unicodeScalars.last == scalar && text.unicodeScalars.count == 2
      let width = libraryWidth(Int32(value))
      guard passes else { continue }
      drawn += 1
      if width >= 0 && Int(width) != cells(scalar) {
        wrong.append(String(value, radix: 16) + ": \(width) \(cells(scalar))")
      }
    }
    #expect(drawn > 20_000)
    #expect(wrong == [])
  }
}

/// A small repeatable source of bytes.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
