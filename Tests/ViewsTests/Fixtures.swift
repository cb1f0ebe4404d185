// Snapshots as sessions would build them.

import Bytes
import Inspect
import Live
import Profiling
import Readings
import Session

/// Snapshots to draw.
enum Fixture: String, CaseIterable {
  case stopped, running, noSymbols, lost, hostile, empty, live

  var snapshot: Snapshot {
    switch self {
    case .stopped: stoppedSnapshot()
    case .running: runningSnapshot()
    case .noSymbols: noSymbolsSnapshot()
    case .lost: lostSnapshot()
    case .hostile: hostileSnapshot()
    case .empty: Snapshot()
    case .live: liveSnapshot()
    }
  }
}

private let buildID = BuildID(hex: "3fa81c2e90b7d4415566778899aabbccddeeff00")

private let beat = """
  // One beat: work of known shares.
  @inline(never)
  func beat(_ count: Int) -> Int {
    var sum = 0
    for index in 0..<count {
      sum &+= spin(index)  // the busy part
    }
    return sum
  }

  func spin(_ value: Int) -> Int {
    var x = UInt64(truncatingIfNeeded: value)
    x ^= x << 13
    x ^= x >> 7
    x ^= x << 17
    return Int(truncatingIfNeeded: x)
  }

  @main
  struct Heartbeat {
    static func main() async {
      let name = "heart\\t"
      await run(name)
    }
  }
  """

func frames() -> [FrameSnapshot] {
  func frame(
    _ index: Int, _ pc: UInt64, _ function: String, _ file: String, _ line: Int,
    inlined: Bool = false, interrupted: Bool = false, _ arguments: String = ""
  ) -> FrameSnapshot {
    FrameSnapshot(
      index: index, pc: Address(pc), cfa: Address(0x17ff40 + UInt64(index) * 48),
      function: function, file: file, line: line, isInlined: inlined, isInterrupted: interrupted,
      arguments: arguments)
  }
  return [
    frame(
      0, 0x101a4c, "spin(_:)", "Samples/Heartbeat/Heartbeat.swift", 24, inlined: true, "value=17"),
    frame(1, 0x101a4c, "beat(_:)", "Samples/Heartbeat/Heartbeat.swift", 17, "count=4000"),
    frame(2, 0x101b90, "Heartbeat.busy()", "Samples/Heartbeat/Heartbeat.swift", 41),
    frame(3, 0x101c04, "closure #1 in Heartbeat.main()", "Samples/Heartbeat/Heartbeat.swift", 52),
    frame(4, 0x104410, "Timer.fire(at:)", "Kernel/Execution/Timer.swift", 88, "at=123456789"),
    frame(5, 0x104ff2, "EventLoop.turn()", "Kernel/Execution/EventLoop.swift", 131),
    frame(6, 0x105020, "EventLoop.run()", "Kernel/Execution/EventLoop.swift", 97),
    frame(7, 0x100210, "kernelMain(_:)", "Kernel/Boot/Start.swift", 33),
    frame(8, 0x100044, "_start", "Kernel/CX86/start.S", 61),
  ]
}

func registers() -> [RegisterSnapshot] {
  func register(
    _ name: String, _ value: String, _ note: String = "", changed: Bool = false,
    group: String = "general"
  ) -> RegisterSnapshot {
    RegisterSnapshot(name: name, group: group, value: value, note: note, isChanged: changed)
  }
  return [
    register("rax", "0x11", changed: true), register("rbx", "0x0"),
    register("rcx", "0xfa0"), register("rdx", "0xffffffffffffffff", changed: true),
    register("rsi", "0x103f20", "message"), register("rdi", "0x11"),
    register("rbp", "0x17ff60"), register("rsp", "0x17ff20"), register("r8", "0x8"),
    register("r9", "0x0"), register("r10", "0x101a00", "beat(_:)"), register("r11", "0x246"),
    register("r12", "0x0"), register("r13", "0x17ffe0"), register("r14", "0x0"),
    register("r15", "0x2a"), register("rip", "0x101a4c", "beat(_:)+28", changed: true),
    register("eflags", "[ ZF PF IF ]"), register("cs", "0x8"), register("ss", "0x10"),
    register("ds", "0x10"), register("es", "0x10"), register("fs", "0x0"), register("gs", "0x0"),
    register("fs_base", "0x0", group: "system"), register("cr3", "0x2000", group: "system"),
    register("xmm0", "{0x0, 0x0}", group: "vector"),
  ]
}

func stoppedSnapshot() -> Snapshot {
  var snapshot = Snapshot()
  snapshot.generation = 3
  snapshot.target = "demo"
  snapshot.kind = "QEMU"
  snapshot.state = .stopped(
    StopReason(signal: 5, thread: ThreadID(thread: 1), cause: .breakpoint))
  snapshot.link.statistics.roundTrips = 31
  snapshot.link.statistics.lastRoundTripMicroseconds = 84
  snapshot.link.ageMilliseconds = 312
  if let buildID { snapshot.symbols = .matched(buildID, path: "/cache/symbols/3fa8") }
  snapshot.threads = [
    ThreadSnapshot(
      id: ThreadID(thread: 1), name: "CPU#0", isSelected: true, location: "spin(_:)")
  ]
  snapshot.frames = frames()
  snapshot.source = SourceExcerpt(
    path: "Samples/Heartbeat/Heartbeat.swift", firstLine: 12,
    lines: beat.split(separator: "\n", omittingEmptySubsequences: false).map(String.init),
    currentLine: 24, breakpointLines: [15, 24])
  snapshot.disassembly = disassembly()
  snapshot.registers = registers()
  snapshot.locals = [
    VariableSnapshot(
      name: "value", type: "Int", value: "17", isArgument: true, isChanged: true),
    VariableSnapshot(
      name: "x", type: "UInt64", value: "139265", isArgument: false, isChanged: false),
    VariableSnapshot(
      name: "sum", type: "Int", value: "<optimized out>", isArgument: false, isChanged: false),
  ]
  snapshot.breakpoints = [
    BreakpointSnapshot(
      number: 1, kind: "breakpoint", specification: "Heartbeat.swift:24",
      addresses: [Address(0x101a4c)], condition: "value > 16", isEnabled: true, isTemporary: false,
      hits: 12),
    BreakpointSnapshot(
      number: 2, kind: "hw watchpoint", specification: "counter", addresses: [Address(0x120010)],
      condition: "", isEnabled: false, isTemporary: false, hits: 0),
  ]
  snapshot.memoryMap = map()
  snapshot.memory = memory()
  snapshot.live.source = "memory"
  snapshot.live.profile = profile(later: 0)
  return snapshot
}

func disassembly() -> [InstructionSnapshot] {
  let code: [(UInt64, [UInt8], String)] = [
    (0x101a40, [0x55], "push   %rbp"), (0x101a41, [0x48, 0x89, 0xe5], "mov    %rsp,%rbp"),
    (0x101a44, [0x48, 0x85, 0xff], "test   %rdi,%rdi"),
    (0x101a47, [0x74, 0x20], "je     0x101a69 <beat(_:)+57>"),
    (0x101a49, [0x31, 0xc0], "xor    %eax,%eax"),
    (0x101a4b, [0x90], "nop"), (0x101a4c, [0x48, 0x89, 0xf9], "mov    %rdi,%rcx"),
    (0x101a4f, [0x48, 0xc1, 0xe1, 0x0d], "shl    $0xd,%rcx"),
    (0x101a53, [0x48, 0x31, 0xcf], "xor    %rcx,%rdi"),
    (0x101a56, [0x48, 0x89, 0xf9], "mov    %rdi,%rcx"),
    (0x101a59, [0x48, 0xc1, 0xe9, 0x07], "shr    $0x7,%rcx"),
    (0x101a5d, [0xe8, 0, 0, 0, 0], "call   0x103000 <swift_retain>"),
    (0x101a62, [0x5d], "pop    %rbp"), (0x101a63, [0xc3], "ret"),
  ]
  return code.map { address, bytes, text in
    InstructionSnapshot(
      address: Address(address), bytes: bytes, text: text,
      location: "beat(_:)+\(address - 0x101a30)", isCurrent: address == 0x101a4c,
      hasBreakpoint: address == 0x101a4c)
  }
}

func map() -> [RegionSnapshot] {
  [
    RegionSnapshot(start: Address(0x100000), size: 0x8000, name: ".text", permissions: "r-x"),
    RegionSnapshot(start: Address(0x108000), size: 0x3000, name: ".rodata", permissions: "r--"),
    RegionSnapshot(start: Address(0x10b000), size: 0x1000, name: ".data", permissions: "rw-"),
    RegionSnapshot(start: Address(0x10c000), size: 0x14000, name: ".bss", permissions: "rw-"),
    RegionSnapshot(start: Address(0x170000), size: 0x10000, name: "stack", permissions: "rw-"),
    RegionSnapshot(start: Address(0x180000), size: 0x3e80000, name: "ram", permissions: ""),
  ]
}

func memory() -> MemoryWindow {
  var bytes: [UInt8?] = []
  let text = Array("Heartbeat: beat of the kernel\0\0\0".utf8)
  for index in 0..<1024 {
    let byte: UInt8? =
      index < 64
      ? UInt8(truncatingIfNeeded: index &* 37)
      : index < 96 ? text[index - 64] : index >= 1000 ? nil : 0
    bytes.append(byte)
  }
  for (index, byte) in [UInt8(0x20), 0x1a, 0x10, 0, 0, 0, 0, 0].enumerated() {
    bytes[128 + index] = byte
  }
  return MemoryWindow(
    start: Address(0x17ff20), bytes: bytes, changed: [1, 2, 3, 130], location: "stack+65312",
    match: 64..<73)
}

func runningSnapshot() -> Snapshot {
  var snapshot = stoppedSnapshot()
  snapshot.state = .running
  snapshot.link.isStale = true
  snapshot.link.ageMilliseconds = 4210
  return snapshot
}

func noSymbolsSnapshot() -> Snapshot {
  var snapshot = stoppedSnapshot()
  snapshot.state = .stopped(StopReason(signal: 2, thread: nil, cause: .request))
  if let buildID { snapshot.symbols = .missing(buildID) }
  snapshot.source = nil
  snapshot.locals = []
  snapshot.breakpoints = []
  snapshot.frames = frames().prefix(4).enumerated().map { index, frame in
    FrameSnapshot(index: index, pc: frame.pc)
  }
  snapshot.framesNote = "no frame pointer"
  snapshot.disassembly = disassembly().map { instruction in
    var instruction = instruction
    instruction.location = instruction.address.hex
    instruction.hasBreakpoint = false
    return instruction
  }
  snapshot.registers = registers().map { register in
    var register = register
    register.note = ""
    return register
  }
  return snapshot
}

func lostSnapshot() -> Snapshot {
  var snapshot = stoppedSnapshot()
  snapshot.state = .lost("connection closed by the target")
  snapshot.link.isStale = true
  snapshot.link.ageMilliseconds = 125_000
  snapshot.link.statistics.retransmissions = 3
  return snapshot
}

/// Everything that a target could say to act on a terminal, reorder, hide or widen.
let hostileText =
  "\u{1b}[2J\u{1b}]0;x\u{7}\r\n\t\u{8}\u{9b}31m\u{202e}gpj\u{2066}\u{200b}\u{feff}"
  + "a\u{301}\u{302}\u{303}\u{304}\u{e0041}\u{fe0f}日本😀👍🏿🇩🇪\u{0}\u{7f}\u{fffe}\u{e000}"

func hostileSnapshot() -> Snapshot {
  var snapshot = stoppedSnapshot()
  let text = hostileText
  snapshot.target = text
  snapshot.kind = text
  snapshot.state = .lost(text)
  snapshot.link.ageMilliseconds = .min
  snapshot.link.statistics.lastRoundTripMicroseconds = .max
  snapshot.link.statistics.roundTrips = .max
  snapshot.link.statistics.unexpected = 1
  snapshot.symbols = .unverified(path: text)
  snapshot.framesNote = text
  snapshot.threads = (0..<3).map {
    ThreadSnapshot(
      id: ThreadID(process: .max, thread: .max - $0), name: text, isSelected: $0 == 1,
      location: text)
  }
  snapshot.frames = (0..<8).map {
    FrameSnapshot(
      index: $0 * 1_000_000, pc: Address(.max), cfa: Address(.max), function: text, file: text,
      line: .max, isInlined: true, isInterrupted: true, arguments: text)
  }
  snapshot.selectedFrame = .max
  snapshot.source = SourceExcerpt(
    path: text, firstLine: .max - 3, lines: [text, text, text, text, text], currentLine: .min,
    breakpointLines: [.max], note: text)
  snapshot.disassembly = (0..<6).map {
    InstructionSnapshot(
      address: Address(.max - 5 + $0), bytes: [UInt8](repeating: 0xff, count: 400), text: text,
      location: text, isCurrent: $0 == 2, hasBreakpoint: true)
  }
  snapshot.registers = (0..<4).map {
    RegisterSnapshot(
      name: text + "\($0)", group: text, value: text, note: text, isChanged: true)
  }
  snapshot.locals = [
    VariableSnapshot(name: text, type: text, value: text, isArgument: true, isChanged: true)
  ]
  snapshot.breakpoints = [
    BreakpointSnapshot(
      number: .max, kind: text, specification: text, addresses: [], condition: text,
      isEnabled: true, isTemporary: true, hits: .max)
  ]
  snapshot.memoryMap = [
    RegionSnapshot(start: Address(.max - 1), size: .max, name: text, permissions: text)
  ]
  snapshot.live.source = text
  snapshot.live.profileNote = text
  snapshot.live.profile = profile(later: 0) { text + "\($0)" }
  snapshot.memory = MemoryWindow(
    start: Address(.max - 7), bytes: [UInt8?](repeating: 0x1b, count: 64), changed: [.max, -1, 3],
    location: text, match: 0..<Int.max)
  snapshot.live = hostileLive()
  return snapshot
}
