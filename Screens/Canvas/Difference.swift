/// A stretch of one row in which two canvases differ.
public struct ChangedRun: Equatable, Sendable {
  public var row: Int
  public var columns: Range<Int>

  /// Creates a stretch.
  public init(row: Int, columns: Range<Int>) {
    self.row = row
    self.columns = columns
  }
}

extension Canvas {
  /// Returns where this canvas differs from `previous`, row by row, wide characters whole.
  ///
  /// Everything differs from `nil` and from a canvas of another size. Costs one pass.
  public func changes(from previous: Canvas?) -> [ChangedRun] {
    guard let previous, previous.size == size else {
      guard size.columns > 0 else { return [] }
      return (0..<size.rows).map { ChangedRun(row: $0, columns: 0..<size.columns) }
    }
    var runs: [ChangedRun] = []
    for row in 0..<size.rows {
      var column = 0
      while column < size.columns {
        guard self[column, row] != previous[column, row] else {
          column += 1
          continue
        }
        var start = column
        if self[start, row].width == 0 { start -= 1 }
        while column < size.columns, self[column, row] != previous[column, row] { column += 1 }
        if column < size.columns, self[column, row].width == 0 { column += 1 }
        if let last = runs.last, last.row == row, last.columns.upperBound >= start {
          runs[runs.count - 1].columns = last.columns.lowerBound..<column
        } else {
          runs.append(ChangedRun(row: row, columns: start..<column))
        }
      }
    }
    return runs
  }
}
