// Which process a pid means. A pid alone is recycled; a pid with the time at which its process
// started (field 22 of /proc/PID/stat, in ticks since boot) is not.

internal import Glibc

/// One process, for as long as it lives and never another one.
public struct ProcessIdentity: Hashable, Sendable {
  public var pid: Int32
  /// Clock ticks from the host's boot to the process's start.
  public var startTime: UInt64

  /// Creates an identity that was recorded.
  public init(pid: Int32, startTime: UInt64) {
    self.pid = pid
    self.startTime = startTime
  }

  /// Identifies the process that has this pid now; `nil` if there is none or it is a zombie.
  public init?(pid: Int32) {
    guard let text = Files.text("/proc/\(pid)/stat"),
      let fields = Self.fields(ofStat: text), fields.state != "Z", fields.state != "X"
    else { return nil }
    self.init(pid: pid, startTime: fields.startTime)
  }

  /// Whether the process is still there.
  public var isAlive: Bool { ProcessIdentity(pid: pid) == self }

  /// Sends a signal if the process is still there; `false` if it is not.
  public func send(_ signal: Int32) -> Bool { isAlive && kill(pid, signal) == 0 }

  /// State and start time in the text of a `stat` file. The command, in parentheses, may itself
  /// hold spaces and parentheses.
  static func fields(ofStat text: String) -> (state: String, startTime: UInt64)? {
    guard let end = text.lastIndex(of: ")") else { return nil }
    let rest = text[text.index(after: end)...].split(separator: " ")
    guard rest.count > 19, let start = UInt64(rest[19]) else { return nil }
    return (String(rest[0]), start)
  }
}
