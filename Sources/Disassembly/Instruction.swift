public import Bytes

/// One decoded instruction.
public struct Instruction: Equatable, Sendable {
  /// How an instruction passes control on.
  public enum Kind: Equatable, Sendable {
    case call, ret, jump, other
  }
  public var address: Address
  public var bytes: [UInt8]
  /// `mov`; `.byte` for bytes that are no instruction.
  public var mnemonic: String
  /// In AT&T order, separated by commas without spaces, as gdb prints them.
  public var operands: String
  /// Where a direct call or jump goes, or the address that a pc-relative operand names.
  public var target: Address?
  public var kind: Kind

  /// The address of the instruction that follows in memory.
  public var next: Address { address.advanced(by: UInt64(bytes.count)) }

  /// Creates an instruction.
  public init(
    address: Address, bytes: [UInt8], mnemonic: String, operands: String, target: Address? = nil,
    kind: Kind = .other
  ) {
    self.address = address
    self.bytes = bytes
    self.mnemonic = mnemonic
    self.operands = operands
    self.target = target
    self.kind = kind
  }
}
