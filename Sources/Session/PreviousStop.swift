internal import Bytes
internal import Inspect
internal import Symbols

/// What the last stop showed, so that this one can mark what changed.
struct PreviousStop {
  private var last: Seen?
  private var current: Seen?
  private var memory: [(start: UInt64, bytes: [UInt8?])] = []
  private var newMemory: [(start: UInt64, bytes: [UInt8?])] = []

  private struct Seen {
    var registers: [String: String] = [:]
    /// By function and variable name.
    var locals: [String: String] = [:]
  }

  /// Begins a new stop: what was current becomes what is compared with.
  mutating func moveOn() {
    if current != nil { last = current }
    current = nil
    if !newMemory.isEmpty { memory = newMemory }
    newMemory = []
  }

  /// Keeps what a snapshot shows of the present stop.
  mutating func remember(_ snapshot: Snapshot, registers: RegisterFile) {
    var seen = current ?? Seen()
    if snapshot.selectedFrame == 0 {
      for register in snapshot.registers { seen.registers[register.name] = register.value }
    }
    if snapshot.frames.indices.contains(snapshot.selectedFrame) {
      let function = snapshot.frames[snapshot.selectedFrame].function ?? ""
      for local in snapshot.locals { seen.locals[function + "\0" + local.name] = local.value }
    }
    current = seen
    if let window = snapshot.memory {
      newMemory.removeAll { $0.start == window.start.value }
      if newMemory.count >= 8 { newMemory.removeFirst() }
      newMemory.append((window.start.value, window.bytes))
    }
  }

  /// Whether a register shows another value than at the last stop.
  func isChanged(_ register: String, _ value: String) -> Bool {
    guard let old = last?.registers[register] else { return false }
    return old != value
  }

  /// What a variable showed at the last stop.
  func value(of variable: String, in frame: LogicalFrame) -> String? {
    last?.locals[(frame.location?.function ?? "") + "\0" + variable]
  }

  /// The offsets of bytes that differ from what the last stop showed at the same addresses.
  func changes(at start: Address, _ bytes: [UInt8?]) -> Set<Int> {
    var changed: Set<Int> = []
    for window in memory {
      for index in bytes.indices {
        let place = start.value &+ UInt64(index) &- window.start
        guard place < UInt64(window.bytes.count) else { continue }
        if window.bytes[Int(place)] != bytes[index] { changed.insert(index) }
      }
    }
    return changed
  }
}
