// The log ring of a process: memory that a debugger or a core file shows, but no next process.

#if !BAREMETAL
internal import CHosted
internal import Log

enum HostedLog {
  private static var size: Int { 16 << 10 }

  /// Makes the ring; its clock counts from now on.
  static func start() {
    begin = chosted_now()
    // Safety: stays for ever.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
    Log.start(
      LogRing(over: memory), console: { chosted_write($0, $1) }, clock: { chosted_now() &- begin })
  }

  // Safety: written once at start, by the one thread.
  nonisolated(unsafe) private static var begin: UInt64 = 0
}
#endif
