// Where one run of an event handler was, by the samples that were taken in it.

internal import Readings

/// The stack that a run was found in most often.
public struct RunStack: Equatable, Sendable {
  /// Functions' names, innermost first; NOT yet sanitized.
  public var functions: [String]
  /// Samples with this stack, and all of the run.
  public var count: Int
  public var all: Int

  /// Creates a stack.
  public init(functions: [String], count: Int, all: Int) {
    self.functions = functions
    self.count = count
    self.all = all
  }
}

extension ProfileRecord {
  /// Where a handler was from `begin` to `end`, nanoseconds since boot; nil where no sample of the last
  /// minute was taken in that run. `handler` is its row in the table of handlers.
  ///
  /// Cost: a look at each of the minute's samples.
  public func stack(of handler: Int, from begin: UInt64, to end: UInt64) -> RunStack? {
    var counts: [Int32: Int] = [:]
    var all = 0
    for step in steps {
      // Samples of one look are in order.
      guard let last = step.timed.last, last.time >= begin, step.timed[0].time <= end else {
        continue
      }
      for sample in step.timed
      where sample.time >= begin && sample.time <= end && Int(sample.handler) == handler + 1 {
        guard sample.spot > 0, Int(sample.spot) <= tree.leaves.count else { continue }
        counts[tree.leaves[Int(sample.spot) - 1], default: 0] += 1
        all += 1
      }
    }
    guard let (leaf, count) = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
      return nil
    }
    var functions: [String] = []
    var node = leaf
    while node > 0, tree.nodes.indices.contains(Int(node)), functions.count < 64 {
      if let function = function(of: node) { functions.append(function) }
      node = tree.nodes[Int(node)].parent
    }
    return RunStack(functions: functions, count: count, all: all)
  }

  private func function(of node: Int32) -> String? { tree.function(of: node)?.name }
}
