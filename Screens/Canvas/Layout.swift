/// One part of a stretch of rows or columns that is to be shared out.
public struct Share: Equatable, Sendable {
  /// Below this it is of no use and gets nothing.
  public var minimum: Int
  /// More than this would stay empty.
  public var maximum: Int
  /// How it takes part in what is left over.
  public var weight: Int
  /// Who gets the minimum first: higher before lower, then in order.
  public var priority: Int

  /// Creates a part.
  public init(minimum: Int, maximum: Int = .max, weight: Int = 1, priority: Int = 0) {
    self.minimum = max(0, minimum)
    self.maximum = max(self.minimum, maximum)
    self.weight = max(0, min(weight, 1000))
    self.priority = priority
  }
}

/// Shares out rows and columns.
public enum Layout {
  /// Returns the lengths of `shares`, together at most `total`.
  ///
  /// Minimums go first, by priority: a part whose minimum does not fit gets 0. What is left goes
  /// out by weight, up to the maximums; the last part with room takes what does not divide.
  public static func split(_ total: Int, _ shares: [Share]) -> [Int] {
    var lengths = [Int](repeating: 0, count: shares.count)
    var left = max(0, total)
    let order = shares.indices.sorted { first, second in
      shares[first].priority == shares[second].priority
        ? first < second : shares[first].priority > shares[second].priority
    }
    var taken: [Int] = []
    for index in order where shares[index].minimum <= left && shares[index].maximum > 0 {
      lengths[index] = shares[index].minimum
      left -= shares[index].minimum
      taken.append(index)
    }
    var open = taken.filter { shares[$0].weight > 0 && lengths[$0] < shares[$0].maximum }
    while left > 0, !open.isEmpty {
      let weights = open.reduce(0) { $0 + shares[$1].weight }
      var given = 0
      for index in open {
        let fair = max(1, left * shares[index].weight / weights)
        let gift = min(fair, shares[index].maximum - lengths[index], left - given)
        lengths[index] += gift
        given += gift
      }
      left -= given
      open = open.filter { lengths[$0] < shares[$0].maximum }
    }
    return lengths
  }
}
