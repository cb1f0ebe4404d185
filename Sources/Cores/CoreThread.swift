// The registers of a thread as NT_PRSTATUS and NT_PRFPREG have them on x86-64: Linux's
// `struct elf_prstatus` (its `pr_reg` is `struct user_regs_struct`) and the 512 bytes of FXSAVE
// (Intel SDM volume 1, section 10.5.1). gdb, lldb and elfutils expect the same.

/// A thread of a core file.
public struct CoreThread: Equatable, Sendable {
  /// The thread's number; of a machine, the core's, from 1.
  public var number: UInt64
  /// The signal that it stopped by, 0 for none.
  public var signal: Int
  /// The registers by name; what is not known is missing.
  public var registers: [String: UInt64]
  /// The FXSAVE image; nil if it is not known.
  public var vectors: [UInt8]?

  /// Creates a thread.
  public init(
    number: UInt64, signal: Int = 0, registers: [String: UInt64], vectors: [UInt8]? = nil
  ) {
    self.number = number
    self.signal = signal
    self.registers = registers
    self.vectors = vectors
  }

  /// The general registers in the order of `pr_reg`.
  static let order = [
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi",
    "rdi", "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs",
    "gs",
  ]
  /// `sizeof(struct elf_prstatus)`, and where in it the signal, the thread and the registers stand.
  static let statusSize = 336
  private static let (signalAt, numberAt, registersAt, hasVectorsAt) = (12, 32, 112, 328)
  /// The size of an FXSAVE image.
  static let vectorSize = 512

  /// Reads a descriptor of NT_PRSTATUS.
  init?(status bytes: [UInt8]) {
    guard bytes.count >= Self.registersAt + Self.order.count * 8 else { return nil }
    number = bytes.little(Self.numberAt, 4)
    signal = Int(bytes.little(Self.signalAt, 2))
    registers = [:]
    for (index, name) in Self.order.enumerated() where name != "orig_rax" {
      registers[name] = bytes.little(Self.registersAt + index * 8)
    }
  }

  /// The descriptor of NT_PRSTATUS.
  var status: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.statusSize)
    bytes.set(UInt64(signal), at: 0, 4)
    bytes.set(UInt64(signal), at: Self.signalAt, 2)
    bytes.set(number, at: Self.numberAt, 4)
    for (index, name) in Self.order.enumerated() {
      // No system call to restart: gdb would move the program counter.
      let value = name == "orig_rax" ? UInt64.max : registers[name] ?? 0
      bytes.set(value, at: Self.registersAt + index * 8)
    }
    bytes.set(vectors == nil ? 0 : 1, at: Self.hasVectorsAt, 4)
    return bytes
  }

  /// A register of the FXSAVE image by its name; nil if it has none of it.
  func vector(_ name: String) -> [UInt8]? {
    guard let vectors, vectors.count == Self.vectorSize else { return nil }
    if name == "mxcsr" { return Array(vectors[24..<28]) }
    if name.hasPrefix("xmm"), let index = Int(name.dropFirst(3)), (0..<16).contains(index) {
      return Array(vectors[(160 + index * 16)..<(176 + index * 16)])
    }
    if name.hasPrefix("st"), let index = Int(name.dropFirst(2)), (0..<8).contains(index) {
      return Array(vectors[(32 + index * 16)..<(42 + index * 16)])
    }
    return nil
  }
}

/// An FXSAVE image made of registers' values.
public struct VectorState: Equatable, Sendable {
  /// The image, 512 bytes.
  public private(set) var bytes = [UInt8](repeating: 0, count: CoreThread.vectorSize)

  /// One with nothing but zeros.
  public init() {}

  /// Sets the control words: FCW, FSW, abridged FTW, MXCSR.
  public mutating func setControl(_ fcw: UInt64, _ fsw: UInt64, _ ftw: UInt64, _ mxcsr: UInt64) {
    bytes.set(fcw, at: 0, 2)
    bytes.set(fsw, at: 2, 2)
    bytes.set(ftw, at: 4, 1)
    bytes.set(mxcsr, at: 24, 4)
    bytes.set(0xffff, at: 28, 4)
  }

  /// Sets ST(`index`): its significand, and sign and exponent.
  public mutating func setFloat(_ index: Int, _ significand: UInt64, _ exponent: UInt64) {
    guard (0..<8).contains(index) else { return }
    bytes.set(significand, at: 32 + index * 16)
    bytes.set(exponent, at: 40 + index * 16, 2)
  }

  /// Sets XMM`index` by its halves.
  public mutating func setVector(_ index: Int, low: UInt64, high: UInt64) {
    guard (0..<16).contains(index) else { return }
    bytes.set(low, at: 160 + index * 16)
    bytes.set(high, at: 168 + index * 16)
  }
}
