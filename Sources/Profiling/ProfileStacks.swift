// A profile with names: addresses become functions, inlined ones included.

public import Readings

/// Samples by their stacks.
public struct ProfileStacks: Sendable {
  /// One stack.
  public struct Line: Sendable {
    /// `running`, `idle` or `waiting`.
    public var activity: String
    public var count: UInt64
    /// Innermost first; `ProfileFrame.missing` where frames are missing.
    public var frames: [ProfileFrame]

    /// Its functions' names, innermost first.
    public var functions: [String] { frames.map(\.function) }
  }

  /// A function's share.
  public struct Share: Sendable, Equatable {
    public var name: String
    /// Samples in the function itself, and in what it called as well.
    public var own: UInt64
    public var all: UInt64
  }

  /// Most samples first. Stacks of the same functions are one, with the frames of the spot that had
  /// most samples.
  public private(set) var lines: [Line] = []

  /// Names the stacks of a profile.
  public init(_ profile: ProfileReading, _ names: FrameNames) {
    var sums: [String: (line: Line, most: UInt64)] = [:]
    for spot in profile.spots {
      let stack = names.stack(at: spot.address, spot.stack)
      let key = spot.activity + ";" + stack.map(\.function).joined(separator: ";")
      guard let sum = sums[key] else {
        sums[key] = (Line(activity: spot.activity, count: spot.count, frames: stack), spot.count)
        continue
      }
      sums[key]?.line.count &+= spot.count
      if spot.count > sum.most {
        sums[key]?.line.frames = stack
        sums[key]?.most = spot.count
      }
    }
    lines = sums.sorted { ($1.value.line.count, $0.key) < ($0.value.line.count, $1.key) }
      .map(\.value.line)
  }

  /// How many samples have this activity.
  public func count(_ activity: String) -> UInt64 {
    lines.reduce(0) { $0 &+ ($1.activity == activity ? $1.count : 0) }
  }

  /// The functions of one activity, those with most samples of their own first.
  public func shares(_ activity: String) -> [Share] {
    var shares: [String: Share] = [:]
    for line in lines where line.activity == activity {
      let functions = line.functions
      for (index, name) in functions.enumerated() {
        // A function that calls itself counts once.
        let isFirst = functions.firstIndex(of: name) == index
        guard isFirst, !line.frames[index].isMissing else { continue }
        shares[name, default: Share(name: name, own: 0, all: 0)].all &+= line.count
        if index == 0 { shares[name]?.own &+= line.count }
      }
    }
    return shares.values.sorted { ($1.own, $1.all, $0.name) < ($0.own, $0.all, $1.name) }
  }
  /// Returns the functions a short table shows, in the order of `shares`: the first `count` by own
  /// share and the first `count` by share with what they called, which are those that lead to the
  /// work; and how many functions are not among them.
  public func leading(_ activity: String, _ count: Int) -> (shown: [Share], left: Int) {
    let all = shares(activity)
    let byAll = all.sorted { ($1.all, $0.name) < ($0.all, $1.name) }
    let callers = Set(byAll.prefix(count).map(\.name))
    let shown = all.enumerated().filter { $0 < count || callers.contains($1.name) }.map(\.element)
    return (shown, all.count - shown.count)
  }
}
