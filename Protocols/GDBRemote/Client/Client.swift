// The client's end of a conversation with a stub: one method per event (submitted, interrupted,
// received, timedOut), effects to be taken out with `nextEffect`. No clock, no link.
//
// Requests are answered in the order in which they were sent, so a queue pairs them up. Up to
// `window` of them are under way at a time; a resumption waits until all others are answered and
// nothing goes out after it before the target has stopped. A stop reply that comes when something
// else is due was not asked for (QEMU sends one to whoever connects to a running guest): it is
// reported as such and answers nothing.

/// The state of a conversation with one stub.
public struct Client: Sendable {
  /// Whether requests can be made.
  public enum Phase: Equatable, Sendable {
    case stopped
    case running
    case ended
  }

  /// The most requests under way at a time, where the stub allows more than one.
  public static let largestWindow = 16
  /// How often one packet is sent again before the conversation counts as damaged.
  public static let mostAttempts = 8

  public private(set) var phase = Phase.stopped
  public private(set) var features = Features()
  public private(set) var quirks: Quirks = []
  public private(set) var statistics = ClientStatistics()
  /// The breakpoints and watchpoints that the stub has taken.
  public private(set) var planted: [RemoteStopPoint] = []

  var decoder = PacketDecoder(limit: Features.largestPacket)
  public internal(set) var isAcknowledging = true
  var waiting = Queue<Entry>()
  var sent = Queue<Entry>()
  /// Requests sent beside a resumption, to a target that answers them while it runs.
  var asides = Queue<Entry>()
  /// Whether threads stop one by one: resumptions are answered at once then, and each stop is taken.
  public private(set) var isNonStop = false
  var effects = Queue<Effect>()
  var output: [UInt8] = []
  let isLinkReliable: Bool
  /// Whether something was sent twice, and so may be answered twice.
  private(set) var isDoubtful = false
  /// Bytes that came and belong to no notification, counted since the start: whether an answer is on
  /// its way shows by these, while notifications come all the time.
  public internal(set) var bytesHeard = 0
  /// What `bytesHeard` was when something was last sent again.
  private var lastDamage: Int?
  private var nextNumber: UInt64 = 1

  /// A request between its submission and its answer.
  struct Entry: Sendable {
    /// `nil` for a request of the client's own.
    var ticket: Ticket?
    var request: Request
    var attempts = 0
    var isAcknowledged = false
    /// Whether the stub has rejected it, so that it was sent again.
    var wasRejected = false
    /// What `O` packets have carried so far.
    var output: [UInt8] = []
    /// The point that a `Z` or `z` is about.
    var planting: Planting?
  }

  /// What a `Z` or `z` does to the list of points.
  enum Planting: Equatable, Sendable {
    case insert(RemoteStopPoint)
    case remove(RemoteStopPoint)
  }

  /// Creates a client for a link that was just opened.
  ///
  /// It begins with an acknowledgement, which ends whatever an earlier client left unanswered.
  ///
  /// A reliable link is one that loses nothing (a socket): there, sending a packet again after a
  /// time-out is pointless.
  public init(isLinkReliable: Bool) {
    self.isLinkReliable = isLinkReliable
    output = [Mark.acknowledge]
  }

  /// Notes what the stub was found to be.
  public mutating func learned(_ features: Features, quirks: Quirks) {
    self.features = features
    self.quirks = quirks
  }

  /// Notes that the stub has agreed to do without acknowledgements.
  public mutating func endedAcknowledgements() { isAcknowledging = false }

  /// Notes that the stub has begun non-stop mode, or ended it.
  public mutating func changedNonStop(_ isNonStop: Bool) { self.isNonStop = isNonStop }

  /// The number of requests that may be under way.
  public var window: Int {
    !isAcknowledging || quirks.contains(.requestsAcknowledge) ? Self.largestWindow : 1
  }

  /// Whether nothing is under way.
  public var isIdle: Bool { sent.isEmpty && waiting.isEmpty }

  /// Whether the front request's answer may take as long as it likes.
  public var waitsForStop: Bool { sent.first?.request.reply == .stopLater }

  // MARK: Events

  /// Takes a request and returns its name, or says why it cannot be sent.
  public mutating func submitted(_ request: Request) -> Result<Ticket, Refusal> {
    submitted(request, planting: nil)
  }

  /// Takes the request to plant a point, and keeps the point in `planted` once the stub agrees.
  public mutating func submittedInsertion(
    of point: RemoteStopPoint
  ) -> Result<Ticket, Refusal> {
    submitted(.insert(point), planting: .insert(point))
  }

  /// Takes the request to plant a point with what the stub is to decide about it.
  public mutating func submittedInsertion(
    of point: RemoteStopPoint, conditions: [[UInt8]], commands: [[UInt8]]
  ) -> Result<Ticket, Refusal> {
    submitted(
      .insert(point, conditions: conditions, commands: commands), planting: .insert(point))
  }

  /// Takes the request to remove a point.
  public mutating func submittedRemoval(of point: RemoteStopPoint) -> Result<Ticket, Refusal> {
    submitted(.remove(point), planting: .remove(point))
  }

  /// Notes the wish to stop a running target; returns whether it runs.
  public mutating func interrupted() -> Bool {
    guard phase == .running, sent.first != nil else { return false }
    output.append(Mark.interrupt)
    return true
  }

  /// Notes that the front request has been unanswered for too long.
  ///
  /// A packet that may have been lost on the way is sent again; otherwise the conversation ends,
  /// for a late answer could not be told from the next one.
  public mutating func timedOut() {
    guard phase != .ended, let front = sent.first else { return }
    let mayResend =
      !isLinkReliable && isAcknowledging && !front.isAcknowledged && sent.count == 1
      && front.request.isRepeatable
      && front.attempts < Self.mostAttempts
    if mayResend { resendFront() } else { end(.noAnswer) }
  }

  /// Notes that the front request's answer is late, on a link that may have lost one or the other:
  /// sends it again, or asks for the answer again. Returns whether anything is left to try.
  ///
  /// A resumption is sent again while the stub has not acknowledged it: one that has it already
  /// ignores it while the target runs.
  public mutating func answerWasLate() -> Bool {
    guard phase != .ended, !isLinkReliable, isAcknowledging, sent.count == 1,
      var front = sent.first, front.attempts < Self.mostAttempts
    else { return false }
    let reply = front.request.reply
    if front.request.isRepeatable && reply != .stopLater
      || !front.isAcknowledged && reply == .stopLater
    {
      doubt()
      resendFront()
    } else if front.isAcknowledged, reply == .data || reply == .output {
      front.attempts += 1
      sent.replaceFirst(front)
      noteRetransmission()
      doubt()
      output.append(Mark.reject)
    } else {
      return false
    }
    return true
  }

  /// Whether the link has to fall silent before the next request goes out: what was sent twice has
  /// been answered, and a second answer would pass for that of another request.
  public var isSettling: Bool { isDoubtful && sent.isEmpty }

  /// Notes that nothing came for longer than an answer can be under way.
  public mutating func fellSilent() {
    isDoubtful = false
    sendWaiting()
  }

  mutating func doubt() { isDoubtful = true }

  /// Whether the link has damaged or lost something within the last 16 kB: packets that are short
  /// come through where long ones do not.
  public var isNoisy: Bool { lastDamage.map { bytesHeard - $0 < 1 << 14 } ?? false }

  /// Whether the stub has not yet acknowledged a resumption.
  public var awaitsAcknowledgement: Bool {
    isAcknowledging && waitsForStop && sent.first?.isAcknowledged == false
  }

  /// Returns the next thing to do or to tell, or `nil` when there is nothing.
  public mutating func nextEffect() -> Effect? {
    if !output.isEmpty {
      // Handed over, not shared: emptying a shared array would copy it first.
      var bytes: [UInt8] = []
      swap(&bytes, &output)
      return .send(bytes)
    }
    return effects.takeFirst()
  }

  // MARK: Sending

  private mutating func submitted(
    _ request: Request, planting: Planting?
  ) -> Result<Ticket, Refusal> {
    guard phase != .ended else { return .failure(.ended) }
    let isAside =
      phase == .running && waitsForStop && !isAcknowledging && request.isHeardWhileRunning
    guard phase == .stopped || isAside else { return .failure(.running) }
    guard request.needs.isSubset(of: features.capabilities) else {
      return .failure(.notAdvertised)
    }
    guard PacketEncoder.encodedCount(request.payload) + 4 <= features.packetSize else {
      return .failure(.tooLong)
    }
    let ticket = Ticket(nextNumber)
    nextNumber &+= 1
    var entry = Entry(ticket: ticket, request: request)
    entry.planting = planting
    if isAside {
      PacketEncoder.append(request.payload, to: &output)
      asides.append(entry)
      return .success(ticket)
    }
    waiting.append(entry)
    if request.reply == .stopLater { phase = .running }
    sendWaiting()
    return .success(ticket)
  }

  /// Sends what the window allows.
  mutating func sendWaiting() {
    while !isSettling, let reply = waiting.first?.request.reply {
      if reply != .data || sent.first?.request.reply != .data {
        guard sent.isEmpty else { return }
      } else {
        guard sent.count < window else { return }
      }
      guard let next = waiting.takeFirst() else { return }
      PacketEncoder.append(next.request.payload, to: &output)
      guard next.request.reply != .nothing else { continue }
      sent.append(next)
    }
  }

  /// Sends the oldest request under way again, behind the others: its answer will come after
  /// theirs.
  mutating func resendFront() {
    guard var entry = sent.takeFirst() else { return }
    entry.attempts += 1
    noteRetransmission()
    guard entry.attempts <= Self.mostAttempts else { return end(.damaged) }
    PacketEncoder.append(entry.request.payload, to: &output)
    sent.append(entry)
  }

  /// Ends the conversation.
  mutating func end(_ loss: Loss) {
    phase = .ended
    sent.removeAll()
    asides.removeAll()
    waiting.removeAll()
    effects.append(.lost(loss))
  }

  // MARK: What an answer changes

  mutating func noteUnexpected() { statistics.unexpected += 1 }

  mutating func noteRetransmission() {
    statistics.retransmissions += 1
    lastDamage = bytesHeard
  }

  /// Notes that a resumption was refused, so that the target is as it was.
  mutating func refuseResumption() { if phase == .running { phase = .stopped } }

  /// Notes that the target is no longer running.
  mutating func noteStop(_ reply: StopReply) {
    if phase == .running { phase = .stopped }
    guard case .stopped = reply else {
      planted.removeAll()
      return
    }
  }

  /// Keeps the list of points in step with what the stub agreed to.
  mutating func notePlanting(_ planting: Planting?, _ answer: Answer) {
    guard let planting, answer.isOK else { return }
    switch planting {
    case .insert(let point): if !planted.contains(point) { planted.append(point) }
    case .remove(let point): planted.removeAll { $0 == point }
    }
  }

  /// Plants everything again after a `?` that removed it.
  mutating func replant() {
    guard quirks.contains(.stopReasonRemovesStopPoints) else { return }
    for point in planted { waiting.append(Entry(ticket: nil, request: .insert(point))) }
  }
}
