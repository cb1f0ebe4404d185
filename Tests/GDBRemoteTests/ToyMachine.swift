internal import Bytes
internal import GDBRemote

/// A machine that a stub can debug, small enough to be right by looking at it: 64 KiB of memory
/// from 0x1000 on, the registers of an x86-64, and a processor that knows four instructions: `nop`
/// (90), a short jump (eb), `inc %al` (fe c0) and storing AL at an absolute address (88 04 25 and
/// four bytes).
struct ToyMachine: StubTarget {
  static let base: UInt64 = 0x1000
  static let rip = 16
  var memory = [UInt8](repeating: 0, count: 65536)
  var values = [UInt64](repeating: 0, count: 24)
  var planted: [RemoteStopPoint] = []
  var names: [(id: UInt64, name: String)] = [(1, "core 0"), (2, "<fiber> & \"co\""), (0x1f, "t\n")]
  var said: [String] = []
  /// Where it describes itself, if it does, and the rates at which it was asked to.
  var root: UInt64?
  var rates: [Int] = []
  /// The rates of samples that were asked for; the machine has no profiler for 13 a second.
  var profiles: [UInt64] = []
  var traces: [UInt64] = []
  /// Breakpoints that its stub let it pass.
  var passed: UInt64 = 0
  /// What lets it go on leaves it running.
  var neverStops = false
  let registers = StubRegisters(
    sizes: Array(repeating: 8, count: 17) + Array(repeating: 4, count: 7),
    description: toyDescription, expedited: [6, 7, 16])

  var pc: UInt64 {
    get { values[Self.rip] }
    set { values[Self.rip] = newValue }
  }

  func appendRegister(_ number: Int, of thread: UInt64, to output: inout [UInt8]) -> Bool {
    // Register 15 has no value in a fiber that waits.
    guard thread != 2 || number != 15 else { return false }
    for byte in 0..<Int(registers.sizes[number]) {
      output.append(UInt8(truncatingIfNeeded: values[number] >> UInt64(8 * byte)))
    }
    return true
  }

  mutating func setRegister(
    _ number: Int, of thread: UInt64, to bytes: ArraySlice<UInt8>
  ) -> Bool {
    values[number] = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    return true
  }

  func appendMemory(at address: Address, count: Int, to output: inout [UInt8]) {
    guard address.value >= Self.base else { return }
    let offset = address.value - Self.base
    guard offset < UInt64(memory.count) else { return }
    output.append(contentsOf: memory[Int(offset)...].prefix(count))
  }

  mutating func writeMemory(_ bytes: ArraySlice<UInt8>, at address: Address) -> Bool {
    guard address.value >= Self.base, address.value - Self.base <= UInt64(memory.count),
      UInt64(memory.count) - (address.value - Self.base) >= UInt64(bytes.count)
    else { return false }
    let start = Int(address.value - Self.base)
    memory.replaceSubrange(start..<(start + bytes.count), with: bytes)
    return true
  }

  /// Threads that stand while others run.
  var standing: [StubStop] = []

  func stoppedThread(at index: Int) -> StubStop? { index < standing.count ? standing[index] : nil }

  func thread(at index: Int) -> UInt64? { index < names.count ? names[index].id : nil }

  func appendName(of thread: UInt64, to output: inout [UInt8]) {
    output += Array((names.first { $0.id == thread }?.name ?? "").utf8)
  }

  func memory(at index: Int) -> StubMemory? {
    switch index {
    case 0: StubMemory(start: Address(Self.base), size: 65536, kind: .ram)
    case 1:
      StubMemory(
        start: Address(0x40_0000_0000), size: 0x100_0000, kind: .flash(blockSize: 0x1000))
    default: nil
    }
  }

  mutating func set(_ point: RemoteStopPoint, isPlanted: Bool) -> StubVerdict {
    if point.kind == .read { return .unsupported }
    guard point.address.value >= Self.base else { return .failed }
    planted.removeAll { $0 == point }
    if isPlanted { planted.append(point) }
    return .done
  }

  // MARK: Files: `image`, every value of a byte a hundred times, and `log`

  static let image = (0..<25_600).map { UInt8(truncatingIfNeeded: $0) }
  var fileNames: [String] = []

  var files: Int { fileNames.count }

  func file(named name: ArraySlice<UInt8>) -> Int? {
    let text = String(decoding: name, as: UTF8.self)
    return fileNames.firstIndex { text == $0 || text == "/" + $0 }
  }

  func write(file: Int, to window: inout TransferWindow) {
    if fileNames[file] == "image" {
      for byte in Self.image { window.append(byte) }
    } else {
      window.append(text: "one line\n")
    }
  }

  func executable(to window: inout TransferWindow) -> Bool {
    guard fileNames.contains("image") else { return false }
    window.append(text: "/image")
    return true
  }

  var buildID: [UInt8]?

  func appendBuildID(to output: inout [UInt8]) -> Address? {
    guard let buildID else { return nil }
    output += buildID
    return Address(0x10_0000)
  }

  var watchpoints: Int { 4 }

  func appendDescription(of stop: StubStop, to output: inout [UInt8]) {
    if stop.signal == 11 { output += bytes("page fault") }
  }

  var triple: String? { "x86_64-unknown-none" }

  var rootBlock: UInt64? { root }

  mutating func publish(hertz: Int) { rates.append(hertz) }

  mutating func profile(rate: UInt64) -> Bool {
    profiles.append(rate)
    return rate != 13
  }

  mutating func trace(least: UInt64) -> Bool {
    traces.append(least)
    return least != 13
  }

  mutating func monitor(_ command: ArraySlice<UInt8>, output: inout [UInt8]) -> Bool {
    let text = String(decoding: command, as: UTF8.self)
    said.append(text)
    guard text.hasPrefix("repeat ") else { return false }
    for _ in 0..<3000 { output += Array("all work and no play \n".utf8) }
    return true
  }

  // MARK: The processor

  /// Executes one instruction; returns why it cannot go on, if it cannot.
  mutating func step() -> StubStop? {
    guard let opcode = byte(pc) else { return StubStop(signal: 11, thread: 1) }
    switch opcode {
    case 0x90: pc &+= 1
    case 0xfe where byte(pc &+ 1) == 0xc0:
      values[0] = values[0] & ~255 | (values[0] &+ 1) & 255
      pc &+= 2
    case 0xeb:
      let distance = Int8(bitPattern: byte(pc &+ 1) ?? 0)
      pc = UInt64(bitPattern: Int64(bitPattern: pc) &+ 2 &+ Int64(distance))
    case 0x88:
      let address = (0..<4).reversed().reduce(UInt64(0)) {
        $0 << 8 | UInt64(byte(pc &+ 3 &+ UInt64($1)) ?? 0)
      }
      _ = writeMemory([UInt8(truncatingIfNeeded: values[0])], at: Address(address))
      pc &+= 7
      let watched = planted.first { $0.kind == .write && $0.address.value == address }
      if let watched {
        return StubStop(signal: 5, thread: 1, cause: .watch(.write, address: watched.address))
      }
    default: return StubStop(signal: 4, thread: 1)
    }
    return nil
  }

  /// Runs as the client asked, at most `limit` instructions.
  mutating func run(_ actions: [ContinueAction], limit: Int = 10_000) -> StubStop {
    let action = actions.first { $0.thread == nil || $0.thread?.thread == 1 }?.kind ?? .cont
    for _ in 0..<limit {
      if let stop = step() { return stop }
      switch action {
      case .step: return StubStop(signal: 5, thread: 1)
      case .stepRange(let start, let end) where !(start..<end).contains(Address(pc)):
        return StubStop(signal: 5, thread: 1)
      default: break
      }
      if let point = planted.first(where: { $0.kind != .write && $0.address.value == pc }) {
        return StubStop(
          signal: 5, thread: 1,
          cause: point.kind == .hardware ? .hardwareBreakpoint : .softwareBreakpoint)
      }
    }
    return StubStop(signal: 2, thread: 1)
  }

  private func byte(_ address: UInt64) -> UInt8? {
    guard address >= Self.base, address - Self.base < UInt64(memory.count) else { return nil }
    return memory[Int(address - Self.base)]
  }
}

/// The registers of gdb's feature `org.gnu.gdb.i386.core`, without the floating-point ones.
private let toyDescription: String = {
  let wide =
    ["rax", "rbx", "rcx", "rdx", "rsi", "rdi"].map { ($0, "int64") }
    + [("rbp", "data_ptr"), ("rsp", "data_ptr")] + (8...15).map { ("r\($0)", "int64") }
    + [("rip", "code_ptr")]
  let narrow = ["eflags", "cs", "ss", "ds", "es", "fs", "gs"]
  return "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
    + "<architecture>i386:x86-64</architecture><feature name=\"org.gnu.gdb.i386.core\">"
    + wide.map { "<reg name=\"\($0.0)\" bitsize=\"64\" type=\"\($0.1)\"/>" }.joined()
    + narrow.map { "<reg name=\"\($0)\" bitsize=\"32\" type=\"int32\"/>" }.joined()
    + "</feature></target>"
}()
