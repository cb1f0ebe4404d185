// Machine code to text, by Capstone, in the words of gdb and objdump (AT&T syntax).

public import Bytes
internal import CCapstone

/// A decoder for one architecture. Confined to one thread.
public final class Disassembler {
  private let handle: csh
  private let isX86: Bool

  /// Opens a decoder for `x86_64` or `aarch64`; `nil` for anything else, or if Capstone fails.
  public init?(architecture: String) {
    guard architecture == "x86_64" || architecture == "aarch64" else { return nil }
    isX86 = architecture == "x86_64"
    handle = porthole_open(isX86)
    if handle == 0 { return nil }
  }

  deinit { porthole_close(handle) }

  /// Decodes up to `limit` instructions; bytes that are none come out one by one as `.byte`.
  public func disassemble(
    _ bytes: [UInt8], at address: Address, limit: Int
  ) -> [Instruction] {
    var result: [Instruction] = []
    var offset = 0
    while offset < bytes.count, result.count < limit {
      let next = instruction(
        in: bytes, at: offset, address: address.advanced(by: UInt64(offset)))
      offset += max(1, next.bytes.count)
      result.append(next)
    }
    return result
  }

  private func instruction(in bytes: [UInt8], at offset: Int, address: Address) -> Instruction {
    var decoded = porthole_instruction()
    let rest = bytes[offset..<min(bytes.count, offset + 16)]
    // Safety: the decoder reads at most `count` bytes at the buffer's base and keeps no pointer.
    let isDecoded = rest.withUnsafeBufferPointer { buffer in
      porthole_decode(handle, isX86, buffer.baseAddress, buffer.count, address.value, &decoded)
    }
    let size = Int(decoded.size)
    guard isDecoded, size > 0, size <= rest.count else {
      let byte = bytes[offset]
      return Instruction(
        address: address, bytes: [byte], mnemonic: ".byte",
        operands: "0x" + Hex.digits(of: UInt64(byte)))
    }
    var mnemonic = text(&decoded.mnemonic)
    var operands = text(&decoded.operands)
    if isX86 {
      let spelling = Spelling(
        hasRegister: decoded.hasRegister, hasZeroDisplacement: decoded.hasZeroDisplacement,
        immediateSize: Int(decoded.immediateSize), opcode: decoded.opcode,
        isTwoByteNop: rest.prefix(size).elementsEqual([0x66, 0x90]))
      (mnemonic, operands) = spelling.asGDB(mnemonic: mnemonic, operands: operands)
    }
    return Instruction(
      address: address, bytes: Array(rest.prefix(size)), mnemonic: mnemonic, operands: operands,
      target: decoded.hasTarget ? Address(decoded.target) : nil, kind: kind(decoded.flow))
  }

  private func kind(_ flow: UInt8) -> Instruction.Kind {
    switch Int(flow) {
    case PORTHOLE_CALL: .call
    case PORTHOLE_RETURN: .ret
    case PORTHOLE_JUMP: .jump
    default: .other
    }
  }

  /// Reads a C array of characters up to its zero byte.
  private func text<Characters>(_ characters: inout Characters) -> String {
    // Safety: the tuple is plain bytes and outlives the closure.
    withUnsafeBytes(of: &characters) { buffer in
      String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
