// A processor for tests of debuggers: a handful of real x86-64 instructions, so that calls push
// return addresses, recursion recurses, and a disassembler reads the same bytes that run.

public import Bytes

/// Memory of a fake machine: regions of bytes, everything else unreadable.
public struct FakeMemory: Sendable {
  private var regions: [(start: UInt64, bytes: [UInt8])] = []

  /// Creates memory without a byte in it.
  public init() {}

  /// Adds a region.
  public mutating func map(_ start: Address, _ bytes: [UInt8]) {
    regions.append((start.value, bytes))
  }

  /// Reads as many bytes as there are, up to `count`, from one region.
  public func read(_ address: Address, _ count: Int) -> [UInt8] {
    for region in regions {
      let offset = address.value &- region.start
      guard offset < UInt64(region.bytes.count), count > 0 else { continue }
      let first = Int(offset)
      return Array(region.bytes[first..<min(region.bytes.count, first + count)])
    }
    return []
  }

  /// Writes bytes; `false` if not all of them are in one region.
  public mutating func write(_ bytes: [UInt8], _ address: Address) -> Bool {
    for index in regions.indices {
      let offset = address.value &- regions[index].start
      guard offset < UInt64(regions[index].bytes.count),
        bytes.count <= regions[index].bytes.count - Int(offset)
      else { continue }
      for (place, byte) in bytes.enumerated() { regions[index].bytes[Int(offset) + place] = byte }
      return true
    }
    return false
  }

  /// Reads a little-endian word; 0 where there is none.
  func word(_ address: UInt64) -> UInt64 {
    var value: UInt64 = 0
    for byte in read(Address(address), 8).reversed() { value = value << 8 | UInt64(byte) }
    return value
  }

  /// Writes a little-endian word.
  mutating func set(_ value: UInt64, at address: UInt64) {
    _ = write((0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }, Address(address))
  }
}

/// One thread of a fake machine.
public struct FakeProcessor: Sendable {
  /// The registers by name; those not named are zero.
  public var registers: [String: UInt64] = [:]

  /// What one instruction came to.
  public enum Outcome: Equatable, Sendable {
    case went
    /// It halts until an interrupt, without moving on.
    case halted
    case exited(Int)
    case trapped(signal: Int)
    /// It stored there.
    case stored(Address, count: Int)
  }

  /// Creates a processor about to execute at `pc`.
  public init(pc: Address, sp: Address) {
    registers["rip"] = pc.value
    registers["rsp"] = sp.value
  }

  private static let general = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"]

  subscript(name: String) -> UInt64 {
    get { registers[name] ?? 0 }
    set { registers[name] = newValue }
  }

  /// Executes one instruction.
  ///
  /// Known: nop, call rel32, ret, push, pop, jmp rel8 and rel32, jnz rel8, loop rel8, dec, inc,
  /// mov imm32, mov rsp to rbp, movabs rax to memory, hlt, syscall (exit with rdi), ud2, int3.
  public mutating func step(_ memory: inout FakeMemory) -> Outcome {
    let pc = self["rip"]
    let code = memory.read(Address(pc), 16) + [UInt8](repeating: 0, count: 16)
    func next(_ size: Int) -> UInt64 { pc &+ UInt64(size) }
    func near(_ at: Int) -> UInt64 { UInt64(bitPattern: Int64(Int8(bitPattern: code[at]))) }
    func far(_ at: Int) -> UInt64 {
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(code[at + $1]) << UInt32($1 * 8) }
      return UInt64(bitPattern: Int64(Int32(bitPattern: bits)))
    }
    switch code[0] {
    case 0x90: self["rip"] = next(1)
    case 0xe8:
      push(next(5), &memory)
      self["rip"] = next(5) &+ far(1)
    case 0xc3: self["rip"] = pop(&memory)
    case 0x50...0x57:
      push(self[Self.general[Int(code[0] & 7)]], &memory)
      self["rip"] = next(1)
    case 0x58...0x5f:
      self[Self.general[Int(code[0] & 7)]] = pop(&memory)
      self["rip"] = next(1)
    case 0xb8...0xbf:
      self[Self.general[Int(code[0] & 7)]] = far(1) & 0xffff_ffff
      self["rip"] = next(5)
    case 0xeb: self["rip"] = next(2) &+ near(1)
    case 0xe9: self["rip"] = next(5) &+ far(1)
    case 0x75: self["rip"] = self["eflags"] & 0x40 == 0 ? next(2) &+ near(1) : next(2)
    case 0xe2:
      self["rcx"] = self["rcx"] &- 1
      self["rip"] = self["rcx"] != 0 ? next(2) &+ near(1) : next(2)
    case 0xf4: return .halted
    case 0xcc:
      self["rip"] = next(1)
      return .trapped(signal: 5)
    case 0x48: return wide(code, next, &memory)
    case 0x0f where code[1] == 5: return .exited(Int(truncatingIfNeeded: self["rdi"] & 0xff))
    default: return .trapped(signal: 4)
    }
    return .went
  }

  /// Instructions with a REX.W prefix.
  private mutating func wide(
    _ code: [UInt8], _ next: (Int) -> UInt64, _ memory: inout FakeMemory
  ) -> Outcome {
    if code[1] == 0xff, code[2] >= 0xc0, code[2] <= 0xcf {
      let name = Self.general[Int(code[2] & 7)]
      self[name] = code[2] < 0xc8 ? self[name] &+ 1 : self[name] &- 1
      self["eflags"] = self[name] == 0 ? self["eflags"] | 0x40 : self["eflags"] & ~0x40
      self["rip"] = next(3)
      return .went
    }
    if code[1] == 0x89, code[2] == 0xe5 {
      self["rbp"] = self["rsp"]
      self["rip"] = next(3)
      return .went
    }
    if code[1] == 0xa3 {
      let address = (0..<8).reduce(UInt64(0)) { $0 | UInt64(code[2 + $1]) << UInt64($1 * 8) }
      memory.set(self["rax"], at: address)
      self["rip"] = next(10)
      return .stored(Address(address), count: 8)
    }
    return .trapped(signal: 4)
  }

  private mutating func push(_ value: UInt64, _ memory: inout FakeMemory) {
    self["rsp"] = self["rsp"] &- 8
    memory.set(value, at: self["rsp"])
  }

  private mutating func pop(_ memory: inout FakeMemory) -> UInt64 {
    let value = memory.word(self["rsp"])
    self["rsp"] = self["rsp"] &+ 8
    return value
  }
}
