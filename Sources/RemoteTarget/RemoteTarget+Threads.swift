internal import Bytes
internal import GDBRemote
public import Inspect

extension RemoteTarget {
  public func threads() throws(InspectError) -> [ThreadInfo] {
    try requireStopped()
    if introduction.features.capabilities.contains(.threadList),
      let document = try read(.threads), let threads = ThreadDescription.list(document),
      !threads.isEmpty
    {
      return threads.map {
        ThreadInfo(id: inspectThread($0.id), name: String(decoding: $0.name, as: UTF8.self))
      }
    }
    let found = try threadNumbers()
    let names = try connection.exchange(found.map { .threadName($0) })
    return zip(found, names).map { thread, answer in
      let name = answer.hexText ?? []
      return ThreadInfo(
        id: inspectThread(thread), name: String(decoding: name, as: UTF8.self))
    }
  }

  /// Asks for the list in parts, at most 65,536 threads.
  private func threadNumbers() throws(InspectError) -> [RemoteThread] {
    var found: [RemoteThread] = []
    var answer = try connection.exchange(.firstThreads)
    while found.count < 65536, let part = answer.threads, !part.isEmpty {
      found += part
      answer = try connection.exchange(.nextThreads)
    }
    if found.isEmpty, let thread = try connection.exchange(.currentThread).currentThread {
      found = [thread]
    }
    return found
  }

  /// Reads an object whole; `nil` if the stub has none.
  private func read(_ object: TransferObject) throws(InspectError) -> [UInt8]? {
    var transfer = Transfer(object, packetSize: connection.client.features.packetSize)
    var request = transfer.request
    while true {
      switch transfer.received(try connection.exchange(request)) {
      case .more(let next): request = next
      case .complete(let contents): return contents
      case .failed: return nil
      }
    }
  }

  /// The thread that stopped, as the stub names it.
  var currentThread: RemoteThread? {
    if let stoppedThread { return stoppedThread }
    // Old stubs do not say in the stop reply which thread it was.
    guard let answer = try? connection.exchange(.currentThread) else { return nil }
    stoppedThread = answer.currentThread
    return stoppedThread
  }

  /// The seam's name of a thread.
  func inspectThread(_ thread: RemoteThread) -> ThreadID {
    ThreadID(process: thread.process ?? 0, thread: thread.thread)
  }

  /// The stub's name of a thread.
  func remoteThread(_ thread: ThreadID) -> RemoteThread {
    RemoteThread(process: thread.process == 0 ? nil : thread.process, thread: thread.thread)
  }
}
