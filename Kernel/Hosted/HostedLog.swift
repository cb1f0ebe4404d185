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
    // Functions, not closures: over those the compiler crashes (6.3.1, SendNonSendable).
    Log.start(LogRing(over: memory), console: write, clock: now)
  }
}

// Safety: written once at start, by the one thread.
nonisolated(unsafe) private var begin: UInt64 = 0

private func write(_ text: UnsafeRawPointer, _ count: Int) { chosted_write(text, count) }

private func now() -> UInt64 { chosted_now() &- begin }
#endif
