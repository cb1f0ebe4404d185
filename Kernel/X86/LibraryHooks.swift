// What the C side (libc.c) and the Swift runtime call back for.

internal import CX86

#if BAREMETAL

@c(x86_write_console)
public func writeConsole(_ text: UnsafeRawPointer, _ count: Int) {
  SerialConsole.write(UnsafeRawBufferPointer(start: text, count: count))
}

@c(x86_power_off)
public func powerOff(_ status: Int32) { Power.off(status: UInt8(truncatingIfNeeded: status)) }

@c(x86_abort)
public func abort() -> Never {
  Panic.stop("abort")
}

/// Called when a function returns and the canary above its locals is not what it was.
@c(__stack_chk_fail)
public func stackCheckFailed() -> Never {
  Panic.stop("a write beyond the end of a local variable")
}

@c(arc4random_buf)
public func fillRandom(_ buffer: UnsafeMutableRawPointer, _ count: Int) {
  var offset = 0
  while offset < count {
    var value = X86Machine.shared.entropy()
    for _ in 0..<min(8, count - offset) {
      buffer.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: offset, as: UInt8.self)
      value >>= 8
      offset += 1
    }
  }
}

#endif
