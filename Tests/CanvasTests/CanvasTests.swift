import Canvas
import Testing

@Suite("A canvas")
struct CanvasTests {
  @Test(
    "draws text clipped by cells and marks the cut",
    arguments: [
      ("main", 10, "main"), ("main", 4, "main"), ("main", 3, "ma…"), ("main", 1, "…"),
      ("main", 0, ""), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日……"),
      ("a日", 2, "a…"), ("e\u{301}e", 2, "e\u{301}e"), ("e\u{301}ee", 2, "e\u{301}…"),
    ])
  func clips(text: String, limit: Int, shown: String) {
    var canvas = Canvas(size: Size(columns: 12, rows: 1))
    let used = canvas.draw(text, column: 0, row: 0, limit: limit, style: .plain)
    #expect(canvas.text == shown)
    #expect(used <= limit)
  }

  @Test("sanitizes whatever is drawn")
  func sanitizes() {
    var canvas = Canvas(size: Size(columns: 30, rows: 1))
    canvas.draw("\u{1b}[2J\u{202e}x\n", column: 0, row: 0, limit: 30, style: .plain)
    #expect(canvas.text == "^[[2J\\u{202e}x^J")
  }

  @Test("takes time bounded by the cells, not by the text")
  func bounded() {
    var canvas = Canvas(size: Size(columns: 4, rows: 1))
    let long = String(repeating: "x", count: 1 << 22)
    let clock = ContinuousClock()
    let time = clock.measure {
      for _ in 0..<1000 { canvas.draw(long, column: 0, row: 0, limit: 4, style: .plain) }
    }
    #expect(canvas.text == "xxx…")
    #expect(time < .seconds(2))
  }

  @Test("blanks the other half of a wide character that is overwritten")
  func halves() {
    var canvas = Canvas(size: Size(columns: 6, rows: 1))
    canvas.draw("日本", column: 0, row: 0, limit: 6, style: .plain)
    canvas.draw("x", column: 1, row: 0, limit: 1, style: .plain)
    #expect(canvas.text == " x本")
    canvas.draw("y", column: 2, row: 0, limit: 1, style: .plain)
    #expect(canvas.text == " xy")
  }

  @Test("ignores what lies outside it", arguments: [(-1, 0), (0, -1), (5, 0), (0, 2), (.max, 0)])
  func outside(column: Int, row: Int) {
    var canvas = Canvas(size: Size(columns: 5, rows: 2))
    canvas.draw(glyph: "x", column: column, row: row, style: .plain)
    if column >= 0, column < 5 {
      canvas.draw("text", column: column, row: row, limit: 4, style: .plain)
    }
    #expect(canvas.text == "\n")
  }

  @Test("shows stand-ins where only ASCII may be drawn")
  func ascii() {
    var canvas = Canvas(size: Size(columns: 12, rows: 1), glyphs: .ascii)
    canvas.draw("─│▸●日é", column: 0, row: 0, limit: 12, style: .plain)
    #expect(canvas.text == "-|>B???")
    let isASCII = canvas.text.unicodeScalars.allSatisfy { $0.isASCII }
    #expect(isASCII)
  }

  @Test("differs from another exactly where cells differ, wide characters whole")
  func difference() {
    var before = Canvas(size: Size(columns: 10, rows: 2))
    before.draw("ab日cd", column: 0, row: 0, limit: 10, style: .plain)
    #expect(before.changes(from: before) == [])
    var after = before
    after.draw("X", column: 1, row: 0, limit: 1, style: .plain)
    after.draw("本", column: 2, row: 0, limit: 2, style: .plain)
    after.draw("z", column: 9, row: 1, limit: 1, style: Style(.error))
    #expect(
      after.changes(from: before) == [
        ChangedRun(row: 0, columns: 1..<4), ChangedRun(row: 1, columns: 9..<10),
      ])
    #expect(after.changes(from: nil).count == 2)
  }

  @Test("applied changes turn any canvas into any other")
  func differenceIsComplete() {
    var random = Numbers(state: 3)
    for _ in 0..<200 {
      let before = scribble(&random)
      let after = scribble(&random)
      var changed: Set<Point> = []
      for run in after.changes(from: before) {
        for column in run.columns { changed.insert(Point(column: column, row: run.row)) }
      }
      for row in 0..<after.size.rows {
        for column in 0..<after.size.columns
        where after[column, row] != before[column, row] {
          #expect(changed.contains(Point(column: column, row: row)))
        }
      }
    }
  }

  private func scribble(_ random: inout Numbers) -> Canvas {
    var canvas = Canvas(size: Size(columns: 16, rows: 3))
    for _ in 0..<6 {
      let texts = ["a", "日本", "e\u{301}", "long text", ""]
      canvas.draw(
        texts[Int(random.next() % 5)], column: Int(random.next() % 16),
        row: Int(random.next() % 3), limit: 8,
        style: Style(random.next() % 2 == 0 ? .plain : .error))
    }
    return canvas
  }
}

@Suite("Styles and the theme")
struct ThemeTests {
  @Test("a style keeps its role, surface and fading", arguments: Role.allCases)
  func packing(role: Role) {
    for surface in Surface.allCases {
      for isFaded in [false, true] {
        let style = Style(role, on: surface, isFaded: isFaded)
        #expect(style.role == role)
        #expect(style.surface == surface)
        #expect(style.isFaded == isFaded)
      }
    }
  }

  @Test(
    "text is legible: on black and on white alike, and on every surface", arguments: Role.allCases)
  func contrast(role: Role) throws {
    for isFaded in [false, true] {
      for surface in Surface.allCases {
        let look = Theme.standard.appearance(
          Style(role, on: surface, isFaded: isFaded), depth: .palette)
        if surface == .base {
          #expect(look.background == nil)
          // The terminal's own colour is the terminal's business.
          guard let ink = look.foreground else { continue }
          #expect(ratio(ink.rgb, 0) >= 3.3)
          #expect(ratio(ink.rgb, 0xffffff) >= 3.3)
        } else {
          let ink = try #require(look.foreground)
          let ground = try #require(look.background)
          #expect(ratio(ink.rgb, ground.rgb) >= 4.5)
        }
      }
    }
  }

  @Test("the light theme is legible on white, high contrast anywhere", arguments: Role.allCases)
  func otherThemes(role: Role) throws {
    for isFaded in [false, true] {
      for surface in Surface.allCases {
        let style = Style(role, on: surface, isFaded: isFaded)
        let light = Theme.light.appearance(style, depth: .palette)
        let ink = try #require(light.foreground)
        #expect(ratio(ink.rgb, light.background?.rgb ?? 0xffffff) >= (isFaded ? 2.5 : 4.5))
        let strong = Theme.contrast.appearance(style, depth: .palette)
        let (front, back) = (try #require(strong.foreground), try #require(strong.background))
        #expect(ratio(front.rgb, back.rgb) >= 7)
      }
    }
  }

  @Test("without colour every signal still has an attribute")
  func withoutColour() {
    for role in [Role.changed, .current, .error, .warning, .match, .breakpoint, .activeTitle] {
      let look = Theme.mono.appearance(Style(role), depth: .palette)
      #expect(look != Theme.standard.appearance(.plain, depth: .none))
      #expect(look.foreground == nil && look.background == nil)
    }
    for surface in [Surface.selection, .currentLine, .bar] {
      #expect(
        Theme.standard.appearance(Style(.plain, on: surface), depth: .none)
          != Theme.standard.appearance(.plain, depth: .none))
    }
    let faded = Theme.standard.appearance(Style(.plain, isFaded: true), depth: .none)
    #expect(faded.isDim)
  }

  /// The contrast ratio of WCAG 2.1.
  private func ratio(_ first: UInt32, _ second: UInt32) -> Double {
    let lights = [luminance(first), luminance(second)].sorted()
    return (lights[1] + 0.05) / (lights[0] + 0.05)
  }

  private func luminance(_ rgb: UInt32) -> Double {
    func linear(_ shift: UInt32) -> Double {
      let value = Double(rgb >> shift & 0xff) / 255
      // Close enough to sRGB's curve for a threshold, and without a C library.
      return value <= 0.04
        ? value / 12.92 : value * value * (0.7 * value + 0.3 * value.squareRoot())
    }
    return 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0)
  }
}

@Suite("Sharing out rows and columns")
struct LayoutTests {
  @Test("gives minimums by priority, then the rest by weight")
  func shares() {
    let shares = [
      Share(minimum: 3, weight: 1, priority: 1), Share(minimum: 2, maximum: 4, weight: 1),
      Share(minimum: 4, weight: 3, priority: 2),
    ]
    #expect(Layout.split(4, shares) == [0, 0, 4])
    #expect(Layout.split(7, shares) == [3, 0, 4])
    #expect(Layout.split(9, shares) == [3, 2, 4])
    #expect(Layout.split(0, shares) == [0, 0, 0])
    #expect(Layout.split(-5, shares) == [0, 0, 0])
  }

  @Test("never gives more than there is, less than a minimum or more than a maximum")
  func bounds() {
    var random = Numbers(state: 11)
    for _ in 0..<2000 {
      let shares = (0..<Int(random.next() % 6)).map { _ in
        let minimum = Int(random.next() % 8)
        return Share(
          minimum: minimum, maximum: minimum + Int(random.next() % 9),
          weight: Int(random.next() % 4), priority: Int(random.next() % 3))
      }
      let total = Int(random.next() % 60)
      let lengths = Layout.split(total, shares)
      #expect(lengths.reduce(0, +) <= total)
      for (length, share) in zip(lengths, shares) {
        #expect(length == 0 || (share.minimum...share.maximum).contains(length))
      }
      if shares.contains(where: { $0.weight > 0 && $0.minimum == 0 && $0.maximum > 100 }) {
        #expect(lengths.reduce(0, +) == total)
      }
    }
  }

  @Test("a size cannot ask for more than a thousand rows and columns")
  func sizes() {
    #expect(Size(columns: .max, rows: -3) == Size(columns: 1000, rows: 0))
  }
}

/// A small repeatable source of numbers.
struct Numbers {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
