internal import Bytes

/// A thread as packets name it: `1f`, or `p1.1f` in multiprocess mode; `-1` for all, `0` for any.
public struct RemoteThread: Hashable, Sendable {
  /// The process, `nil` where the stub named none.
  public var process: UInt64?
  /// The thread in it.
  public var thread: UInt64

  /// Creates a name.
  public init(process: UInt64? = nil, thread: UInt64) {
    self.process = process
    self.thread = thread
  }

  /// Reads a name; `nil` if it is malformed or stands for all threads.
  public init?(_ text: ArraySlice<UInt8>) {
    var rest = text
    if rest.first == 0x70 {
      rest = rest.dropFirst()
      guard let dot = rest.firstIndex(of: 0x2e), let process = Hex.number(rest[..<dot]),
        let thread = Hex.number(rest[(dot + 1)...])
      else { return nil }
      self.init(process: process, thread: thread)
    } else {
      guard let thread = Hex.number(rest) else { return nil }
      self.init(thread: thread)
    }
  }

  /// Appends the name as packets spell it.
  func append(to output: inout [UInt8]) {
    if let process {
      output.append(0x70)
      output.append(hex: process)
      output.append(0x2e)
    }
    output.append(hex: thread)
  }
}
