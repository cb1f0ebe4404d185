// What a process is told from outside: its arguments, and the time of day.

#if !BAREMETAL
internal import CHosted
public import Machine

/// The process, as far as an application asks for it.
public enum HostedProcess {
  /// The words of the command line that are the application's own: all after `--`, and before it
  /// those that are no option of the platform.
  public static var arguments: [String] {
    var words: [String] = []
    while let word = chosted_word(words.count) { words.append(String(cString: word)) }
    return words
  }

  /// What the word that begins with `name` says after it, before any `--`; nil if there is none.
  public static func option(_ name: StaticString) -> [UInt8]? {
    let value = name.withUTF8Buffer { bytes in
      // Safety: constant text ends with a zero byte.
      bytes.withMemoryRebound(to: CChar.self) { chosted_setting($0.baseAddress) }
    }
    guard let value else { return nil }
    return Array(String(cString: value).utf8)
  }

  /// The time of day, by the host's clock.
  public static var wallTime: WallTime? {
    var rest: UInt32 = 0
    let seconds = chosted_wall_time(&rest)
    return WallTime(seconds: seconds, nanoseconds: rest)
  }
}
#endif
