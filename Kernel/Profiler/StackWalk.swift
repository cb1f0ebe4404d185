// A whole stack from an interrupted context, along frame pointers. It trusts nothing: each link must
// lie on the stack, aligned, further up than the last, and lead back into the image's code. So it
// ends after as many steps as the stack has room for links, and reads nothing but the stack and
// the code.
//
// Two things break the chain, and are mended where that is certain. At the edges of a function the
// frame pointer is the caller's (Prologue.swift). And the concurrency runtime keeps none: beyond one
// of its return addresses the walk goes on at the frame that entered the running job, and says that
// frames are missing there. What cannot be mended is said to be cut.

/// What a walk starts from.
@frozen public struct WalkStart: Sendable {
  /// The interrupted context's program counter, stack pointer and frame pointer.
  public var counter, stackPointer, framePointer: UInt64
  /// The stack it runs on; its start and its end are multiples of 8.
  public var stack: AddressRange
  /// The frame of the function that entered the running job (`CoreState.jobFrame`); 0 for none.
  public var jobFrame: UInt64
  /// Reads a word anywhere; 0 where nothing can be read.
  public var load: Load

  /// What reads a word.
  public typealias Load = @convention(c) (UInt64) -> UInt64

  /// A start.
  @inlinable public init(
    counter: UInt64, stackPointer: UInt64, framePointer: UInt64, stack: AddressRange,
    jobFrame: UInt64, load: @escaping Load
  ) {
    self.counter = counter
    self.stackPointer = stackPointer
    self.framePointer = framePointer
    self.stack = stack
    self.jobFrame = jobFrame
    self.load = load
  }
}

/// What is wrong with a stack.
@frozen public struct StackFlags: OptionSet, Sendable {
  /// One bit a flag.
  public let rawValue: UInt8
  /// The flags with these bits.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Frames are missing somewhere within, after as many callers as `Walked.gap` says.
  public static let gap = StackFlags(rawValue: 1)
  /// Frames are missing at the outer end: the chain broke.
  public static let cut = StackFlags(rawValue: 2)
  /// Frames are missing at the outer end: there are more than a row holds.
  public static let deep = StackFlags(rawValue: 4)
}

/// What a walk has found, besides the addresses.
@frozen public struct Walked: Equatable, Sendable {
  /// How many callers.
  public var count = 0
  /// How many of them stand before the gap, if there is one.
  public var gap = 0
  /// How many from there on are async functions that wait, told by where they will go on.
  public var awaiting = 0
  /// What is missing.
  public var flags: StackFlags = []
  /// A hash of the callers, in order.
  public var hash: UInt64 = 0
  /// Whether all of them were found along frame pointers without marks, up to the outermost.
  public var isPlain = false

  /// Nothing yet.
  @inlinable public init() {}
}

/// The walk.
public enum StackWalk {
  /// Swift's async functions mark their frames in bit 60 of the saved pointer.
  private static var mark: UInt64 { 1 << 60 }
  static var factor: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  /// Writes the callers of the interrupted function to `frames`, as return addresses, innermost
  /// first, at most `limit`; and to `links` the frame pointer that stood below each, where one did.
  public static func walk(
    _ start: WalkStart, _ code: CodeMap, to frames: UnsafeMutablePointer<UInt64>,
    links: UnsafeMutablePointer<UInt64>, limit: Int
  ) -> Walked {
    var walk = Walk(start, code, frames, limit)
    walk.links = links
    walk.walked.isPlain = true
    if code.ordinary.contains(start.counter) {
      if let slot = Prologue.returnSlot(at: start.counter) { walk.take(slot) }
    } else if !walk.begin() {
      return walk.finish()
    }
    repeat { walk.follow() } while walk.goesOn()
    return walk.finish()
  }

  /// As `walk`, of a task that waits with this context: all callers are functions that wait.
  public static func walk(
    context: UInt64, _ code: CodeMap, to frames: UnsafeMutablePointer<UInt64>, limit: Int,
    load: @escaping WalkStart.Load
  ) -> Walked {
    let start = WalkStart(
      counter: 0, stackPointer: 0, framePointer: 0, stack: AddressRange(0, to: 0), jobFrame: 0,
      load: load)
    var walk = Walk(start, code, frames, limit)
    walk.follow(context: context)
    return walk.finish()
  }

  /// As `walk`, of a fiber that was switched away from: what `fiber_switch` keeps stands at the
  /// stack pointer (`cfibers.h`), its caller's frame pointer and return address last.
  public static func walk(
    switchedAway start: WalkStart, _ code: CodeMap, to frames: UnsafeMutablePointer<UInt64>,
    limit: Int
  ) -> Walked {
    var walk = Walk(start, code, frames, limit)
    let top = start.stackPointer &+ 48
    guard start.stackPointer & 7 == 0, start.stack.contains(start.stackPointer),
      start.stack.contains(top &+ 15)
    else {
      walk.walked.flags.insert(.cut)
      return walk.finish()
    }
    walk.framePointer = Memory.word(top) & ~mark
    walk.take(56)
    repeat { walk.follow() } while walk.goesOn()
    return walk.finish()
  }

  /// A walk under way.
  private struct Walk {
    let start: WalkStart
    let code: CodeMap
    let frames: UnsafeMutablePointer<UInt64>
    let limit: Int
    /// Where links are written to, if anywhere.
    var links: UnsafeMutablePointer<UInt64>?
    var walked = Walked()
    var framePointer: UInt64
    var jobFrame: UInt64
    /// Whether a return address of the runtime was the last that was found.
    var isLost = false
    /// The context of the async function that the runtime called; 0 for none.
    var context: UInt64 = 0
    /// The outermost link that was followed.
    var last: UInt64 = 0

    @inline(__always)
    init(
      _ start: WalkStart, _ code: CodeMap, _ frames: UnsafeMutablePointer<UInt64>, _ limit: Int
    ) {
      self.start = start
      self.code = code
      self.frames = frames
      self.limit = limit
      framePointer = start.framePointer & ~StackWalk.mark
      jobFrame = start.jobFrame
    }

    @inline(__always)
    mutating func append(_ address: UInt64) {
      frames[walked.count] = address
      walked.count &+= 1
      walked.hash = (walked.hash ^ address) &* StackWalk.factor
    }

    /// Takes the return address `slot` bytes above the stack pointer, if it is one.
    @inline(__always)
    mutating func take(_ slot: UInt64) {
      let place = start.stackPointer &+ slot
      guard place & 7 == 0, place &- start.stack.start < start.stack.size else { return }
      let address = Memory.word(place)
      guard code.text.contains(address) else { return }
      append(address)
      walked.isPlain = false
      isLost = code.runtime.contains(address)
      if isLost { framePointer = 0 }
    }

    /// Begins outside ordinary code; false if the walk is over.
    @inline(never)
    mutating func begin() -> Bool {
      if code.leaves.contains(start.counter) {
        take(0)
      } else if code.runtime.contains(start.counter) {
        framePointer = 0
        isLost = true
      } else if code.switching.contains(start.counter) {
        walked.flags.insert(.gap)
      } else if !code.text.contains(start.counter) {
        walked.flags.insert(.cut)
        return false
      }
      return true
    }

    /// Follows links as long as they are what compiled code leaves.
    @inline(__always)
    mutating func follow() {
      guard lies(framePointer) else { return }
      // The last place where a link fits, and how far it is from there down to the present one: it
      // only ever shrinks, and one rotation makes what is not aligned too large as well.
      let top = start.stack.end &- 16
      let (frames, links, limit, ordinary) = (self.frames, self.links, self.limit, code.ordinary)
      var (pointer, count, hash) = (framePointer, walked.count, walked.hash)
      var left = rotated(top &- pointer)
      while count < limit {
        let address = Memory.word(pointer &+ 8)
        guard ordinary.contains(address) else { break }
        frames[count] = address
        count &+= 1
        hash = (hash ^ address) &* StackWalk.factor
        let up = Memory.word(pointer)
        if let links { links[count &- 1] = up }
        let next = rotated(top &- up)
        guard next < left else {
          last = pointer
          pointer = up
          break
        }
        left = next
        pointer = up
      }
      framePointer = pointer
      walked.count = count
      walked.hash = hash
    }

    @inline(__always)
    private func rotated(_ distance: UInt64) -> UInt64 { distance >> 3 | distance << 61 }

    /// What is the matter where `follow` ended; whether it is to be called again.
    @inline(never)
    mutating func goesOn() -> Bool {
      guard walked.count < limit else {
        walked.flags.insert(.deep)
        return false
      }
      if !isLost, let goesOn = special() { return goesOn }
      return resume()
    }

    /// A mark, the outermost frame, a return address outside ordinary code; nil for none of these.
    private mutating func special() -> Bool? {
      if framePointer == 0 { return false }
      if framePointer & StackWalk.mark != 0 {
        framePointer &= ~StackWalk.mark
        walked.isPlain = false
        return lies(framePointer) && framePointer > last ? true : nil
      }
      guard lies(framePointer), framePointer > last else { return nil }
      let address = Memory.word(framePointer &+ 8)
      guard code.text.contains(address), !code.ordinary.contains(address) else { return nil }
      append(address)
      let up = Memory.word(framePointer)
      if let links { links[walked.count &- 1] = up }
      guard !code.runtime.contains(address) else {
        // Below the stack pointer nothing is left of what the function kept there.
        if up & StackWalk.mark != 0, framePointer &- 8 >= start.stackPointer {
          context = Memory.word(framePointer &- 8)
        }
        return nil
      }
      guard up == 0 || (lies(up) && up > framePointer) else { return nil }
      last = framePointer
      framePointer = up
      return up != 0
    }

    /// Goes on at the frame that entered the job, once.
    private mutating func resume() -> Bool {
      let frame = jobFrame
      jobFrame = 0
      isLost = false
      // What has been walked lies below it, or the chain has passed it by itself.
      let isAhead = frame >= start.stackPointer && (!lies(framePointer) || frame >= framePointer)
      let resumes = lies(frame) && isAhead
      if context != 0 {
        walked.gap = walked.count
        follow(context: context)
        context = 0
      }
      if resumes || walked.awaiting > 0 {
        if walked.awaiting == 0 { walked.gap = walked.count }
        walked.flags.insert(.gap)
      }
      if !resumes { walked.flags.insert(.cut) }
      framePointer = frame
      return resumes
    }

    /// Appends the functions that wait for the one with this context. Contexts are in the heap.
    mutating func follow(context: UInt64) {
      var context = context
      while walked.count < limit, context & 7 == 0, context != 0 {
        let address = start.load(context &+ 8)
        // The outermost one goes on in the runtime, which ends the task.
        guard code.text.contains(address), !code.runtime.contains(address) else { return }
        append(address)
        walked.awaiting &+= 1
        context = start.load(context)
      }
    }

    /// Whether a link may lie there.
    private func lies(_ pointer: UInt64) -> Bool {
      pointer & 7 == 0 && pointer >= start.stack.start && start.stack.size >= 16
        && pointer <= start.stack.end &- 16
    }

    /// What has been found.
    @inline(__always)
    func finish() -> Walked { walked }
  }
}
