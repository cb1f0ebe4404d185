// A guest of a few hundred bytes, made here byte by byte: it prints a line on COM1 and then does
// one thing. It tests what the launcher asks of QEMU without needing a kernel.

/// What the tiny guest does after it has printed its line.
enum TinyEnd {
  /// Runs in a loop for ever, with interrupts off.
  case spin
  /// Runs in a loop with interrupts on most of the time, off in short sections.
  case work
  /// Waits with interrupts off for ever.
  case halt
  /// Writes to pvpanic, then spins.
  case panic
  /// Powers off through isa-debug-exit.
  case exit(UInt8)
  /// Faults with no interrupt table, which resets the machine.
  case tripleFault

  /// 32-bit machine code; `zeros` is the address of eight zero bytes.
  func code(zeros: UInt32) -> [UInt8] {
    switch self {
    case .spin: [0xeb, 0xfe]
    // cli; mov ecx, 200; dec ecx; jnz; sti; mov ecx, 200; dec ecx; jnz; jmp back. Nothing interrupts:
    // no source is set up.
    case .work:
      [0xfa, 0xb9] + little(UInt32(200)) + [0x49, 0x75, 0xfd, 0xfb, 0xb9] + little(UInt32(200))
        + [0x49, 0x75, 0xfd, 0xeb, 0xec]
    case .halt: [0xfa, 0xf4, 0xeb, 0xfc]
    case .panic: [0x66, 0xba, 0x05, 0x05, 0xb0, 0x01, 0xee, 0xeb, 0xfe]
    case .exit(let status): [0x66, 0xba, 0xf4, 0x00, 0xb8] + little(UInt32(status)) + [0xef]
    case .tripleFault: [0x0f, 0x01, 0x1d] + little(zeros) + [0xcc]
    }
  }
}

func little(_ value: some FixedWidthInteger) -> [UInt8] {
  (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// An ELF64 with a PVH entry note that prints `line` and ends as told.
func tinyGuest(printing line: String, then end: TinyEnd) -> [UInt8] {
  let base: UInt64 = 0x100000
  let noteOffset: UInt64 = 64 + 2 * 56
  let note: [UInt8] =
    little(UInt32(4)) + little(UInt32(4)) + little(UInt32(18)) + Array("Xen\0".utf8)
  let codeOffset = noteOffset + 20
  let text = Array(line.utf8) + [0x0a, 0]
  let textOffset = codeOffset + 128
  let zerosOffset = textOffset + UInt64(text.count)
  let print: [UInt8] =
    [0xbe] + little(UInt32(base + textOffset)) + [
      0xac, 0x84, 0xc0, 0x74, 0x14, 0x88, 0xc4, 0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74,
      0xfb, 0x66, 0xba, 0xf8, 0x03, 0x88, 0xe0, 0xee, 0xeb, 0xe7,
    ]
  var code = print + end.code(zeros: UInt32(base + zerosOffset))
  code += [UInt8](repeating: 0xf4, count: 128 - code.count)
  let size = zerosOffset + 8
  var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
  file += little(UInt16(2)) + little(UInt16(62)) + little(UInt32(1))
  file += little(base + codeOffset) + little(UInt64(64)) + little(UInt64(0)) + little(UInt32(0))
  file += [64, 56, 2, 64, 0, 0].flatMap { little(UInt16($0)) }
  file += little(UInt32(1)) + little(UInt32(7))
  file += [0, base, base, size, size, 4096].flatMap { little(UInt64($0)) }
  file += little(UInt32(4)) + little(UInt32(4))
  file += [noteOffset, base + noteOffset, base + noteOffset, 20, 20, 4].flatMap {
    little(UInt64($0))
  }
  file += note + little(UInt32(base + codeOffset)) + code + text
  return file + [UInt8](repeating: 0, count: 8)
}
