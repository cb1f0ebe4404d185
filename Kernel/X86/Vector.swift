// The interrupt vectors beyond the 32 exceptions.

/// A vector that a device or an interrupt controller raises.
enum Vector: UInt64 {
  case timer = 32
  /// COM2, where an image has an agent.
  case agent = 35
  case serial = 36
  /// What the local controller raises when an interrupt went away; needs no acknowledgement.
  case spurious = 47

  /// The vectors of lines that are handed out: line n has the nth.
  static var devices: Range<UInt64> { 48..<112 }
}

/// What is known about an exception from its number alone.
enum Exception {
  /// The exception's name, nil for reserved vectors.
  static func name(_ vector: UInt64) -> StaticString {
    switch vector {
    case 0: return "divide error"
    case 1: return "debug trap"
    case 2: return "non-maskable interrupt"
    case 3: return "breakpoint"
    case 4: return "overflow"
    case 5: return "bound range exceeded"
    case 6: return "invalid opcode"
    case 7: return "device not available"
    case 8: return "double fault"
    case 10: return "invalid task state"
    case 11: return "segment not present"
    case 12: return "stack segment fault"
    case 13: return "general protection fault"
    case 14: return "page fault"
    case 16: return "x87 floating-point error"
    case 17: return "alignment check"
    case 18: return "machine check"
    case 19: return "SIMD floating-point error"
    case 20: return "virtualization exception"
    case 21: return "control protection exception"
    case 28: return "hypervisor injection exception"
    case 29: return "VMM communication exception"
    case 30: return "security exception"
    default: return "reserved exception"
    }
  }
}
