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
public enum Exception {
  /// The exception's name, zero-terminated.
  public static func name(_ vector: UInt64) -> UInt64 {
    // Reserved ones have none of their own.
    let names: StaticString = """
      divide error\0debug trap\0non-maskable interrupt\0breakpoint\0overflow\0\
      bound range exceeded\0invalid opcode\0device not available\0double fault\0\0\
      invalid task state\0segment not present\0stack segment fault\0general protection fault\0\
      page fault\0\0x87 floating-point error\0alignment check\0machine check\0\
      SIMD floating-point error\0virtualization exception\0control protection exception\0\
      \0\0\0\0\0\0hypervisor injection exception\0VMM communication exception\0\
      security exception\0\0reserved exception\0
      """
    // Safety: a StaticString of more than one scalar points at constant memory.
    var name = names.utf8Start
    for _ in 0..<min(vector, 31) { name = next(after: name) }
    if name.pointee == 0 { for _ in min(vector, 31)..<32 { name = next(after: name) } }
    return UInt64(UInt(bitPattern: name))
  }

  @inline(never)
  private static func next(after name: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
    var end = name
    while end.pointee != 0 { end += 1 }
    return end + 1
  }
}
