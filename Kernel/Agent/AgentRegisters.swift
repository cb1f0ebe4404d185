// The registers of an interrupted context in gdb's order for amd64: general registers, flags,
// segments, the x87's and the vector unit's. The latter two are saved by FXSAVE just below the
// frame (Kernel/CX86/interrupts.S; AMD APM volume 2, section 11.4.4).

internal import CX86
internal import GDBRemote

enum AgentRegisters {
  static let file = StubRegisters(
    sizes: [
      8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4, 4,
      10, 10, 10, 10, 10, 10, 10, 10, 4, 4, 4, 4, 4, 4, 4, 4,
      16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 4,
    ],
    description: AgentDescription.x86_64, expedited: [6, 7, 16])

  /// Appends register `number`'s bytes.
  static func append(
    _ number: Int, _ frame: UnsafeMutablePointer<x86_frame>, to output: inout [UInt8]
  ) -> Bool {
    guard let place = place(of: number, frame) else {
      for _ in 0..<Int(file.sizes[number]) { output.put(0) }
      return true
    }
    // An FXSAVE field may be narrower than what gdb calls the register.
    for offset in 0..<Int(file.sizes[number]) {
      output.put(offset < place.count ? place[offset] : 0)
    }
    return true
  }

  /// Sets register `number`.
  static func set(
    _ number: Int, _ frame: UnsafeMutablePointer<x86_frame>, _ bytes: ArraySlice<UInt8>
  ) -> Bool {
    guard let place = place(of: number, frame) else { return false }
    for (offset, byte) in zip(0..<place.count, bytes) { place[offset] = byte }
    return true
  }

  /// Where a register stands; nil for those that the processor has no use for in 64-bit mode.
  private static func place(
    of number: Int, _ frame: UnsafeMutablePointer<x86_frame>
  ) -> UnsafeMutableRawBufferPointer? {
    let base = UnsafeMutableRawPointer(frame)
    // Safety: all offsets lie in the frame, or in the 512 bytes that FXSAVE filled below it.
    func field(_ base: UnsafeMutableRawPointer, _ offset: Int, _ count: Int)
      -> UnsafeMutableRawBufferPointer
    {
      UnsafeMutableRawBufferPointer(start: base + offset, count: count)
    }
    func word(_ index: Int) -> UnsafeMutableRawBufferPointer { field(base, index * 8, 8) }
    // The frame's words (struct x86_frame): 2 r15 ... 9 r8, 10 rbp, rdi, rsi, rdx, rcx, rbx, 16 rax,
    // vector, error, 19 rip, cs, rflags, rsp, ss.
    switch number {
    case 0: return word(16)
    case 1: return word(15)
    case 2: return word(14)
    case 3: return word(13)
    case 4: return word(12)
    case 5: return word(11)
    case 6: return word(10)
    case 7: return word(22)
    case 8...15: return word(17 - number)
    case 16: return word(19)
    case 17: return field(base, 21 * 8, 4)
    case 18: return field(base, 20 * 8, 4)
    case 19: return field(base, 23 * 8, 4)
    case 20...23: return nil
    default: break
    }
    let saved = UnsafeMutableRawPointer(
      bitPattern: (UInt(bitPattern: base) &- 512) & ~15)
    guard let saved else { return nil }
    switch number {
    case 24...31: return field(saved, 32 + 16 * (number - 24), 10)
    case 32: return field(saved, 0, 2)
    case 33: return field(saved, 2, 2)
    case 40...55: return field(saved, 160 + 16 * (number - 40), 16)
    case 56: return field(saved, 24, 4)
    default: return nil
    }
  }
}
