// A grid of cells that a screen is drawn into; the terminal shows it, tests read it. Everything
// drawn is sanitized here, so a view cannot forget it.

internal import TerminalText

/// A grid of cells.
public struct Canvas: Equatable, Sendable {
  /// Its size, fixed.
  public let size: Size
  /// The drawing characters in use.
  public let glyphs: Glyphs
  /// Where the terminal's cursor shows; `nil` hides it.
  public var cursor: Point?
  private var cells: [Cell]

  /// Creates a blank grid.
  public init(size: Size, glyphs: Glyphs = .unicode) {
    self.size = size
    self.glyphs = glyphs
    cells = Array(repeating: Cell(" ", .plain), count: size.columns * size.rows)
  }

  /// The cell at a place; a blank outside the grid.
  public subscript(column: Int, row: Int) -> Cell {
    guard let index = index(column, row) else { return Cell(" ", .plain) }
    return cells[index]
  }

  /// Blanks a rectangle.
  public mutating func clear(_ area: Area, style: Style = .plain) {
    let inside = area.intersection(Area(size))
    for row in inside.row..<inside.bottom {
      for column in inside.column..<inside.end { put(" ", width: 1, column, row, style) }
    }
  }

  /// Draws one drawing character at a place.
  public mutating func draw(glyph: Unicode.Scalar, column: Int, row: Int, style: Style) {
    put(glyph, width: 1, column, row, style)
  }

  /// Draws one line of text, sanitized, into at most `limit` cells; returns the cells used.
  ///
  /// What does not fit is cut, and the cut is marked. The cost is bounded by `limit`, not by the
  /// length of the text.
  @discardableResult
  public mutating func draw(
    _ text: String, column: Int, row: Int, limit: Int, style: Style, tabWidth: Int = 0
  ) -> Int {
    let limit = min(limit, size.columns - column)
    guard limit > 0, row >= 0, row < size.rows else { return 0 }
    var used = 0
    var base: Int?
    var isCut = false
    // Never more than 12 bytes a cell: a base and two marks.
    TerminalText.Sanitizer.scan(text, maximumBytes: limit * 12 + 12, tabWidth: tabWidth) {
      scalar, width in
      if width == 0 {
        if let base, !isCut { mark(scalar, base, row) }
        return
      }
      guard !isCut, used + width <= limit else {
        isCut = true
        return
      }
      base = column + used
      put(scalar, width: UInt8(width), column + used, row, style)
      used += width
    }
    if isCut {
      if used == limit { used -= 1 }
      if used > 0, self[column + used, row].width == 0 { used -= 1 }
      while used < limit {
        put(Glyph.ellipsis, width: 1, column + used, row, style)
        used += 1
      }
    }
    return used
  }

  /// Draws pieces of text one after the other; returns the cells used.
  @discardableResult
  public mutating func draw(
    _ spans: [Span], column: Int, row: Int, limit: Int, on surface: Surface = .base,
    isFaded: Bool = false
  ) -> Int {
    var used = 0
    for span in spans {
      guard used < limit else {
        if !span.text.isEmpty, limit > 0 {
          put(
            Glyph.ellipsis, width: 1, column + limit - 1, row,
            Style(span.role, on: span.surface ?? surface, isFaded: isFaded))
        }
        break
      }
      used += draw(
        span.text, column: column + used, row: row, limit: limit - used,
        style: Style(span.role, on: span.surface ?? surface, isFaded: isFaded))
    }
    return used
  }

  /// Gives the cells of a rectangle another surface and keeps what they show.
  public mutating func lay(_ surface: Surface, under area: Area) {
    let inside = area.intersection(Area(size))
    for row in inside.row..<inside.bottom {
      for column in inside.column..<inside.end {
        guard let index = index(column, row) else { continue }
        let style = cells[index].style
        cells[index].set(style: Style(style.role, on: surface, isFaded: style.isFaded))
      }
    }
  }

  private func index(_ column: Int, _ row: Int) -> Int? {
    guard column >= 0, row >= 0, column < size.columns, row < size.rows else { return nil }
    return row * size.columns + column
  }

  private mutating func mark(_ scalar: Unicode.Scalar, _ column: Int, _ row: Int) {
    guard glyphs == .unicode, let index = index(column, row) else { return }
    cells[index].add(mark: scalar)
  }

  /// Writes one character, and blanks the other half of any wide one that it cuts in two.
  private mutating func put(
    _ scalar: Unicode.Scalar, width: UInt8, _ column: Int, _ row: Int, _ style: Style
  ) {
    guard let index = index(column, row) else { return }
    let shown = glyphs.shown(scalar)
    if shown != scalar, width == 2 {
      for offset in 0..<2 { put(shown, width: 1, column + offset, row, style) }
      return
    }
    guard width == 1 || column + 1 < size.columns else {
      put(" ", width: 1, column, row, style)
      return
    }
    release(column, row)
    if width == 2 { release(column + 1, row) }
    cells[index] = Cell(shown, style, width: width)
    if width == 2 { cells[index + 1] = Cell(" ", style, width: 0) }
  }

  private mutating func release(_ column: Int, _ row: Int) {
    guard let index = index(column, row) else { return }
    if cells[index].width == 0, column > 0 {
      cells[index - 1] = Cell(" ", cells[index - 1].style)
    } else if cells[index].width == 2, column + 1 < size.columns {
      cells[index + 1] = Cell(" ", cells[index + 1].style)
    }
  }
}
