// Cells to curses: styles to attributes and colour pairs, only where something changed.

internal import CNcurses
internal import Canvas
internal import TerminalText

/// Draws canvases through curses.
struct Painter {
  private let depth: ColorDepth
  private let theme: Theme
  private var looks: [Style: (attributes: attr_t, pair: Int32)] = [:]
  private var pairs: [ColorPair: Int32] = [:]
  /// What the screen shows; `nil` if that is unknown.
  private var shown: Canvas?

  private struct ColorPair: Hashable {
    var foreground: Int32
    var background: Int32
  }

  /// Creates a painter for so many colours.
  init(depth: ColorDepth, theme: Theme = .standard) {
    self.depth = depth
    self.theme = theme
  }

  /// Forgets what is shown, so that the next canvas is drawn whole.
  mutating func forget() { shown = nil }

  /// Draws what differs from the last canvas.
  mutating func paint(_ canvas: Canvas) {
    if shown == nil { cnc_erase() }
    for run in canvas.changes(from: shown) {
      for column in run.columns {
        let cell = canvas[column, run.row]
        guard cell.width > 0 else { continue }
        paint(cell, column, run.row)
      }
    }
    shown = canvas
  }

  private mutating func paint(_ cell: Cell, _ column: Int, _ row: Int) {
    let look = look(cell.style)
    let value = wchar_t(cell.scalar.value)
    // The C library may know another width than we do: then its column would shift.
    guard cell.scalar.isASCII || wcwidth(value) == Int32(cell.width) else {
      for offset in 0..<Int(cell.width) {
        put("?", nil, nil, column + offset, row, look)
      }
      return
    }
    let marks = cell.scalar.isASCII && cell.scalar == " " ? [] : cell.marks
    put(cell.scalar, marks.first, marks.dropFirst().first, column, row, look)
  }

  private func put(
    _ base: Unicode.Scalar, _ mark: Unicode.Scalar?, _ second: Unicode.Scalar?, _ column: Int,
    _ row: Int, _ look: (attributes: attr_t, pair: Int32)
  ) {
    cnc_put(
      Int32(row), Int32(column), wchar_t(base.value), wchar_t(mark?.value ?? 0),
      wchar_t(second?.value ?? 0), look.attributes, look.pair)
  }

  private mutating func look(_ style: Style) -> (attributes: attr_t, pair: Int32) {
    if let known = looks[style] { return known }
    let appearance = theme.appearance(style, depth: depth)
    let attributes = cnc_attributes(
      appearance.isBold, appearance.isDim, appearance.isUnderlined, appearance.isReversed)
    let look = (attributes, pair(appearance.foreground, appearance.background))
    looks[style] = look
    return look
  }

  private mutating func pair(_ foreground: Ink?, _ background: Ink?) -> Int32 {
    guard depth > .none, foreground != nil || background != nil else { return 0 }
    let wanted = ColorPair(foreground: number(foreground), background: number(background))
    if let known = pairs[wanted] { return known }
    let next = Int32(pairs.count + 1)
    guard next < cnc_color_pairs(),
      init_extended_pair(next, wanted.foreground, wanted.background) == OK
    else { return 0 }
    pairs[wanted] = next
    return next
  }

  /// Returns curses' number of a colour; -1 is the terminal's own.
  private func number(_ ink: Ink?) -> Int32 {
    guard let ink else { return -1 }
    return switch depth {
    case .none: -1
    case .basic: Int32(ink.basic)
    case .palette: Int32(ink.palette)
    case .direct: Int32(ink.rgb)
    }
  }
}
