// H, T, qC, qfThreadInfo, qsThreadInfo, qThreadExtraInfo: threads, which here are cores, fibers
// and tasks.

internal import Bytes

extension Stub {
  /// `Hg THREAD` and `Hc THREAD`
  mutating func chooseThread<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments.dropFirst())
    guard let kind = arguments.first, kind == Letter.g || kind == Letter.c,
      let thread = reader.thread(), reader.isAtEnd
    else { return replyError(.malformed) }
    guard thread == 0 || exists(thread, target) else { return replyError(.noThread) }
    if kind == Letter.g { chosenThread = thread } else { continuedThread = thread }
    replyOK()
  }

  /// `T THREAD`
  mutating func askIsAlive<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let thread = reader.thread(), exists(thread, target) else {
      return replyError(.noThread)
    }
    replyOK()
  }

  /// `qC`
  mutating func tellCurrentThread() {
    body.clear()
    body.append(text: "QC")
    appendThread(subject)
    sendBody()
  }

  /// `qfThreadInfo` and `qsThreadInfo`: as many as fit, then the rest, then `l`.
  mutating func listThreads<T: StubTarget>(fromStart: Bool, _ target: T) {
    if fromStart { nextListed = 0 }
    body.clear()
    while body.count < Stub.packetSize / 2, let thread = target.thread(at: nextListed) {
      body.put(body.isEmpty ? Letter.m : Letter.comma)
      appendThread(thread)
      nextListed += 1
    }
    if body.isEmpty { body.put(0x6c) }
    sendBody()
  }

  /// `qThreadExtraInfo,THREAD`
  mutating func tellName<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let thread = reader.thread(), exists(thread, target) else {
      return replyError(.noThread)
    }
    scratch.clear()
    target.appendName(of: thread, to: &scratch)
    body.clear()
    body.append(hexOf: scratch.prefix(256))
    sendBody()
  }

  func exists<T: StubTarget>(_ thread: UInt64, _ target: T) -> Bool {
    var index = 0
    while let candidate = target.thread(at: index) {
      if candidate == thread { return true }
      index += 1
    }
    return false
  }
}
