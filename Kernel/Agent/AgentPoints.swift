// Breakpoints and watchpoints: a byte of code replaced by `int3`, or one of the four debug
// registers (AMD APM volume 2, section 13.1).

internal import Bytes
internal import CX86
internal import GDBRemote

struct AgentPoints {
  private struct Planted {
    var address: UInt64 = 0
    var original: UInt8 = 0
    var isUsed = false
  }

  private var planted = [64 of Planted](repeating: Planted())
  private var registers = [4 of RemoteStopPoint?](repeating: nil)
  private var count = 0
  /// The debug register in which the agent itself waits for a thread to go on.
  private var awaiting: Int?

  /// The program's own byte where a breakpoint stands.
  func original(at address: UInt64) -> UInt8? {
    guard count > 0 else { return nil }
    for index in planted.indices where planted[index].isUsed && planted[index].address == address {
      return planted[index].original
    }
    return nil
  }

  /// Puts the program's own bytes where breakpoints stand, in what was read from `address` on and
  /// begins at `begin` of `bytes`.
  func hide(in bytes: inout [UInt8], from begin: Int, at address: UInt64) {
    guard count > 0 else { return }
    let size = UInt64(bytes.count - begin)
    for index in planted.indices where planted[index].isUsed {
      let offset = planted[index].address &- address
      if offset < size { bytes[begin + Int(offset)] = planted[index].original }
    }
  }

  /// Writes a byte of the program, below a breakpoint if one stands there.
  mutating func write(_ byte: UInt8, at address: UInt64) -> Bool {
    for index in planted.indices where planted[index].isUsed && planted[index].address == address {
      planted[index].original = byte
      return true
    }
    return store(byte, at: address)
  }

  mutating func set(_ point: RemoteStopPoint, isPlanted: Bool) -> StubVerdict {
    if point.kind == .software {
      return (isPlanted ? plant(point.address.value) : remove(point.address.value))
        ? .done : .failed
    }
    guard point.kind != .read else { return .unsupported }
    return setRegister(point, isPlanted) ? .done : .failed
  }

  mutating func removeAll() {
    awaiting = nil
    for index in planted.indices where planted[index].isUsed { _ = remove(planted[index].address) }
    for index in registers.indices { registers[index] = nil }
    load()
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
      load()
      return true
    }
    return false
  }

  /// Ends the wait.
  mutating func awaitNothing() {
    guard let index = awaiting else { return }
    awaiting = nil
    registers[index] = nil
    load()
  }

  /// Whether the debug exception is about the awaited instruction and nothing else.
  var isAwaited: Bool {
    guard let index = awaiting else { return false }
    return x86_read_debug_status() & 0x400f == 1 << UInt64(index)
  }

  private mutating func plant(_ address: UInt64) -> Bool {
    if original(at: address) != nil { return true }
    var byte: UInt8 = 0
    guard withUnsafeMutableBytes(of: &byte, { AgentMemory.read(address, into: $0) }) == 1 else {
      return false
    }
    for index in planted.indices where !planted[index].isUsed {
      guard store(0xcc, at: address) else { return false }
      planted[index] = Planted(address: address, original: byte, isUsed: true)
      count += 1
      return true
    }
    return false
  }

  private mutating func remove(_ address: UInt64) -> Bool {
    for index in planted.indices where planted[index].isUsed && planted[index].address == address {
      guard store(planted[index].original, at: address) else { return false }
      planted[index].isUsed = false
      count -= 1
    }
    return true
  }

  private func store(_ byte: UInt8, at address: UInt64) -> Bool {
    withUnsafeBytes(of: byte) { AgentMemory.write($0, at: address) }
  }

  private mutating func setRegister(_ point: RemoteStopPoint, _ isPlanted: Bool) -> Bool {
    for index in registers.indices where registers[index] == point && index != awaiting {
      if !isPlanted { registers[index] = nil }
      load()
      return true
    }
    guard isPlanted else { return true }
    let length = point.kind == .hardware ? 1 : point.length
    guard length == 1 || length == 2 || length == 4 || length == 8,
      point.address.value & (length - 1) == 0
    else { return false }
    for index in registers.indices where registers[index] == nil {
      registers[index] = point
      load()
      return true
    }
    return false
  }

  /// Loads the debug registers from what is planted.
  private func load() {
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
  }
}
