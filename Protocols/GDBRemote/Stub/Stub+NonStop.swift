// Non-stop mode (gdb's manual, "Remote Non-Stop" and "Notification Packets"): threads stop one by one
// while the others run, each stop is told by a notification %Stop, and every request is heard at any
// time. What a target cannot stop alone it stops with all the rest, and calls that thread so.

internal import Bytes

/// Stops that the client has not taken yet, the one that it was told of first.
struct StopQueue: Sendable {
  /// The most that wait: one of each thread that a target can have (`AgentThreads.limit`), for where
  /// everything stands each of them is told of.
  static let most = 512

  private(set) var waiting: [StubStop] = []
  /// Whether the first was told, and `vStopped` for it is still to come.
  var isTelling = false

  init() { waiting.reserveCapacity(StopQueue.most) }

  /// Appends a stop, in place of an older one of the same thread that has not been told.
  mutating func append(_ stop: StubStop) {
    for index in waiting.indices where waiting[index].thread == stop.thread {
      if index > 0 || !isTelling { waiting.remove(at: index) }
      break
    }
    guard waiting.count < StopQueue.most else { return }
    waiting.append(stop)
  }

  mutating func removeFirst() { if !waiting.isEmpty { waiting.removeFirst() } }

  mutating func removeAll() {
    waiting.removeAll(keepingCapacity: true)
    isTelling = false
  }
}

extension Stub {
  /// A thread has stopped, or all have because of it, in non-stop mode.
  public mutating func threadStopped<T: StubTarget>(_ stop: StubStop, target: borrowing T) {
    stops.append(stop)
    tellStop(target)
  }

  /// The machine stands as a whole, for threads that are told of one by one.
  public mutating func stood() { state = .stopped }

  /// The machine that stood as a whole goes on, in non-stop mode.
  public mutating func wentOn() { if isNonStop, state == .stopped { state = .running } }

  /// Tells the first stop that waits, unless one is told and not taken yet.
  private mutating func tellStop<T: StubTarget>(_ target: borrowing T) {
    guard !stops.isTelling, let stop = stops.waiting.first else { return }
    stops.isTelling = true
    body.clear()
    body.append(text: "Stop:")
    appendStop(stop, target)
    PacketEncoder.append(body, to: &output, isNotification: true)
  }

  /// `QNonStop:1` and `QNonStop:0`.
  mutating func setNonStop(_ arguments: ArraySlice<UInt8>) -> StubEffect? {
    guard arguments.count == 1, arguments.first == 0x30 || arguments.first == 0x31 else {
      replyError(.malformed)
      return nil
    }
    guard allows(.stop) else { return nil }
    replyOK()
    let wanted = arguments.first == 0x31
    guard wanted != isNonStop else { return nil }
    isNonStop = wanted
    stops.removeAll()
    // What stands alone would be forgotten where everything stops or nothing does.
    return wanted ? nil : .release
  }

  /// `?` in non-stop mode: the first thread that stands; `vStopped` asks for the next ones.
  mutating func tellAllStops<T: StubTarget>(_ target: T) {
    stops.removeAll()
    if state == .stopped, lastStop.signal != 0 { stops.append(lastStop) }
    if state == .unattended { state = .running }
    var index = 0
    while let stop = target.stoppedThread(at: index) {
      stops.append(stop)
      index += 1
    }
    stops.isTelling = !stops.waiting.isEmpty
    tellNext(target)
  }

  /// `vStopped`: the client has taken the stop that it was told of.
  mutating func takeStop<T: StubTarget>(_ target: T) {
    if stops.isTelling { stops.removeFirst() }
    stops.isTelling = !stops.waiting.isEmpty
    tellNext(target)
  }

  private mutating func tellNext<T: StubTarget>(_ target: T) {
    guard stops.isTelling, let stop = stops.waiting.first else { return replyOK() }
    replyStop(stop, target)
  }
}
