// Breakpoints and watchpoints: a byte of code replaced by `int3`, or one of the four debug
// registers (AMD APM volume 2, section 13.1). They stand only while the machine runs: the agent
// itself, and what it shares with the kernel, must not run into them.

internal import Bytes
internal import CX86
internal import GDBRemote

struct AgentPoints {
  private struct Planted {
    var address: UInt64 = 0
    /// The program's own byte, while `int3` stands in its place.
    var original: UInt8 = 0
    var isUsed = false
    var stands = false
  }

  // Safety: used by the agent alone, which is not re-entered. Not in each value: a target is passed on
  // from function to function, on a stack that has to do.
  nonisolated(unsafe) private static var planted = [64 of Planted](repeating: Planted())
  private var registers = [4 of RemoteStopPoint?](repeating: nil)
  private var count = 0
  /// Whether debug registers are switched on.
  private var isLoaded = false
  /// Whether the debug registers are not what they should be.
  private var isStale = false
  /// The debug register in which the agent itself waits for a thread to go on.
  private var awaiting: Int?
  /// The breakpoint that is left out for one instruction, the one below it.
  private(set) var passed: UInt64?

  // MARK: Entering and leaving

  /// Takes all of them out of the machine's way and the agent's.
  @inline(never)
  mutating func lift() {
    if isLoaded {
      x86_write_debug_control(0)
      isLoaded = false
      isStale = true
    }
    guard count > 0 else { return }
    for index in Self.planted.indices where Self.planted[index].stands {
      Self.planted[index].stands = !store(
        Self.planted[index].original, at: Self.planted[index].address)
    }
  }

  /// Puts them where they belong, but for the one that is passed.
  @inline(never)
  mutating func settle() {
    if isStale { load() }
    guard count > 0 else { return }
    for index in Self.planted.indices
    where Self.planted[index].isUsed && Self.planted[index].address != passed {
      stand(index)
    }
  }

  /// Leaves the breakpoint at `address` out until `endPass`.
  mutating func pass(_ address: UInt64) { passed = address }

  /// Leaves the breakpoint at `address` out likewise, while the others stand.
  @inline(never)
  mutating func passStanding(_ address: UInt64) {
    passed = address
    for index in Self.planted.indices
    where Self.planted[index].isUsed && Self.planted[index].address == address {
      guard Self.planted[index].stands else { continue }
      Self.planted[index].stands = !store(Self.planted[index].original, at: address)
    }
  }

  /// Puts the passed breakpoint back, if there is one.
  @inline(never)
  mutating func endPass() {
    guard let address = passed else { return }
    passed = nil
    for index in Self.planted.indices
    where Self.planted[index].isUsed && Self.planted[index].address == address {
      stand(index)
    }
  }

  @inline(never)
  private mutating func stand(_ index: Int) {
    guard !Self.planted[index].stands, let byte = byte(at: Self.planted[index].address) else {
      return
    }
    Self.planted[index].original = byte
    Self.planted[index].stands = store(0xcc, at: Self.planted[index].address)
  }

  // MARK: Planting and removing

  /// Whether a breakpoint is planted there.
  @inline(never)
  func isPlanted(at address: UInt64) -> Bool {
    guard count > 0 else { return false }
    for index in Self.planted.indices
    where Self.planted[index].isUsed && Self.planted[index].address == address {
      return true
    }
    return false
  }

  @inline(never)
  mutating func set(_ point: RemoteStopPoint, isPlanted: Bool) -> StubVerdict {
    if point.kind == .software {
      if isPlanted { return plant(point.address.value) ? .done : .failed }
      remove(point.address.value)
      return .done
    }
    guard point.kind != .read else { return .unsupported }
    return setRegister(point, isPlanted) ? .done : .failed
  }

  @inline(never)
  mutating func removeAll() {
    awaiting = nil
    passed = nil
    count = 0
    for index in Self.planted.indices { Self.planted[index].isUsed = false }
    for index in registers.indices { registers[index] = nil }
    isStale = true
  }

  /// What a debug exception was about.
  mutating func debugCause() -> StopReply.Cause {
    let status = x86_read_debug_status()
    x86_write_debug_status(0)
    for index in registers.indices where status >> UInt64(index) & 1 != 0 && index != awaiting {
      guard let point = registers[index] else { continue }
      return point.kind == .hardware
        ? .hardwareBreakpoint : .watch(point.kind, address: point.address)
    }
    return .signal
  }

  /// Waits for an instruction on the agent's own account; false if no register is free.
  mutating func await(_ address: UInt64) -> Bool {
    awaitNothing()
    for index in registers.indices where registers[index] == nil {
      registers[index] = RemoteStopPoint(kind: .hardware, address: Address(address), length: 1)
      awaiting = index
      isStale = true
      return true
    }
    return false
  }

  /// Ends the wait.
  @inline(never)
  mutating func awaitNothing() {
    guard let index = awaiting else { return }
    awaiting = nil
    registers[index] = nil
    isStale = true
  }

  /// Whether the debug exception is about the awaited instruction and nothing else.
  var isAwaited: Bool {
    guard let index = awaiting else { return false }
    return x86_read_debug_status() & 0x400f == 1 << UInt64(index)
  }

  private mutating func plant(_ address: UInt64) -> Bool {
    if isPlanted(at: address) { return true }
    guard let byte = byte(at: address), store(byte, at: address) else { return false }
    for index in Self.planted.indices where !Self.planted[index].isUsed {
      Self.planted[index] = Planted(address: address, isUsed: true)
      count += 1
      return true
    }
    return false
  }

  private mutating func remove(_ address: UInt64) {
    for index in Self.planted.indices
    where Self.planted[index].isUsed && Self.planted[index].address == address {
      Self.planted[index].isUsed = false
      count -= 1
    }
  }

  @inline(never)
  private func byte(at address: UInt64) -> UInt8? {
    var byte: UInt8 = 0
    let got = withUnsafeMutableBytes(of: &byte) { AgentMemory.read(address, into: $0) }
    return got == 1 ? byte : nil
  }

  @inline(never)
  private func store(_ byte: UInt8, at address: UInt64) -> Bool {
    withUnsafeBytes(of: byte) { AgentMemory.write($0, at: address) }
  }

  private mutating func setRegister(_ point: RemoteStopPoint, _ isPlanted: Bool) -> Bool {
    isStale = true
    for index in registers.indices where registers[index] == point && index != awaiting {
      if !isPlanted { registers[index] = nil }
      return true
    }
    guard isPlanted else { return true }
    let length = point.kind == .hardware ? 1 : point.length
    guard length == 1 || length == 2 || length == 4 || length == 8,
      point.address.value & (length - 1) == 0
    else { return false }
    for index in registers.indices where registers[index] == nil {
      registers[index] = point
      return true
    }
    return false
  }

  /// Loads the debug registers from what is planted.
  @inline(never)
  private mutating func load() {
    var control: UInt64 = 0
    for index in registers.indices {
      guard let point = registers[index] else { continue }
      x86_write_debug_address(UInt32(index), point.address.value)
      let what: UInt64 = point.kind == .hardware ? 0 : point.kind == .write ? 1 : 3
      let width: UInt64
      switch point.kind == .hardware ? 1 : point.length {
      case 1: width = 0
      case 2: width = 1
      case 8: width = 2
      default: width = 3
      }
      control |= 2 << UInt64(2 * index) | (what | width << 2) << UInt64(16 + 4 * index)
    }
    x86_write_debug_control(control)
    isStale = false
    isLoaded = control != 0
  }
}
