/// A cell's place: column and row from 0 at the top left.
public struct Point: Hashable, Sendable {
  public var column: Int
  public var row: Int

  /// Creates a place.
  public init(column: Int, row: Int) {
    self.column = column
    self.row = row
  }
}

/// A grid's size in cells; never negative.
public struct Size: Hashable, Sendable {
  public let columns: Int
  public let rows: Int

  /// Creates a size; numbers outside 0...1000 are brought inside, so that no terminal's claim can
  /// ask for more memory than that.
  public init(columns: Int, rows: Int) {
    self.columns = max(0, min(columns, 1000))
    self.rows = max(0, min(rows, 1000))
  }
}

/// A rectangle of cells; empty ones have no columns or no rows.
public struct Area: Hashable, Sendable {
  public var column: Int
  public var row: Int
  public var columns: Int
  public var rows: Int

  /// Creates a rectangle; negative extents become 0.
  public init(column: Int, row: Int, columns: Int, rows: Int) {
    self.column = column
    self.row = row
    self.columns = max(0, columns)
    self.rows = max(0, rows)
  }

  /// Creates the rectangle that covers a whole grid.
  public init(_ size: Size) {
    self.init(column: 0, row: 0, columns: size.columns, rows: size.rows)
  }

  /// Whether there is no cell in it.
  public var isEmpty: Bool { columns == 0 || rows == 0 }

  /// The first column right of it.
  public var end: Int { column + columns }

  /// The first row below it.
  public var bottom: Int { row + rows }

  /// Whether the point is inside.
  public func contains(_ point: Point) -> Bool {
    point.column >= column && point.column < end && point.row >= row && point.row < bottom
  }

  /// Returns the part that is also inside `other`; empty if there is none.
  public func intersection(_ other: Area) -> Area {
    let left = max(column, other.column)
    let top = max(row, other.row)
    return Area(
      column: left, row: top, columns: min(end, other.end) - left,
      rows: min(bottom, other.bottom) - top)
  }

  /// Returns the rectangle without `count` rows at its top.
  public func droppingTop(_ count: Int = 1) -> Area {
    let dropped = max(0, min(count, rows))
    return Area(column: column, row: row + dropped, columns: columns, rows: rows - dropped)
  }

  /// Returns the rectangle without cells at its left and right.
  public func inset(left: Int = 0, right: Int = 0) -> Area {
    let dropped = max(0, min(left, columns))
    return Area(
      column: column + dropped, row: row, columns: columns - dropped - max(0, right), rows: rows)
  }

  /// Returns rectangles one above the other with the given numbers of rows.
  public func stacked(_ heights: [Int]) -> [Area] {
    var top = row
    return heights.map { height in
      defer { top += height }
      return Area(column: column, row: top, columns: columns, rows: height)
    }
  }
}
