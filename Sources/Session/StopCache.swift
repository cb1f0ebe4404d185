// What is known of a target that stands still. All of it is dropped when the target moves, so that
// nothing stale is ever shown; until then nothing is asked for twice.

internal import Bytes
internal import Inspect
internal import Symbols

/// Everything fetched since the target stopped.
struct StopCache {
  /// Threads, and the registers of the first of them.
  var overview: Overview?
  var registers: [ThreadID: RegisterFile] = [:]
  var memory = MemoryCache()
  var stacks: [ThreadID: Stack] = [:]
  /// Innermost inlined frames not shown, because nothing of them has run yet (as in gdb).
  var hiddenFrames = 0
  /// The thread `hiddenFrames` belongs to.
  var hiddenThread: ThreadID?

  /// Forgets everything.
  mutating func drop() { self = StopCache() }

  /// Forgets what a change of memory or registers may have changed; frames stay hidden.
  mutating func dropValues() {
    let (count, thread) = (hiddenFrames, hiddenThread)
    self = StopCache()
    hiddenFrames = count
    hiddenThread = thread
  }
}

/// The physical frames of one thread, as far as they were unwound.
struct Stack {
  /// Innermost first.
  var frames: [UnwindFrame]
  /// Whether the last frame has no caller.
  var isComplete = false

  /// Returns the canonical frame address of a frame: its caller's stack pointer.
  func cfa(of index: Int) -> Address? {
    guard frames.indices.contains(index) else { return nil }
    if let known = frames[index].cfa { return known }
    guard index + 1 < frames.count else { return nil }
    return frames[index + 1].register(UnwindFrame.stackPointer).map { Address($0) }
  }
}

/// Windows of memory read since the target stopped.
struct MemoryCache {
  private var windows: [(start: UInt64, bytes: [UInt8])] = []
  private var unreadable: Set<UInt64> = []

  /// Returns bytes that one window holds in full.
  func read(_ address: Address, _ count: Int) -> [UInt8]? {
    for window in windows.reversed() {
      let offset = address.value &- window.start
      guard offset < UInt64(window.bytes.count) else { continue }
      let first = Int(offset)
      guard count <= window.bytes.count - first else { continue }
      return Array(window.bytes[first..<(first + count)])
    }
    return nil
  }

  /// Keeps what was read.
  mutating func store(_ bytes: [UInt8], at address: Address) {
    if windows.count >= 256 { windows.removeFirst(128) }
    if !bytes.isEmpty { windows.append((address.value, bytes)) }
  }

  /// Remembers that nothing can be read at an address.
  mutating func markUnreadable(_ address: Address) {
    if unreadable.count < 4096 { unreadable.insert(address.value) }
  }

  /// Whether a read there failed already.
  func isUnreadable(_ address: Address) -> Bool { unreadable.contains(address.value) }
}
