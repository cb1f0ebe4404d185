// A client state machine on a link: blocking exchanges with bounded waits. Whatever comes in
// besides answers is kept for `RemoteTarget.waitForEvent`.

internal import GDBRemote
internal import Glibc
internal import Inspect

/// One conversation over one link.
final class Connection {
  /// Something that is no answer.
  enum Incident: Equatable {
    case stopped(StopReply)
    /// A thread, in non-stop mode.
    case threadStopped(StopReply)
    case console([UInt8])
    /// A notification that is no stop, for who wants them.
    case notified([UInt8])
    case lost(String)
    /// The resumption was refused; the target is as it was.
    case notResumed(Answer)
  }

  var client: Client
  /// What has come in besides answers, oldest first.
  private(set) var incidents: [Incident] = []
  /// Whether notifications are incidents, or are dropped.
  var keepsNotifications = false
  /// Takes notifications as they come, instead.
  var onNotification: (([UInt8]) -> Void)?
  private(set) var roundTrips = 0
  private(set) var lastRoundTripMicroseconds = 0
  private(set) var lossReason: String?
  /// Whether that is damage that repetition did not mend.
  private(set) var isDamaged = false
  let link: Link
  private var answers = AnswerShelf()
  private var stops: [UInt64: StopReply] = [:]
  /// The resumption whose stop reply is an incident, not an answer.
  private var resumption: Ticket?

  /// Milliseconds a request may take.
  static let patience = 5000
  /// Milliseconds a monitor command may take.
  static let monitorPatience = 30_000

  init(_ link: Link) {
    self.link = link
    client = Client(isLinkReliable: link.isReliable)
  }

  /// Sends all requests, pipelined as far as the stub allows, and returns their answers in order.
  ///
  /// Fails as a whole if a request may not be sent or the link is lost.
  func exchange(
    _ requests: [Request], patience: Int = patience
  ) throws(InspectError) -> [Answer] {
    var tickets: [Ticket] = []
    tickets.reserveCapacity(requests.count)
    for request in requests {
      switch client.submitted(request) {
      case .success(let ticket): tickets.append(ticket)
      case .failure(let refusal):
        _ = try collect(tickets, patience: patience)
        throw error(refusal)
      }
    }
    return try collect(tickets, patience: patience)
  }

  /// Sends one request and returns its answer.
  func exchange(
    _ request: Request, patience: Int = patience
  ) throws(InspectError) -> Answer {
    try collect(try accepted(client.submitted(request)), patience: patience)
  }

  /// Plants or removes a point.
  func exchange(
    _ point: RemoteStopPoint, inserting: Bool
  ) throws(InspectError) -> Answer {
    let submitted =
      inserting ? client.submittedInsertion(of: point) : client.submittedRemoval(of: point)
    return try collect(try accepted(submitted), patience: Self.patience)
  }

  /// Plants a point with what the stub is to decide about it.
  func exchange(_ point: RemoteStopPoint, script: PointScript) throws(InspectError) -> Answer {
    let submitted = client.submittedInsertion(
      of: point, conditions: script.conditions, commands: script.commands)
    return try collect(try accepted(submitted), patience: Self.patience)
  }

  /// Asks why the target is stopped.
  func stopReason(patience: Int = patience) throws(InspectError) -> StopReply {
    let ticket = try accepted(client.submitted(.stopReason))
    let answers = try collect([ticket], patience: patience)
    if let reply = stops.removeValue(forKey: ticket.number) { return reply }
    throw .refusal(answers.first, or: "the target does not say why it is stopped")
  }

  /// Lets the target go on; its stop will be an incident.
  func resume(_ request: Request) throws(InspectError) {
    resumption = try accepted(client.submitted(request))
    try perform()
    if !link.isReliable { try awaitAcknowledgement() }
  }

  /// Sends a request that the target answers while it runs. One that is silent keeps its link: it may
  /// be busy with interrupts off, and answer later, which nobody reads then.
  func ask(aside request: Request, patience: Int) throws(InspectError) -> Answer {
    let ticket = try accepted(client.submitted(request))
    try perform()
    let deadline = monotonicMilliseconds() + patience
    while true {
      if let answer = answers.take(ticket) { return answer }
      if let lossReason { throw .lost(lossReason) }
      let left = deadline - monotonicMilliseconds()
      guard left > 0 else {
        throw .timedOut("the agent has not answered within \(patience / 1000) s")
      }
      try take(link.receive(milliseconds: left))
    }
  }

  /// Sends a request that has no answer.
  func post(_ request: Request) throws(InspectError) {
    _ = try accepted(client.submitted(request))
    try perform()
  }

  /// Asks a running target to stop.
  func interrupt() throws(InspectError) {
    guard client.interrupted() else { return }
    try perform()
  }

  /// Takes the oldest incident, waiting for one at most `milliseconds`.
  func nextIncident(milliseconds: Int) -> Incident? {
    let deadline = monotonicMilliseconds() + milliseconds
    while incidents.isEmpty, lossReason == nil {
      let left = deadline - monotonicMilliseconds()
      let arrival =
        milliseconds > 0 && left > 0 ? link.receive(milliseconds: left) : link.receiveAvailable()
      do throws(InspectError) {
        try take(arrival)
      } catch {
        lose("\(error)")
      }
      if arrival == .timedOut { break }
    }
    guard !incidents.isEmpty else { return nil }
    return incidents.removeFirst()
  }

  /// Notes that the link is gone.
  func lose(_ reason: String) {
    guard lossReason == nil else { return }
    lossReason = reason
    keep(.lost(reason))
  }

  /// Closes the link.
  func close() {
    lossReason = lossReason ?? "detached"
    link.shut()
  }

  // MARK: Waiting

  /// One answer: the common case, without the lists that several take.
  private func collect(_ ticket: Ticket, patience: Int) throws(InspectError) -> Answer {
    let start = monotonicMicroseconds()
    try perform()
    guard let answer = try awaitAnswer(to: ticket, patience: patience) else {
      throw .lost("no answer")
    }
    noteRoundTrip(since: start)
    return answer
  }

  private func collect(
    _ tickets: [Ticket], patience: Int
  ) throws(InspectError) -> [Answer] {
    let start = monotonicMicroseconds()
    try perform()
    var result: [Answer] = []
    result.reserveCapacity(tickets.count)
    for ticket in tickets {
      if let answer = try awaitAnswer(to: ticket, patience: patience) { result.append(answer) }
    }
    noteRoundTrip(since: start)
    return result
  }

  private func noteRoundTrip(since start: Int) {
    roundTrips += 1
    lastRoundTripMicroseconds = monotonicMicroseconds() - start
  }

  /// Waits for the answer to a request; nil if a stop reply came in its place.
  private func awaitAnswer(to ticket: Ticket, patience: Int) throws(InspectError) -> Answer? {
    if !link.isReliable { return try awaitAnswer(onLine: ticket, patience: patience) }
    while true {
      if let answer = answers.take(ticket) { return answer }
      if stops[ticket.number] != nil { return nil }
      if let lossReason { throw .lost(lossReason) }
      let arrival = link.receive(milliseconds: patience)
      if case .timedOut = arrival {
        try giveUp(patience)
      } else {
        try take(arrival)
      }
    }
  }

  func giveUp(_ patience: Int) throws(InspectError) {
    client.timedOut()
    try perform()
    guard client.phase == .ended else { return }
    let reason = "no answer within \(patience / 1000) s"
    lose(reason)
    throw .timedOut(reason)
  }

  /// Takes what has come for a request; `nil` if nothing has. The inner `nil` is a stop reply.
  func taken(_ ticket: Ticket) throws(InspectError) -> Answer?? {
    if let answer = answers.take(ticket) { return .some(answer) }
    if stops[ticket.number] != nil { return .some(nil) }
    if let lossReason { throw .lost(lossReason) }
    return nil
  }

  func take(_ arrival: Link.Arrival) throws(InspectError) {
    switch arrival {
    case .bytes(let bytes):
      client.received(bytes)
      try perform()
    case .timedOut: break
    case .closed(let reason): lose(reason)
    }
  }

  /// Does what the client wants done.
  func perform() throws(InspectError) {
    while let effect = client.nextEffect() {
      switch effect {
      case .send(let bytes): try link.send(bytes)
      case .answered(let ticket, let answer): receive(answer, to: ticket)
      case .stopped(let ticket, let reply): receive(reply, to: ticket)
      case .threadStopped(let reply): keep(.threadStopped(reply))
      case .console(let text): keep(.console(text))
      case .notified(let payload):
        if let onNotification {
          onNotification(payload)
        } else if keepsNotifications {
          keep(.notified(payload))
        }
      case .lost(.damaged):
        isDamaged = lossReason == nil
        lose("the link damages packets")
      case .lost(.noAnswer): break
      }
    }
  }

  private func receive(_ answer: Answer, to ticket: Ticket) {
    guard ticket == resumption else {
      answers.put(answer, for: ticket)
      return
    }
    resumption = nil
    keep(.notResumed(answer))
  }

  private func receive(_ reply: StopReply, to ticket: Ticket?) {
    if let ticket, ticket != resumption {
      stops[ticket.number] = reply
    } else {
      if ticket == resumption { resumption = nil }
      keep(.stopped(reply))
    }
  }

  private func keep(_ incident: Incident) {
    // A target that floods its console while nobody looks must not fill memory.
    guard incidents.count < 65536 else { return }
    incidents.append(incident)
  }

  private func accepted(_ submitted: Result<Ticket, Refusal>) throws(InspectError) -> Ticket {
    switch submitted {
    case .success(let ticket): return ticket
    case .failure(let refusal): throw error(refusal)
    }
  }

  private func error(_ refusal: Refusal) -> InspectError {
    switch refusal {
    case .notAdvertised: .unsupported("the target has not said that it can do this")
    case .running: .wrongState("the target runs: interrupt it first")
    case .tooLong: .unsupported("the request is longer than the target takes")
    case .ended: .lost(lossReason ?? "the link is closed")
    }
  }
}
