// H, T, qC, qfThreadInfo, qThreadExtraInfo: threads.

internal import Bytes

extension Request {
  /// Chooses the thread that register and memory requests are about.
  public static func selectThread(_ thread: RemoteThread) -> Request {
    Request(thread: thread, after: "Hg")
  }

  /// Chooses the thread that a plain `s` or `c` is about.
  public static func selectThreadToContinue(_ thread: RemoteThread) -> Request {
    Request(thread: thread, after: "Hc")
  }

  /// Asks whether a thread is alive.
  public static func isAlive(_ thread: RemoteThread) -> Request {
    Request(thread: thread, after: "T")
  }

  /// Asks for a thread's name, in hexadecimal.
  public static func threadName(_ thread: RemoteThread) -> Request {
    Request(thread: thread, after: "qThreadExtraInfo,")
  }

  /// Asks for the present thread.
  public static var currentThread: Request { Request(text: "qC") }

  /// Asks for the first part of the list of threads.
  public static var firstThreads: Request { Request(text: "qfThreadInfo") }

  /// Asks for the next part; order matters, so it is not repeatable.
  public static var nextThreads: Request { Request(text: "qsThreadInfo", isRepeatable: false) }

  private init(thread: RemoteThread, after prefix: String) {
    var payload: [UInt8] = []
    payload.append(text: prefix)
    thread.append(to: &payload)
    self.init(payload)
  }
}

extension Answer {
  /// The threads in an answer to `qfThreadInfo` or `qsThreadInfo`; `nil` at the list's end.
  public var threads: [RemoteThread]? {
    guard payload.first == 0x6d else { return nil }
    var threads: [RemoteThread] = []
    for item in payload.dropFirst().pieces(separatedBy: 0x2c, limit: 4096) {
      if let thread = RemoteThread(item) { threads.append(thread) }
    }
    return threads
  }

  /// The thread in an answer to `qC`.
  public var currentThread: RemoteThread? {
    payload.starts(withText: "QC") ? RemoteThread(payload.dropFirst(2)) : nil
  }

  /// Text sent in hexadecimal, as names are.
  public var hexText: [UInt8]? { isError ? nil : Hex.decode(payload) }
}
