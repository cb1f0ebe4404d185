// Drawing characters. Views draw the Unicode ones; a canvas that may not show them puts their ASCII
// stand-ins in their place.

/// The drawing characters that views use.
public enum Glyph {
  public static let horizontal: Unicode.Scalar = "─"
  /// The rule over the pane that has the keys.
  public static let heavy: Unicode.Scalar = "━"
  public static let vertical: Unicode.Scalar = "│"
  public static let teeDown: Unicode.Scalar = "┬"
  public static let teeUp: Unicode.Scalar = "┴"
  public static let teeRight: Unicode.Scalar = "├"
  public static let teeLeft: Unicode.Scalar = "┤"
  public static let cross: Unicode.Scalar = "┼"
  public static let topLeft: Unicode.Scalar = "┌"
  public static let topRight: Unicode.Scalar = "┐"
  public static let bottomLeft: Unicode.Scalar = "└"
  public static let bottomRight: Unicode.Scalar = "┘"
  /// Marks the end of a text that was cut.
  public static let ellipsis: Unicode.Scalar = "…"
  /// Points at the current line, frame or instruction; also says that the target runs.
  public static let arrow: Unicode.Scalar = "▸"
  public static let breakpoint: Unicode.Scalar = "●"
  public static let disabledBreakpoint: Unicode.Scalar = "○"
  public static let stopped: Unicode.Scalar = "■"
  public static let lost: Unicode.Scalar = "✗"
  /// Separates the parts of a bar.
  public static let dot: Unicode.Scalar = "·"
}

/// Whether drawing characters and text beyond ASCII may be shown.
public enum Glyphs: Sendable {
  case unicode
  case ascii

  /// Returns what to show for a scalar: itself, its stand-in, or `?`.
  func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if self == .unicode || scalar.isASCII { return scalar }
    return switch scalar {
    case Glyph.horizontal: "-"
    case Glyph.heavy: "="
    case Glyph.vertical: "|"
    case Glyph.teeDown, Glyph.teeUp, Glyph.teeRight, Glyph.teeLeft, Glyph.cross, Glyph.topLeft,
      Glyph.topRight, Glyph.bottomLeft, Glyph.bottomRight:
      "+"
    case Glyph.ellipsis: "~"
    case Glyph.arrow: ">"
    case Glyph.breakpoint: "B"
    case Glyph.disabledBreakpoint: "b"
    case Glyph.stopped: "#"
    case Glyph.lost: "X"
    case Glyph.dot: "-"
    case "▁": "_"
    case "▂": "."
    case "▃": ":"
    case "▄": "-"
    case "▅": "="
    case "▆": "+"
    case "▇": "*"
    case "█": "#"
    case "░": "."
    case "▾": "v"
    case "┈": " "
    default: "?"
    }
  }
}
