internal import GDBRemote
public import Inspect

extension RemoteTarget {
  /// Whether a guardian process watches over an attachment.
  public enum Guarding: Sendable {
    /// One does, if its executable lies beside the running one.
    case automatic
    /// One does, from this executable.
    case executable(String)
    case none
  }

  /// Connects to a stub and asks it what it is; the target is stopped afterwards.
  ///
  /// `name` is how the user calls the target; `kindHint` names what answers where the stub does
  /// not, and `patience` is how many milliseconds the first answer may take. Fails within a few
  /// seconds where nobody listens, where another client holds the stub, or where what answers speaks
  /// something else.
  public static func attach(
    to endpoint: Endpoint, name: String, kindHint: String? = nil,
    guarding: Guarding = .automatic, patience: Int = handshakePatience
  ) throws(InspectError) -> RemoteTarget {
    guard Occupancy.awaitFree(endpoint, milliseconds: 1000) else {
      throw .lost(
        "\(endpoint.text): another debugger is attached, and this stub serves one at a time")
    }
    // A port is opened first, for the guardian to have it too; nothing is sent before there is one.
    let port = try openPort(endpoint)
    let guardian = Guardian(endpoint, port: port?.port, guarding: guarding)
    do throws(InspectError) {
      let connection: Connection
      if let port {
        connection = Connection(port)
      } else {
        connection = Connection(try Link.connect(to: endpoint, milliseconds: 3000))
      }
      let introduction = try introduce(connection, endpoint, patience: patience)
      return RemoteTarget(
        connection, introduction: introduction, guardian: guardian, name: name,
        kindHint: kindHint)
    } catch {
      guardian?.dismiss()
      throw error
    }
  }

  private static func openPort(_ endpoint: Endpoint) throws(InspectError) -> Link? {
    guard case .serial = endpoint else { return nil }
    return try Link.connect(to: endpoint, milliseconds: 0)
  }

  /// Milliseconds for each of the first answers.
  public static let handshakePatience = 3000

  /// Whether a stub on this machine has a client, as far as can be known.
  public static func isTaken(_ endpoint: Endpoint) -> Bool { Occupancy.isTaken(endpoint) }

  /// Waits until a stub on this machine has no client, at most `milliseconds`; whether that came
  /// true.
  public static func awaitFree(_ endpoint: Endpoint, milliseconds: Int) -> Bool {
    Occupancy.awaitFree(endpoint, milliseconds: milliseconds)
  }

  private static func introduce(
    _ connection: Connection, _ endpoint: Endpoint, patience: Int
  ) throws(InspectError) -> Introduction {
    var handshake = Handshake(keepsAcknowledgements: !connection.link.isReliable)
    var step = handshake.started()
    var isFirst = true
    while true {
      switch step {
      case .complete: return handshake.introduction
      case .failed(let reason): throw .unsupported("\(endpoint.text): \(reason)")
      case .submit(let request):
        do throws(InspectError) {
          step = try answer(
            to: request, connection, &handshake, patience: isFirst ? patience : handshakePatience)
        } catch {
          if isFirst, let port = connection.link.port {
            throw connection.silence(on: port, error)
          }
          guard isFirst, case .timedOut = error else { throw error }
          throw .timedOut(
            "\(endpoint.text): connected, but no answer: is another debugger attached, or is "
              + "this no debug port?")
        }
        isFirst = false
      }
    }
  }

  private static func answer(
    to request: Request, _ connection: Connection, _ handshake: inout Handshake, patience: Int
  ) throws(InspectError) -> Handshake.Step {
    let step: Handshake.Step
    if request.reply == .stopNow {
      step = handshake.stopped(try connection.stopReason(patience: patience))
    } else {
      let answer = try connection.exchange(request, patience: patience)
      guard answer.payload.isEmpty || answer.payload != request.payload else {
        throw .unsupported("what is sent comes back: an echo answers there, no agent")
      }
      step = handshake.answered(answer)
    }
    while case .stopped? = connection.nextIncident(milliseconds: 0) { handshake.stoppedUnasked() }
    let introduction = handshake.introduction
    if handshake.endsAcknowledgements { connection.client.endedAcknowledgements() }
    connection.client.learned(introduction.features, quirks: introduction.quirks)
    return step
  }
}
