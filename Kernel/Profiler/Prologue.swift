// Where the return address is while a function has not set up its frame yet, or has taken it down:
// there the frame pointer is still, or again, the caller's, and a walk along frame pointers would
// miss the caller. Told from the instructions at the program counter, which are always the same
// (Intel SDM volume 2; compilers' prologues with frame pointers, for `async` functions with the
// mark in bit 60, see LLVM's X86FrameLowering.cpp).

/// The function's edges on x86-64.
enum Prologue {
  /// How many bytes above the stack pointer the return address stands, if `address` lies at the
  /// edge of a function; nil anywhere else. The eight bytes on either side must be readable.
  @inline(__always)
  static func returnSlot(at address: UInt64) -> UInt64? {
    let bytes = Memory.word(address)
    switch UInt8(truncatingIfNeeded: bytes) {
    case 0x55, 0xc3: return 0  // push rbp; ret
    case 0x48: return wide(bytes, at: address)
    case 0x41:
      // push r14; lea rbp, [rsp+8]: the frame of an async function, after push rbp
      let isAsync = bytes & 0xff_ffff_ffff_ffff == 0x08_246c_8d48_5641
      return isAsync && Memory.byte(address &- 1) == 0x55 ? 8 : nil
    case 0xe9, 0xeb, 0xff:
      // A jump to another function, after pop rbp, or in an async one the btr that follows it.
      let before = Memory.word(address &- 8)
      guard before >> 56 == 0x5d || before >> 24 == 0x3c_f5ba_0f48 else { return nil }
      let isJump = UInt8(truncatingIfNeeded: bytes) != 0xff || bytes >> 11 & 7 == 4
      return isJump ? 0 : nil
    default: return nil
    }
  }

  private static func wide(_ bytes: UInt64, at address: UInt64) -> UInt64? {
    // mov rbp, rsp, after push rbp
    if bytes & 0xff_ffff == 0xe5_8948 { return Memory.byte(address &- 1) == 0x55 ? 8 : nil }
    switch bytes & 0xff_ffff_ffff {
    case 0x3c_edba_0f48, 0x3c_f5ba_0f48: return 0  // bts rbp, 60; btr rbp, 60
    case 0x08_246c_8d48:  // lea rbp, [rsp+8], after push r14
      let isAfter = Memory.byte(address &- 1) == 0x56 && Memory.byte(address &- 2) == 0x41
      return isAfter ? 16 : nil
    default: return nil
    }
  }
}

/// Loads. Whoever calls has made sure that the address can be read.
enum Memory {
  @inline(__always)
  static func word(_ address: UInt64) -> UInt64 {
    // Safety: see above; no alignment is assumed.
    UnsafeRawPointer(bitPattern: UInt(address)).unsafelyUnwrapped
      .loadUnaligned(as: UInt64.self)
  }

  @inline(__always)
  static func byte(_ address: UInt64) -> UInt8 {
    // Safety: see above.
    UnsafeRawPointer(bitPattern: UInt(address)).unsafelyUnwrapped.load(as: UInt8.self)
  }
}
