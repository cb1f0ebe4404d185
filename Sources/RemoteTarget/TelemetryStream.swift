// The agent's link used for telemetry alone: the target is neither stopped nor asked anything else.
// Frames come as notifications, and build a copy of what the instance publishes
// (Protocols/Telemetry/SPEC.md, part 2).

internal import GDBRemote
public import Inspect
public import Telemetry

/// Frames of an instance's agent.
public final class TelemetryStream {
  /// What has come so far.
  public private(set) var copy = TelemetryCopy()
  /// Where the root block is.
  public let root: UInt64

  private let connection: Connection
  private let guardian: Guardian?
  private let hertz: Int
  /// When the agent last heard something, in milliseconds.
  private var lastAsked = monotonicMilliseconds()
  private var isOver = false

  /// Connects to an agent and asks for `hertz` frames a second, 1 to 100.
  ///
  /// Fails within a few seconds where nobody listens, where another client holds the link, or where
  /// the stub knows nothing of telemetry.
  public static func open(
    to endpoint: Endpoint, hertz: Int
  ) throws(InspectError) -> TelemetryStream {
    guard Occupancy.awaitFree(endpoint, milliseconds: 1000) else {
      throw .lost(
        "\(endpoint.text): another client is attached, and the agent serves one at a time")
    }
    let link = try Link.connect(to: endpoint, milliseconds: 3000)
    // It would end the frames, and would give the port back.
    let guardian = link.port.flatMap { Guardian(endpoint, port: $0, guarding: .automatic) }
    do throws(InspectError) {
      return try open(Connection(link), guardian, endpoint, hertz: hertz)
    } catch {
      guardian?.dismiss()
      throw error
    }
  }

  private static func open(
    _ connection: Connection, _ guardian: Guardian?, _ endpoint: Endpoint, hertz: Int
  ) throws(InspectError) -> TelemetryStream {
    connection.keepsNotifications = true
    let features: Features
    do throws(InspectError) {
      features = Features(try connection.exchange(.supported, patience: patience))
    } catch {
      if let port = connection.link.port { throw connection.silence(on: port, error) }
      guard case .timedOut = error else { throw error }
      throw .timedOut("\(endpoint.text): connected, but no answer: has the image an agent?")
    }
    guard features.capabilities.contains(.telemetry) else {
      throw .unsupported(
        "\(endpoint.text): what answers is no agent that tells of itself; build the image with "
          + "--agent, or attach with gdb:\(endpoint.text)")
    }
    connection.client.learned(features, quirks: [])
    let place = try connection.exchange(.telemetryRoot, patience: patience)
    guard let root = place.address else { throw .refused("the agent does not say where to look") }
    let hertz = min(hertz, connection.link.mostHertz)
    let answer = try connection.exchange(.telemetry(hertz: hertz), patience: patience)
    guard answer.isOK else { throw .refusal(answer, or: "the agent sends no telemetry") }
    return TelemetryStream(connection, guardian, root: root, hertz: hertz)
  }

  private static let patience = 3000

  /// Milliseconds in which a whole snapshot comes over any link that is of use.
  public var snapshotPatience: Int {
    10_000 + 2 * connection.link.milliseconds(toCarry: 1 << 16)
  }

  private init(_ connection: Connection, _ guardian: Guardian?, root: UInt64, hertz: Int) {
    self.hertz = hertz
    self.connection = connection
    self.guardian = guardian
    self.root = root
  }

  deinit { end() }

  /// Has the agent do something.
  public func ask(_ request: AgentRequest) throws(InspectError) {
    try request.check(try connection.exchange(request.packet, patience: Self.patience))
  }

  /// The link; it becomes readable when `received` has work to do.
  public var descriptor: Int32 { connection.link.descriptor }

  /// Takes the frames that come until a round is whole, at most `milliseconds`; whether one is.
  /// Zero takes only what is there.
  public func awaitRound(milliseconds: Int) throws(InspectError) -> Bool {
    let deadline = monotonicMilliseconds() + milliseconds
    try keepAlive()
    while true {
      let left = max(0, deadline - monotonicMilliseconds())
      guard let incident = connection.nextIncident(milliseconds: left) else {
        if left == 0 { return false }
        continue
      }
      switch incident {
      case .notified(let payload):
        switch take(payload) {
        case .round: return true
        case .stale: try askAgain(milliseconds: 1000)
        case .part, .damaged, nil: break
        }
      case .lost(let reason): throw .lost(reason)
      case .stopped, .threadStopped, .console, .notResumed: break
      }
    }
  }

  private func take(_ payload: [UInt8]) -> TelemetryCopy.Outcome? {
    let name = Array("Porthole:".utf8)
    guard payload.starts(with: name) else { return nil }
    return copy.received(payload[name.count...])
  }

  /// Asks for the frames again if that was not done for so long: a snapshot begins them, and the
  /// agent hears that somebody still listens.
  private func askAgain(milliseconds: Int) throws(InspectError) {
    guard monotonicMilliseconds() - lastAsked > milliseconds else { return }
    lastAsked = monotonicMilliseconds()
    _ = try connection.exchange(.telemetry(hertz: hertz), patience: Self.patience)
  }

  /// Lets the agent hear that somebody still listens; it gives up a client that says nothing for a
  /// minute.
  private func keepAlive() throws(InspectError) {
    guard monotonicMilliseconds() - lastAsked > 20_000 else { return }
    lastAsked = monotonicMilliseconds()
    _ = try connection.exchange(.telemetryRoot, patience: Self.patience)
  }

  /// Ends the frames and the link.
  public func end() {
    guard !isOver else { return }
    isOver = true
    let patience = connection.link.isReliable ? 1000 : Self.patience
    _ = try? connection.exchange(.telemetry(hertz: 0), patience: patience)
    _ = try? connection.exchange(.detach(process: nil), patience: patience)
    connection.close()
    guardian?.dismiss()
  }
}
