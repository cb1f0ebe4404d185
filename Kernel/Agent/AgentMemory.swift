// Memory as the debugger sees it: read and written byte by byte by a loop in assembly whose faults
// end it early (Kernel/CX86/agent.S), so that no address that a client names can hurt.

internal import CX86
internal import GDBRemote

enum AgentMemory {
  /// Ends a copy that has met a fault; false if the fault is another's.
  static func recover(_ frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    if frame.pointee.rip == x86_agent_load_start() {
      frame.pointee.rip = x86_agent_load_fault()
      return true
    }
    guard frame.pointee.rip == x86_agent_copy_start() else { return false }
    frame.pointee.rip = x86_agent_copy_fault()
    return true
  }

  /// Reads into `buffer`; returns how many bytes could be read.
  @inline(never)
  static func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    let (_, overflow) = address.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow else { return 0 }
    return Int(x86_agent_copy(UInt64(UInt(bitPattern: base)), address, UInt64(buffer.count)))
  }

  /// The eight bytes at `address`; nil if they cannot be read.
  @inline(never)
  static func word(_ address: UInt64) -> UInt64? {
    var value: UInt64 = 0
    let got = withUnsafeMutableBytes(of: &value) { read(address, into: $0) }
    return got == 8 ? value : nil
  }

  /// Appends up to `count` bytes of text, as far as they can be read.
  static func append(_ address: UInt64, count: Int, to output: inout [UInt8]) {
    for index in 0..<count {
      var byte: UInt8 = 0
      let place = address &+ UInt64(index)
      guard withUnsafeMutableBytes(of: &byte, { read(place, into: $0) }) == 1 else { return }
      output.put(byte)
    }
  }

  /// Writes `bytes`, also where the program may not: code is mapped without the right to write.
  /// False if not all could be written; what comes before the failure is written.
  static func write(_ bytes: UnsafeRawBufferPointer, at address: UInt64) -> Bool {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return true }
    let (_, overflow) = address.addingReportingOverflow(UInt64(bytes.count))
    guard !overflow else { return false }
    let control = x86_read_cr0()
    x86_write_cr0(control & ~(1 << 16))
    let count = x86_agent_copy(
      address, UInt64(UInt(bitPattern: base)), UInt64(bytes.count))
    x86_write_cr0(control)
    return count == UInt64(bytes.count)
  }
}
