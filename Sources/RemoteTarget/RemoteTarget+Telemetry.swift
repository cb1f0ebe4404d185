// What the agent tells of the instance on the session's own link: the only one that a serial line or
// a socket of its own has. Frames come as notifications between the answers, whether the target runs
// or is stopped (Protocols/Telemetry/SPEC.md, part 2).

internal import GDBRemote
public import Inspect
public import Telemetry

/// What has come of an agent's frames.
public struct TelemetryFeed {
  /// The copy of what the instance publishes.
  public internal(set) var copy = TelemetryCopy()
  /// Where the root block is.
  public let root: UInt64
  /// Whole rounds so far.
  public internal(set) var rounds = 0
  /// Whether frames were lost, so that nothing is true until a snapshot comes.
  var isStale = false
  var lastAsked = monotonicMilliseconds()
  let hertz: Int
}

extension RemoteTarget {
  /// Asks the agent for frames, `hertz` times a second or as often as the line can carry; returns
  /// whether it has any to give. The target has to be stopped.
  public func startTelemetry(hertz: Int) throws(InspectError) -> Bool {
    guard connection.client.features.capabilities.contains(.telemetry) else { return false }
    let place = try connection.exchange(.telemetryRoot, patience: Self.telemetryPatience)
    guard let root = place.address else { return false }
    let hertz = min(hertz, connection.link.mostHertz)
    feed = TelemetryFeed(root: root, hertz: hertz)
    connection.onNotification = { [unowned self] payload in received(payload) }
    let answer = try connection.exchange(
      .telemetry(hertz: hertz), patience: Self.telemetryPatience)
    if !answer.isOK { feed = nil }
    return answer.isOK
  }

  /// What has come; nil where nothing was asked for.
  public var telemetry: TelemetryFeed? { feed }

  /// Lets the agent hear that somebody listens, and asks it to begin anew where frames were lost. To
  /// be called now and then.
  public func keepTelemetry() throws(InspectError) {
    guard let feed else { return }
    let silence = monotonicMilliseconds() - feed.lastAsked
    if case .stopped = state, silence > (feed.isStale ? 1000 : 20_000) {
      self.feed?.lastAsked = monotonicMilliseconds()
      _ = try connection.exchange(
        .telemetry(hertz: feed.hertz), patience: Self.telemetryPatience)
    } else if state == .running, silence > 20_000, !connection.client.isAcknowledging {
      // No request may be sent now; an acknowledgement that nobody awaits means nothing else.
      self.feed?.lastAsked = monotonicMilliseconds()
      try connection.link.send([Mark.acknowledge])
    }
  }

  /// Has the agent do something that needs no stop; a target that runs goes on running.
  public func ask(_ request: AgentRequest) throws(InspectError) {
    guard connection.client.features.capabilities.contains(.telemetry) else {
      throw .unsupported("what answers is no agent")
    }
    let answer: Answer
    if state == .running, !isNonStop {
      answer = try connection.ask(aside: request.packet, patience: Self.telemetryPatience)
    } else {
      answer = try connection.exchange(request.packet, patience: Self.telemetryPatience)
    }
    try request.check(answer)
  }

  private static var telemetryPatience: Int { 3000 }

  private func received(_ payload: [UInt8]) {
    let name = Array("Porthole:".utf8)
    guard payload.starts(with: name) else { return }
    switch feed?.copy.received(payload[name.count...]) {
    case .round:
      feed?.rounds += 1
      feed?.isStale = false
    case .stale: feed?.isStale = true
    case .part, .damaged, nil: break
    }
  }
}
