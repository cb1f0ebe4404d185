// What a process is told from outside: its arguments, and the time of day.

#if !BAREMETAL
internal import CHosted
public import Machine

/// The process, as far as an application asks for it.
public enum HostedProcess {
  // Safety: written once at start, by the one thread; the memory stays for ever.
  nonisolated(unsafe) private static var kept = UnsafeRawBufferPointer(start: nil, count: 0)

  private static var limit: Int { 16 << 10 }

  /// Keeps the arguments, for there may be no way to ask for them later. Three system calls.
  static func keepArguments() {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 8)
    guard let start = memory.baseAddress else { return }
    kept = UnsafeRawBufferPointer(start: start, count: Int(chosted_read_arguments(start, limit)))
  }

  /// The words after the program's name, as far as the first 16 kB go.
  public static var arguments: [String] {
    var words: [String] = []
    var start = 0
    for end in 0..<kept.count where kept[end] == 0 {
      words.append(String(decoding: kept[start..<end], as: UTF8.self))
      start = end + 1
    }
    return words.isEmpty ? [] : Array(words.dropFirst())
  }

  /// Replaces the process by a fresh start of its own image with the same arguments.
  static func restart() -> Never {
    guard let start = kept.baseAddress else { chosted_restart("/proc/self/exe\0", 15) }
    chosted_restart(start, kept.count)
  }

  /// The time of day, by the host's clock.
  public static var wallTime: WallTime? {
    var rest: UInt32 = 0
    let seconds = chosted_wall_time(&rest)
    return WallTime(seconds: seconds, nanoseconds: rest)
  }
}
#endif
