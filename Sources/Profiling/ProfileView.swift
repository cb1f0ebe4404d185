// What a screen shows of a slice: a tree with sums, widest first, and the functions' shares; against
// another slice also by how much each share has changed.

/// Which samples a view counts.
public struct ProfileChoice: Sendable, Equatable {
  /// Those of what waits, off the core, instead of those on it.
  public var isWaiting = false
  /// Whether idle time is left out.
  public var hidesIdle = false

  /// All samples on the core.
  public init(isWaiting: Bool = false, hidesIdle: Bool = false) {
    self.isWaiting = isWaiting
    self.hidesIdle = hidesIdle
  }
}

/// A box of a flame graph: a node of the call tree, in one group. It means the same as long as the
/// record's generation stays.
public struct ProfileBox: Hashable, Sendable {
  /// The group's owner plus one; 0 for all together.
  public var group: UInt64
  /// The node of the call tree; -1 for the whole group, and for the whole profile.
  public var node: Int32

  /// Names a box.
  public init(group: UInt64 = 0, node: Int32 = -1) {
    self.group = group
    self.node = node
  }

  /// The box that all others stand in.
  public static let whole = ProfileBox()
}

/// Sums over a slice.
public struct ProfileView: Sendable {
  /// A box with its samples.
  public struct Item: Sendable {
    public var box: ProfileBox
    /// The index of the box it stands in; -1 for the whole.
    public var parent: Int
    /// The index of a box in it and of the one beside it in the same box; -1 for none. In no order.
    fileprivate var child = -1
    fileprivate var sibling = -1
    /// Samples ever counted in it, by which boxes are ordered, so that they stay where they are.
    fileprivate var weight: UInt64 = 0
    /// Samples in the function itself, and with what it called.
    public var own: UInt64 = 0
    public var all: UInt64 = 0
    /// The same of the slice it is compared with.
    public var ownBefore: UInt64 = 0
    public var allBefore: UInt64 = 0
  }

  /// A function's sums.
  public struct Row: Sendable, Equatable {
    /// Its index in the tree's functions.
    public var function: Int32
    public var own: UInt64 = 0
    public var all: UInt64 = 0
    public var ownBefore: UInt64 = 0
    public var allBefore: UInt64 = 0
  }

  /// The whole first; parents before what stands in them. Too narrow ones are left out.
  public private(set) var items: [Item] = []
  /// Functions with samples, in no order; idle time among them.
  public private(set) var rows: [Row] = []
  /// The samples that shares are of, here and in the slice it is compared with.
  public private(set) var whole: UInt64 = 0
  public private(set) var wholeBefore: UInt64 = 0
  /// Whether it is compared with another.
  public let isCompared: Bool

  /// Sums a slice, beside another one where there is one. Boxes that are narrower than half of one
  /// of `cells` cells that `top` has are left out, all of them for 0.
  ///
  /// Cost: some nanoseconds a node of the tree, for each group.
  public init(
    _ record: ProfileRecord, _ slice: ProfileSlice, _ choice: ProfileChoice,
    against other: ProfileSlice? = nil, cells: Int = .max, top: ProfileBox = .whole
  ) {
    let before = other.flatMap { $0.generation == slice.generation ? $0 : nil }
    isCompared = before != nil
    let tree = record.tree
    items = [Item(box: .whole, parent: -1)]
    var sums = [Row](repeating: Row(function: 0), count: tree.functions.count)
    let weights = cells > 0 ? Self.sums(tree, record.counts, choice).all : []
    let root = choice.isWaiting ? CallTree.waiting : CallTree.running
    if slice.groups.isEmpty {
      let now = Self.sums(tree, slice.counts, choice)
      let widest = now.all.indices.contains(Int(top.node)) ? now.all[Int(top.node)] : 0
      let least = Self.least(widest > 0 ? widest : now.all[Int(root)], cells)
      let then = before.map { Self.sums(tree, $0.counts, choice) }
      count(tree, now, then, into: &sums)
      grow(tree, root, 0, now, then, weights, group: 0, least: least)
    } else {
      let least = Self.least(Self.total(tree, slice, choice, top), cells)
      for (owner, counts) in slice.groups {
        let now = Self.sums(tree, counts, choice)
        let then = before?.groups.first { $0.owner == owner }
          .map { Self.sums(tree, $0.counts, choice) }
        count(tree, now, then, into: &sums)
        let place = items.count
        let group = UInt64(owner) + 1
        items.append(Item(box: ProfileBox(group: group), parent: 0))
        grow(tree, root, place, now, then, weights, group: group, least: least)
        if items[place].all == 0, items[place].allBefore == 0 {
          items.removeLast(items.count - place)
        } else {
          items[place].weight = items[place].all
          items[place].sibling = items[0].child
          items[0].child = place
          items[0].all &+= items[place].all
          items[0].allBefore &+= items[place].allBefore
        }
      }
    }
    whole = items[0].all
    wholeBefore = items[0].allBefore
    for index in sums.indices where sums[index].all > 0 || sums[index].allBefore > 0 {
      // What stands for no code is no function, but for idle time.
      guard tree.functions[index].kind != .none || index == Int(CallTree.idle) else { continue }
      sums[index].function = Int32(index)
      rows.append(sums[index])
    }
  }

  /// The boxes in a box, those first that have had most samples since the instance began.
  public func children(of item: Int) -> [Int] {
    var found: [Int] = []
    var next = items[item].child
    while next >= 0 {
      found.append(next)
      next = items[next].sibling
    }
    return found.sorted { (items[$1].weight, $0) < (items[$0].weight, $1) }
  }

  /// The index of a box's item; nil if it has no samples.
  public func item(of box: ProfileBox) -> Int? { items.firstIndex { $0.box == box } }

  /// The samples in any of these functions, each once.
  public static func count(
    in functions: Set<Int32>, _ record: ProfileRecord, _ slice: ProfileSlice,
    _ choice: ProfileChoice
  ) -> UInt64 {
    let tree = record.tree
    // Parents come first: whoever stands in a function that was found is counted with it.
    var isInside = [Bool](repeating: false, count: tree.nodes.count)
    for (index, node) in tree.nodes.enumerated() {
      isInside[index] =
        functions.contains(node.function) || (node.parent >= 0 && isInside[Int(node.parent)])
    }
    let own = sums(tree, slice.counts, choice).own
    return zip(own, isInside).reduce(0) { $0 &+ ($1.1 ? $1.0 : 0) }
  }

  private static func least(_ samples: UInt64, _ cells: Int) -> UInt64 {
    cells == 0 ? .max : max(1, samples / UInt64(cells) / 2)
  }

  /// The samples in a box of a grouped slice, or in all of it.
  private static func total(
    _ tree: CallTree, _ slice: ProfileSlice, _ choice: ProfileChoice, _ top: ProfileBox
  ) -> UInt64 {
    let counts = slice.groups.first { UInt64($0.owner) + 1 == top.group }?.counts
    let sums = sums(tree, counts ?? slice.counts, choice).all
    if sums.indices.contains(Int(top.node)) { return sums[Int(top.node)] }
    return sums[Int(choice.isWaiting ? CallTree.waiting : CallTree.running)]
  }

  private struct Sums {
    var own: [UInt64]
    var all: [UInt64]
  }

  private static func sums(
    _ tree: CallTree, _ counts: [UInt64], _ choice: ProfileChoice
  ) -> Sums {
    var own = [UInt64](repeating: 0, count: tree.nodes.count)
    for (count, leaf) in zip(counts, tree.leaves) where count > 0 {
      let isHidden = leaf == CallTree.idle && choice.hidesIdle
      if isHidden || tree.nodes[Int(leaf)].isWaiting != choice.isWaiting { continue }
      own[Int(leaf)] &+= count
    }
    var all = own
    for node in tree.nodes.indices.reversed() where all[node] > 0 {
      let parent = tree.nodes[node].parent
      if parent >= 0 { all[Int(parent)] &+= all[node] }
    }
    return Sums(own: own, all: all)
  }

  /// Adds up functions; one that is among its own callers counts once.
  private func count(_ tree: CallTree, _ now: Sums, _ then: Sums?, into sums: inout [Row]) {
    for index in tree.nodes.indices where now.all[index] > 0 || (then?.all[index] ?? 0) > 0 {
      let node = tree.nodes[index]
      let function = Int(node.function)
      sums[function].own &+= now.own[index]
      sums[function].ownBefore &+= then?.own[index] ?? 0
      guard !node.isRecursive else { continue }
      sums[function].all &+= now.all[index]
      sums[function].allBefore &+= then?.all[index] ?? 0
    }
  }

  /// Lays the tree's boxes of one group into the item at `place`.
  private mutating func grow(
    _ tree: CallTree, _ root: Int32, _ place: Int, _ now: Sums, _ then: Sums?,
    _ weights: [UInt64], group: UInt64, least: UInt64
  ) {
    items[place].own = now.own[Int(root)]
    items[place].all = now.all[Int(root)]
    items[place].ownBefore = then?.own[Int(root)] ?? 0
    items[place].allBefore = then?.all[Int(root)] ?? 0
    guard least < .max else { return }
    var places = [Int](repeating: -1, count: tree.nodes.count)
    places[Int(root)] = place
    for index in tree.nodes.indices {
      let before = then?.all[index] ?? 0
      guard now.all[index] >= least || before >= least else { continue }
      let parent = tree.nodes[index].parent
      var item = places[index]
      if index != Int(root) {
        guard parent >= 0, places[Int(parent)] >= 0 else { continue }
        item = items.count
        places[index] = item
        let above = places[Int(parent)]
        items.append(
          Item(box: ProfileBox(group: group, node: Int32(index)), parent: above))
        items[item].sibling = items[above].child
        items[above].child = item
        items[item].weight = weights[index]
      }
      items[item].own = now.own[index]
      items[item].all = now.all[index]
      items[item].ownBefore = then?.own[index] ?? 0
      items[item].allBefore = before
    }
  }
}
