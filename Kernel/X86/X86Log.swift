// The log ring of bare metal: the memory after the image, which a reset leaves alone. Says at start
// how the boot before this one ended.

internal import CX86
internal import Log
internal import Machine

enum X86Log {
  /// Takes over the ring and notes the boot. The first thing that a boot does, so that it also
  /// knows of a boot that did not come far.
  @_optimize(size)
  static func start() {
    let start = UnsafeMutableRawPointer(bitPattern: UInt(x86_log_start()))
    // Safety: the image's page tables map it, and the heap begins after it.
    let memory = UnsafeMutableRawBufferPointer(
      start: start, count: Int(x86_log_end() - x86_log_start()))
    Log.start(
      LogRing(over: memory),
      console: { SerialConsole.write(UnsafeRawBufferPointer(start: $0, count: $1)) },
      clock: { Clock.current.now.nanoseconds })
    guard var line = begin(.boot) else { return }
    BuildID.digits { line.append($0) }
    line.commit()
  }

  /// Starts a record.
  @inline(never)
  static func begin(_ kind: LogKind, value: UInt32 = 0) -> LogLine? {
    Log.ring?.begin(kind, value: value, time: Log.time)
  }

  /// Writes a record without text.
  static func note(_ kind: LogKind, value: UInt32 = 0) { begin(kind, value: value)?.commit() }

  /// Tells on the console when the boot before this one did not end as one should.
  static func tellPreviousEnd() {
    guard let ring = Log.ring, ring.boot > 1 else { return }
    guard let end = ring.previousEnd else {
      return say("previous boot ended without saying why\n")
    }
    guard end.kind == .panic else { return }
    say("previous boot ended by panic: ")
    SerialConsole.write(end.text)
    if end.isCut { say(" ...") }
    withUnsafeBytes(of: UInt8(ascii: "\n")) { SerialConsole.write($0) }
  }

  private static func say(_ words: StaticString) {
    // Safety: a StaticString of more than one scalar points at constant memory.
    SerialConsole.write(
      UnsafeRawBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount))
  }
}

/// The image's build id.
enum BuildID {
  /// Passes its hexadecimal digits on.
  @inline(__always)
  static func digits(_ put: (UInt8) -> Void) {
    var byte = x86_build_id_start() + 16  // after the note's header and its name, "GNU"
    while byte < x86_build_id_end() {
      let value = x86_load8(byte)
      put(digit(value >> 4))
      put(digit(value & 15))
      byte += 1
    }
  }

  /// A value from 0 to 15 as a hexadecimal digit.
  @inline(__always)
  static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 &+ value : 87 &+ value }
}
