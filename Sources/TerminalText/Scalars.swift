// Classes of Unicode scalars as a terminal sees them.

/// What a terminal would do with a scalar.
enum Scalars {
  /// Whether the scalar is drawn over the one before it and takes no cell.
  static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// Whether the scalar acts on the terminal, reorders, hides or joins text, or has no agreed
  /// width: all that must be spelled out instead of drawn.
  static func isHazard(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    if value < 0x300 { return value < 0x20 || (0x7f...0x9f).contains(value) || value == 0xad }
    switch value {
    case 0x115f...0x11ff, 0xd7b0...0xd7ff: return true  // jamo that join the one before
    case 0x1f1e6...0x1f1ff: return true  // regional indicators join to flags
    case 0x1f3fb...0x1f3ff: return true  // skin tones join the emoji before
    case 0xfffc, 0xfffe, 0xffff: return true
    case 0x1171e: return true  // became a spacing mark in Unicode 16: no agreed width
    default: break
    }
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint || properties.isBidiControl { return true }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return true
    default: return false
    }
  }

  /// Whether the scalar takes two cells.
  static func isWide(_ value: UInt32) -> Bool {
    var low = 0
    var high = wideRanges.count
    while low < high {
      let middle = (low + high) / 2
      let range = wideRanges[middle]
      if value < range.lowerBound {
        high = middle
      } else if value > range.upperBound {
        low = middle + 1
      } else {
        return true
      }
    }
    return false
  }
}
