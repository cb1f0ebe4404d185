// The stack of the last sample, as it stood in memory: while the loop that called runs on, the next
// sample finds it word for word, and neither a hash nor a look into the table is needed.

/// A stack that was walked without anything special about it, and its number.
struct StackMemo {
  // Safety: in the profiler's region, with room for as many links as a stack has callers.
  let links: UnsafeMutablePointer<UInt64>
  private var framePointer: UInt64 = 0
  private var stack = AddressRange(0, to: 0)
  private var count = 0
  /// The number in the table of stacks.
  private(set) var number: UInt32 = 0

  init(_ links: UnsafeMutablePointer<UInt64>) { self.links = links }

  /// Keeps what has just been walked, if it can be found again; forgets what was.
  mutating func note(_ start: WalkStart, _ walked: Walked, number: UInt32) {
    count = 0
    guard walked.isPlain, walked.flags.isEmpty, walked.count > 0, number > 0,
      links[walked.count - 1] == 0
    else { return }
    framePointer = start.framePointer
    stack = start.stack
    count = walked.count
    self.number = number
  }

  /// Whether the interrupted function, which has its frame, was called exactly so; `callers` are the
  /// return addresses that the table has.
  @inline(__always)
  func holds(_ start: WalkStart, _ callers: UnsafePointer<UInt64>) -> Bool {
    guard count > 0, start.framePointer == framePointer, start.stack == stack else { return false }
    var pointer = framePointer
    var index = 0
    // Each link is read where the last walk found one on this stack: a word further up is where it
    // was, or the comparison has ended this.
    repeat {
      guard Memory.word(pointer &+ 8) == callers[index] else { return false }
      pointer = Memory.word(pointer)
      guard pointer == links[index] else { return false }
      index &+= 1
    } while index < count
    return true
  }
}
