public import Bytes

extension Session {
  /// What a screen wants to show; everything outside stays out of the snapshot.
  public struct Interest: Equatable, Sendable {
    /// Frames to unwind, innermost first.
    public var frames = 64
    /// Instructions around the selected frame's pc.
    public var disassembly = 24
    /// Source lines around the selected frame's line.
    public var sourceLines = 40
    /// A window of memory: where, and how many bytes (at most 64 KiB are read).
    public var memory: (address: Address, count: Int)?
    /// Whether variables and arguments are read.
    public var variables = true

    /// Creates what the Stacks screen wants.
    public init() {}

    public static func == (left: Interest, right: Interest) -> Bool {
      left.frames == right.frames && left.disassembly == right.disassembly
        && left.sourceLines == right.sourceLines && left.variables == right.variables
        && left.memory?.address == right.memory?.address
        && left.memory?.count == right.memory?.count
    }
  }
}
