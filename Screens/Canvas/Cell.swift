/// One cell of a canvas: a harmless scalar with its marks, and a style. 16 bytes, no reference.
public struct Cell: Hashable, Sendable {
  /// The base character; a blank in the right half of a wide one.
  public private(set) var scalar: Unicode.Scalar
  private var firstMark: UInt32 = 0
  private var secondMark: UInt32 = 0
  public private(set) var style: Style
  /// Cells that the character takes: 1, or 2 for a wide one, or 0 for a wide one's right half.
  public private(set) var width: UInt8

  /// Creates a cell.
  init(_ scalar: Unicode.Scalar, _ style: Style, width: UInt8 = 1) {
    self.scalar = scalar
    self.style = style
    self.width = width
  }

  /// The combining marks on the base, at most two.
  public var marks: [Unicode.Scalar] {
    [firstMark, secondMark].filter { $0 != 0 }.compactMap(Unicode.Scalar.init)
  }

  /// Adds a mark; a third one is dropped.
  mutating func add(mark: Unicode.Scalar) {
    if firstMark == 0 { firstMark = mark.value } else if secondMark == 0 { secondMark = mark.value }
  }

  /// Changes the style and keeps the character.
  mutating func set(style: Style) { self.style = style }
}
