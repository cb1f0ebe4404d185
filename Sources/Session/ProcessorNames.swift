internal import Bytes
internal import Inspect
internal import Symbols

/// What the registers that a debugger needs are called on a processor.
struct ProcessorNames {
  let pc: String
  let sp: String
  let fp: String
  /// Where a function leaves a scalar it returns.
  let result: String
  /// Where it leaves a floating-point one.
  let floatResult: String
  /// The registers by DWARF number, the first 16 of an `UnwindFrame`.
  let unwound: [String]
  /// The vector registers by DWARF number, from 17 on.
  let vectors: [String]

  /// The names for an architecture.
  init(_ architecture: Architecture) {
    switch architecture {
    case .x86_64:
      (pc, sp, fp, result) = ("rip", "rsp", "rbp", "rax")
      floatResult = "xmm0"
      unwound = [
        "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15",
      ]
      vectors = (0..<16).map { "xmm\($0)" }
    case .aarch64:
      (pc, sp, fp, result) = ("pc", "sp", "x29", "x0")
      floatResult = "v0"
      unwound = []
      vectors = []
    }
  }

  /// The innermost frame that a register file describes; `nil` without a pc.
  func frame(_ registers: RegisterFile) -> UnwindFrame? {
    guard let pc = registers[pc] else { return nil }
    var frame = UnwindFrame(pc: Address(pc), registers: unwound.map { registers[$0] })
    for (index, name) in vectors.enumerated() {
      if let bytes = registers.bytes(name) { frame.vectors[17 + index] = bytes }
    }
    return frame
  }
}
