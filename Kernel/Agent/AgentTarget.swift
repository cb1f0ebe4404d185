// What the stub debugs: the interrupted context, memory, and the points planted in it.

internal import Bytes
internal import CX86
internal import GDBRemote
internal import Machine
internal import X86

struct AgentTarget: StubTarget {
  // Safety: set on each entry to the agent, whose frame outlives what it does there.
  nonisolated(unsafe) private static var noFrame = x86_frame()
  var frame = withUnsafeMutablePointer(to: &AgentTarget.noFrame) { $0 }
  let registers = AgentRegisters.file
  var points = AgentPoints()
  let triple: String? = "x86_64-unknown-none"

  var entry: Address? { Address(x86_entry()) }

  // MARK: Registers

  func appendRegister(_ number: Int, of thread: UInt64, to output: inout [UInt8]) -> Bool {
    let context = AgentThreads.context(of: thread, running: frame)
    return context?.append(number, frame, to: &output) ?? false
  }

  mutating func setRegister(
    _ number: Int, of thread: UInt64, to bytes: ArraySlice<UInt8>
  ) -> Bool {
    switch AgentThreads.context(of: thread, running: frame) {
    case .live: return AgentRegisters.set(number, frame, bytes)
    case .parked(let parked): return AgentRegisters.set(number, parked, bytes)
    default: return false
    }
  }

  // MARK: Memory

  func appendMemory(at address: Address, count: Int, to output: inout [UInt8]) {
    Self.read(address, count, &output)
  }

  /// Appends what of `count` bytes can be read.
  static func read(_ address: Address, _ count: Int, _ output: inout [UInt8]) {
    var portion: [256 of UInt8] = [256 of UInt8](repeating: 0)
    var next = address.value
    var left = count
    while left > 0 {
      let size = min(left, 256)
      let got = withUnsafeMutableBytes(of: &portion) { bytes in
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[..<size])
        let got = AgentMemory.read(next, into: room)
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: room[..<got]))
        return got
      }
      guard got == size else { return }
      next &+= UInt64(size)
      left -= size
    }
  }

  mutating func writeMemory(_ bytes: ArraySlice<UInt8>, at address: Address) -> Bool {
    bytes.withUnsafeBytes { AgentMemory.write($0, at: address.value) }
  }

  func memory(at index: Int) -> StubMemory? {
    guard let region = X86Machine.shared.memory(at: index) else { return nil }
    return StubMemory(
      start: Address(UInt64(region.start)), size: UInt64(region.size), kind: .ram)
  }

  // MARK: Files

  var files: Int { AgentFiles.count }

  func file(named name: ArraySlice<UInt8>) -> Int? { AgentFiles.number(of: name) }

  func write(file: Int, to window: inout TransferWindow) {
    AgentFiles.write(file, to: &window)
  }

  func executable(to window: inout TransferWindow) -> Bool {
    AgentFiles.writePath(to: &window)
    return true
  }

  func appendBuildID(to output: inout [UInt8]) -> Address? {
    AgentFiles.forEachByteOfBuildID { output.put($0) }
    return Address(x86_image_start())
  }

  // MARK: Threads

  func thread(at index: Int) -> UInt64? { AgentThreads.thread(at: index) }

  func stoppedThread(at index: Int) -> StubStop? { AgentParking.stop(at: index) }

  func appendName(of thread: UInt64, to output: inout [UInt8]) {
    AgentThreads.appendName(of: thread, running: frame, to: &output)
  }

  /// Where a thread goes on that was switched away from; nil for others.
  func continuation(of thread: UInt64) -> UInt64? {
    guard
      case .switchedAway(let stackPointer) = AgentThreads.context(of: thread, running: frame)
    else { return nil }
    return AgentContext.continuation(switchedAwayAt: stackPointer)
  }

  /// The thread whose context was interrupted.
  var running: UInt64 { AgentThreads.running(frame.pointee.rsp) }

  // MARK: Points and stops

  mutating func set(_ point: RemoteStopPoint, isPlanted: Bool) -> StubVerdict {
    points.set(point, isPlanted: isPlanted)
  }

  mutating func removeAll() { points.removeAll() }

  /// The debug registers of the processor.
  var watchpoints: Int { 4 }

  func appendDescription(of stop: StubStop, to output: inout [UInt8]) {
    let vector = frame.pointee.vector
    guard stop.cause == .signal, vector < 32, vector != 1, vector != 3 else { return }
    var name = Exception.name(vector)
    while case let byte = x86_load8(name), byte != 0 {
      output.put(byte)
      name += 1
    }
  }

  /// Why the machine has stopped; nil if it is none of the debugger's business.
  mutating func stop() -> StubStop? {
    switch frame.pointee.vector {
    case 1: return StubStop(signal: 5, thread: running, cause: points.debugCause())
    case 3:
      let before = frame.pointee.rip &- 1
      guard points.isPlanted(at: before) else { return StubStop(signal: 5, thread: running) }
      frame.pointee.rip = before
      return StubStop(signal: 5, thread: running, cause: .softwareBreakpoint)
    case 0, 16, 19: return StubStop(signal: 8, thread: running)
    case 6: return StubStop(signal: 4, thread: running)
    case 8, 18: return nil
    case 0..<32: return StubStop(signal: 11, thread: running)
    default: return StubStop(signal: 2, thread: running)
    }
  }

  mutating func monitor(_ command: ArraySlice<UInt8>, output: inout [UInt8]) -> Bool {
    if command.begins(withWords: "profile") {
      return AgentProfiler.obey(command.dropFirst(7), output: &output)
    }
    if command.begins(withWords: "trace ") {
      guard let least = AgentProfiler.number(command.dropFirst(6)) else { return false }
      return trace(least: least)
    }
    guard command.equals(words: "help") else { return false }
    output.append(words: "help                this list\n")
    output.append(words: AgentProfiler.help)
    output.append(words: "trace N             record runs of handlers from N ns on, 0 for all\n")
    return true
  }
}
