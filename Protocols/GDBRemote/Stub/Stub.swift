// The stub's end of a conversation: bytes of the client come in, replies collect in `output`, and
// what the machine must do comes back as an effect. No clock, no link; in steady state nothing is
// allocated, for every buffer gets its room at the start and is only emptied.
//
// A resumption is answered when `stopped` is called; in non-stop mode (Stub+NonStop) at once. Commands
// are in the other files of this folder, one family each.

internal import Bytes

/// What a stub wants done.
public enum StubEffect: Equatable, Sendable {
  /// Stop the target, then call `stopped`.
  case stop
  /// Let the target go on as `Stub.resumption` says, then call `stopped` when it stops; in non-stop
  /// mode let the threads that it names go on or stop, and call `threadStopped` for each that stops.
  case resume
  /// Let all threads go on that stand alone: non-stop mode is over.
  case release
  /// Remove all that was planted and let the target go on; the client has left.
  case detach
  /// Remove all that was planted: whoever did is gone, and another client has come.
  case lapse
  /// End the target.
  case kill
  /// Start the target again from its image.
  case restart
}

/// One conversation with one client.
public struct Stub: Sendable {
  /// The most bytes of data in a packet, in both directions.
  public static let packetSize = 0x4000

  /// Bytes to be sent, in order; whoever sends them empties it.
  public var output: [UInt8] = []
  /// What each thread shall do, in force from `resume` on; the first action that names a thread
  /// holds for it.
  public var resumption: [ContinueAction] = []
  /// How far this client may go.
  public internal(set) var authority: Authority
  /// How far any client may go.
  let cap: Authority
  /// Counters, for the instance to tell.
  public internal(set) var statistics = StubStatistics()

  /// Whether the client has turned acknowledgements off.
  var silence = Silence.none
  /// The number of the packet that turned them off.
  var silencingPacket: UInt64 = 0
  var state = State.stopped
  var lastStop: StubStop
  /// The thread that register requests are about, chosen by `Hg`; 0 for the one that stopped.
  var chosenThread: UInt64 = 0
  /// The thread that plain `s` and `c` are about.
  var continuedThread: UInt64 = 0
  /// The next thread of a list that is told in parts.
  var nextListed = 0
  /// What the client said of itself in `qSupported`.
  var client: ClientFeatures = []
  /// Conditions and commands of what is planted.
  var scripts = PointScripts()
  /// What becomes of the signals of faults.
  var signals = SignalRules()
  /// Registers that lldb wants to have back.
  var saved = SavedRegisters()
  /// Whether threads stop one by one.
  public internal(set) var isNonStop = false
  /// What the client is to be told of stopped threads, in non-stop mode.
  var stops = StopQueue()
  /// Whether it has said so: no client does that twice.
  var isIntroduced = false
  var body: [UInt8] = []
  var scratch: [UInt8] = []

  private var decoder = PacketDecoder(
    limit: Stub.packetSize, expandsRuns: false, reservesRoom: true)
  /// The last reply as sent, for a client that asks for it again.
  private var lastReply: [UInt8] = []

  enum State: Equatable, Sendable {
    case stopped
    /// The client let it go on, and waits for its stop.
    case running
    /// It runs by itself: no client has stopped it yet, or the last one has left.
    case unattended
  }

  /// How far acknowledgements are off.
  enum Silence: Equatable, Sendable {
    case none
    /// Agreed to; the client still acknowledges that.
    case agreed
    case complete
  }

  /// What a client can take.
  struct ClientFeatures: OptionSet, Sendable {
    let rawValue: UInt8
    static let softwareBreak = ClientFeatures(rawValue: 1)
    static let hardwareBreak = ClientFeatures(rawValue: 2)
    static let errorText = ClientFeatures(rawValue: 4)
    static let multiprocess = ClientFeatures(rawValue: 8)
    /// It asked `x0,0`, as lldb does, and takes the bytes without a `b` before them.
    static let bareBinary = ClientFeatures(rawValue: 16)
    /// It names a thread in requests about registers.
    static let threadSuffix = ClientFeatures(rawValue: 32)
    /// It wants all threads named in stop replies.
    static let threadList = ClientFeatures(rawValue: 64)
  }

  /// A stub for a target that has stopped, or runs if `isRunning`.
  public init(stop: StubStop, isRunning: Bool = false, authority: Authority = .write) {
    self.authority = authority
    cap = authority
    lastStop = stop
    state = isRunning ? .unattended : .stopped
    output.reserveCapacity(2 * Stub.packetSize + 8)
    lastReply.reserveCapacity(2 * Stub.packetSize + 8)
    body.reserveCapacity(2 * Stub.packetSize)
    scratch.reserveCapacity(Stub.packetSize)
    resumption.reserveCapacity(16)
  }

  /// Whether the target runs.
  public var isRunning: Bool { state != .stopped }

  /// Whether a client waits for the target to stop, or looks at it while it is stopped.
  public var isAttended: Bool { state != .unattended }

  // MARK: Events

  /// Takes one byte from the link; returns what is to be done.
  public mutating func received<T: StubTarget>(_ byte: UInt8, target: inout T) -> StubEffect? {
    guard let event = decoder.received(byte) else { return nil }
    switch event {
    case .packet: return receivedPacket(&target)
    case .notification: return nil
    case .acknowledged:
      heardAcknowledgement()
      return nil
    case .rejected:
      statistics.resent &+= 1
      output.append(contentsOf: lastReply)
      return nil
    case .interrupt:
      guard isRunning else { return nil }
      guard authority >= .stop else {
        statistics.refused &+= 1
        return nil
      }
      return .stop
    case .corrupt:
      statistics.damaged &+= 1
      if silence != .complete { output.put(Mark.reject) }
      return nil
    case .oversize:
      statistics.damaged &+= 1
      acknowledge()
      reply { _ in }
      return nil
    }
  }

  /// The target has stopped: answers the resumption, or the `?` of a client that just came.
  public mutating func stopped<T: StubTarget>(_ stop: StubStop, target: borrowing T) {
    let isAwaited = isRunning && !isNonStop
    state = .stopped
    lastStop = stop
    chosenThread = 0
    if isAwaited { replyStop(stop, target) }
    if isNonStop { threadStopped(stop, target: target) }
  }

  /// Text for the client's console, from a target that runs: an `O` packet.
  public mutating func said(_ text: ArraySlice<UInt8>) {
    guard state == .running, !isNonStop else { return }
    reply { body in
      body.put(0x4f)
      body.append(hexOf: text.prefix(Stub.packetSize / 2 - 1))
    }
  }

  // MARK: Replies

  /// Sends one packet whose data `fill` puts into an empty buffer.
  mutating func reply(_ fill: (inout [UInt8]) -> Void) {
    body.clear()
    fill(&body)
    sendBody()
  }

  /// Sends what stands in `body`.
  @inline(never)
  mutating func sendBody() {
    lastReply.clear()
    RunLengthEncoder.append(body, to: &lastReply)
    output.append(contentsOf: lastReply)
  }

  /// Sends constant text.
  @inline(never)
  mutating func reply(_ text: String) { reply { $0.append(text: text) } }

  mutating func replyOK() { reply("OK") }

  /// Sends an error: its words to a client that reads them, else its number.
  @inline(never)
  mutating func replyError(_ error: StubError) {
    let words = client.contains(.errorText)
    reply { body in
      if words {
        body.append(text: "E.")
        body.append(text: error.text)
      } else {
        body.put(0x45)
        body.append(hexOf: CollectionOfOne(error.rawValue))
      }
    }
  }

  /// Whether the client may do what needs `level`; if not it is told so.
  @inline(never)
  mutating func allows(_ level: Authority) -> Bool {
    if authority >= level { return true }
    statistics.refused &+= 1
    replyError(.refused)
    return false
  }

  mutating func acknowledge() { if silence == .none { output.put(Mark.acknowledge) } }

  /// A client that has turned acknowledgements off sends one more and then none; clients begin with
  /// one. So another client has come, one that waits for ours: on a line nothing else tells.
  private mutating func heardAcknowledgement() {
    switch silence {
    case .none: break
    case .agreed: silence = .complete
    case .complete: silence = .none
    }
  }

  /// There is nothing to send again: what was said before is no answer to what is asked now.
  mutating func forgetReply() { lastReply.clear() }

  private mutating func receivedPacket<T: StubTarget>(_ target: inout T) -> StubEffect? {
    statistics.packets &+= 1
    let hasLapsed = hasChangedHands(decoder.payload[...], &target)
    acknowledge()
    let effect = obey(decoder.payload[...], &target)
    return hasLapsed ? .lapse : effect
  }
}

/// What happened on a stub's link.
public struct StubStatistics: Equatable, Sendable {
  /// Packets that were whole.
  public var packets: UInt64 = 0
  /// Packets that were damaged or too long.
  public var damaged: UInt64 = 0
  /// Replies sent again because the client asked for it.
  public var resent: UInt64 = 0
  /// Breakpoints met that the client was not told of: their condition was false, or they only log.
  public var passed: UInt64 = 0
  /// Requests beyond the client's authority.
  public var refused: UInt64 = 0
}

/// Why a request failed. The numbers are those of Linux, which gdb users know.
enum StubError: UInt8 {
  case noThread = 3
  case malformed = 22
  case noRoom = 12
  case refused = 13
  case unreadable = 14
  case noRegister = 19

  var text: String {
    switch self {
    case .noThread: return "there is no such thread"
    case .noRoom: return "there is no room for more conditions"
    case .malformed: return "the request is malformed"
    case .refused: return "this client may not do that; see --allow"
    case .unreadable: return "memory cannot be accessed there"
    case .noRegister: return "there is no such register, or it has no value now"
    }
  }
}
