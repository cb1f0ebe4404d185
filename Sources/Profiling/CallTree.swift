// Who called whom, as one tree of all stacks of an instance: a node stands for a function reached by
// one way. It only grows, so a node's number says for ever what it means, and sums over it are loops
// over arrays: children come after their parents.

public import Readings

/// What kind of code a function is, by the file it comes from.
public enum CodeKind: UInt8, Sendable {
  /// The application's own, or of a package of its.
  case application
  /// The kernel's and the protocols'.
  case kernel
  /// The Swift runtime's, or of what has no debug information.
  case runtime
  /// No code: where frames are missing, or the core is idle.
  case none
}

/// A function of a profile.
public struct ProfileFunction: Sendable, Equatable {
  /// Its name; NOT yet sanitized.
  public var name: String
  /// The source file and the line where it was first met; nil and 0 if unknown.
  public var file: String?
  public var line: Int
  /// Its entry; 0 if unknown.
  public var start: UInt64
  public var kind: CodeKind
}

/// All stacks that an instance was found in.
public struct CallTree: Sendable {
  /// One way to a function.
  public struct Node: Sendable, Equatable {
    /// The caller's node; -1 at a root.
    public var parent: Int32
    /// The function's index in `functions`.
    public var function: Int32
    /// Whether it is among its own callers, so that its samples are counted there already.
    public var isRecursive: Bool
    /// Whether it is of what waits, off the core.
    public var isWaiting: Bool
  }

  /// Which functions there are. The first three stand for no code: see `running`.
  public internal(set) var functions: [ProfileFunction] = []
  public internal(set) var nodes: [Node] = []
  /// The node of each spot: that of spot n is at n - 1.
  public internal(set) var leaves: [Int32] = []

  /// The node under which all running stacks stand, the one of idle time, which is under it, and the
  /// one of what waits. The functions of the same numbers belong to them.
  public static let running: Int32 = 0
  public static let idle: Int32 = 1
  public static let waiting: Int32 = 2
  /// How many functions stand for no code of the instance.
  public static let roots = 3

  init() {
    for (name, parent) in [("all", Int32(-1)), ("[idle]", 0), ("waiting", -1)] {
      functions.append(
        ProfileFunction(name: name, file: nil, line: 0, start: 0, kind: .none))
      nodes.append(
        Node(
          parent: parent, function: Int32(functions.count - 1), isRecursive: false,
          isWaiting: name == "waiting"))
    }
  }

  /// The function of a node; nil where there is no such node.
  public func function(of node: Int32) -> ProfileFunction? {
    guard nodes.indices.contains(Int(node)) else { return nil }
    return functions[Int(nodes[Int(node)].function)]
  }
}

/// Builds a call tree from spots as they come. One thread owns it.
public struct CallTreeBuilder {
  /// What was built so far.
  public private(set) var tree = CallTree()
  private let names: FrameNames
  private var children: [UInt64: Int32] = [:]
  private var known: [String: Int32] = [:]

  /// The most nodes; a stack that would need more ends where there is room.
  static let mostNodes = 1 << 18

  /// A tree of nothing, whose functions `names` will name.
  public init(_ names: FrameNames) { self.names = names }

  /// Adds the spots that the tree does not have yet.
  ///
  /// Cost: a dictionary look-up a frame; the first time at an address, also its name's.
  public mutating func add(_ spots: [ProfileReading.Spot]) {
    guard spots.count > tree.leaves.count else { return }
    for spot in spots[tree.leaves.count...] { tree.leaves.append(leaf(of: spot)) }
  }

  private mutating func leaf(of spot: ProfileReading.Spot) -> Int32 {
    if spot.activity == "idle" { return CallTree.idle }
    var node = spot.activity == "waiting" ? CallTree.waiting : CallTree.running
    for frame in names.stack(at: spot.address, spot.stack).reversed() {
      node = child(of: node, function(of: frame))
    }
    return node
  }

  private mutating func child(of parent: Int32, _ function: Int32) -> Int32 {
    let key = UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: function))
    if let found = children[key] { return found }
    guard tree.nodes.count < Self.mostNodes else { return parent }
    var isRecursive = false
    var above = parent
    while above >= 0, !isRecursive {
      isRecursive = tree.nodes[Int(above)].function == function
      above = tree.nodes[Int(above)].parent
    }
    tree.nodes.append(
      CallTree.Node(
        parent: parent, function: function, isRecursive: isRecursive,
        isWaiting: tree.nodes[Int(parent)].isWaiting))
    let node = Int32(tree.nodes.count - 1)
    children[key] = node
    return node
  }

  /// Functions of one name are one, wherever they come from, as in every other table of a profile.
  private mutating func function(of frame: ProfileFrame) -> Int32 {
    if let found = known[frame.function] { return found }
    tree.functions.append(
      ProfileFunction(
        name: frame.function, file: frame.file, line: frame.line, start: frame.start,
        kind: Self.kind(of: frame)))
    let number = Int32(tree.functions.count - 1)
    known[frame.function] = number
    return number
  }

  private static func kind(of frame: ProfileFrame) -> CodeKind {
    if frame.isMissing { return .none }
    guard let file = frame.file, !file.hasPrefix("<") else { return .runtime }
    let folders = file.split(separator: "/").dropLast()
    return folders.contains("Kernel") || folders.contains("Protocols") ? .kernel : .application
  }
}
