// One physical frame of a stack, as far as its registers are known.

public import Bytes

/// The registers of one frame of a stack, for unwinding to its caller.
///
/// Registers have the DWARF numbers of the x86-64 psABI: rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp,
/// r8 to r15, and 16 for the return address, which in a frame is its own pc.
public struct UnwindFrame: Hashable, Sendable {
  /// How many registers a frame has.
  public static let registerCount = 17
  /// The DWARF number of the frame pointer.
  public static let framePointer = 6
  /// The DWARF number of the stack pointer.
  public static let stackPointer = 7
  /// The DWARF number of the return address column.
  public static let returnAddress = 16

  /// The instruction that runs in this frame, or that it returns to.
  public var pc: Address
  /// The canonical frame address: the stack pointer before the call. Set for a frame once it was
  /// unwound from; `nil` before.
  public var cfa: Address?
  /// The 17 registers; `nil` where the value at this point is lost.
  public var registers: [UInt64?]
  /// Whether `pc` is the very instruction to run next: true for the innermost frame and for one
  /// that an interrupt or signal stopped, false for one that made a call.
  public var isInterrupted: Bool
  /// Vector registers by DWARF number, 17 for xmm0, little-endian, where they are known.
  public var vectors: [Int: [UInt8]] = [:]

  /// Creates a frame; missing registers are unknown and surplus ones are dropped.
  public init(
    pc: Address, registers: [UInt64?], isInterrupted: Bool = true, cfa: Address? = nil
  ) {
    self.pc = pc
    self.cfa = cfa
    self.isInterrupted = isInterrupted
    var file = Array(registers.prefix(Self.registerCount))
    while file.count < Self.registerCount { file.append(nil) }
    file[Self.returnAddress] = pc.value
    self.registers = file
  }

  /// The address to look symbols up with: inside the call instruction where a call was made.
  public var lookupPC: Address { isInterrupted ? pc : pc.retreated(by: 1) }

  /// The value of one register, `nil` if it is lost or there is no such register.
  public func register(_ number: Int) -> UInt64? {
    number >= 0 && number < registers.count ? registers[number] : nil
  }
}
