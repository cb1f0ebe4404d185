// Which way leads into an instance: its agent, which tells of fibers and tasks and lets them be, or,
// where that does not answer, QEMU's stub, which shows the processor.

internal import Glibc
internal import Inspect
internal import Launcher
internal import Readings
internal import RemoteTarget
internal import Session
internal import Symbols
internal import Telemetry

/// A way into an instance, attached.
struct InstanceWay {
  let remote: RemoteTarget
  /// Why it does not lead through the agent, in words for the user; nil if it does.
  let detour: String?
  /// Who holds the agent, and with it the authority over the instance, and what to do about that; nil
  /// if we do.
  let precedence: String?

  /// Attaches to an instance's agent, or to QEMU's stub.
  init(into instance: Instance, symbols: SymbolFile?) throws(InspectError) {
    let obstacle: Obstacle
    if let known = Self.obstacle(to: instance, symbols: symbols) {
      obstacle = known
    } else {
      switch try Self.agent(of: instance) {
      case .success(let remote):
        self.remote = remote
        (detour, precedence) = (nil, nil)
        return
      case .failure(let failure): obstacle = failure
      }
    }
    remote = try RemoteTarget.attach(
      to: .unix(path: instance.gdbSocket), name: instance.name, kindHint: "QEMU")
    precedence =
      obstacle.isClient
      ? "\(obstacle.words) and may stop it and write: do it there, end that one first, or attach to "
        + "qemu:\(instance.name)"
      : nil
    let limit = obstacle.isClient ? ", only to look (qemu:\(instance.name) may do more)" : ""
    detour = "\(instance.name): \(obstacle.words); going through QEMU's stub\(limit)"
  }

  private struct Obstacle: Error {
    var words: String
    /// Whether it is another client.
    var isClient = false
  }

  /// Milliseconds after which an agent that says nothing is looked after.
  private static let firstPatience = 400

  private static func agent(
    of instance: Instance
  ) throws(InspectError) -> Result<RemoteTarget, Obstacle> {
    let endpoint = Endpoint.unix(path: instance.agentSocket)
    for patience in [firstPatience, 3000] {
      do throws(InspectError) {
        return .success(
          try RemoteTarget.attach(
            to: endpoint, name: instance.name, kindHint: "agent", patience: patience))
      } catch {
        guard case .timedOut = error else { return .failure(Obstacle(words: error.message)) }
        // A busy host may take so long, too.
        if let words = ailment(of: instance) { return .failure(Obstacle(words: words)) }
      }
    }
    // Who came in between holds it by now.
    return .failure(client(of: instance) ?? Obstacle(words: "its agent does not answer"))
  }

  /// Who holds the agent's link, unless it is free within a second.
  private static func client(of instance: Instance) -> Obstacle? {
    let endpoint = Endpoint.unix(path: instance.agentSocket)
    guard RemoteTarget.isTaken(endpoint) else { return nil }
    let holder = InstanceAgent.holder(of: instance)
    if RemoteTarget.awaitFree(endpoint, milliseconds: 1000) { return nil }
    let who = holder.map { "process \($0)" } ?? "another client"
    return Obstacle(words: who + " holds its agent", isClient: true)
  }

  /// Why the agent need not even be asked.
  private static func obstacle(to instance: Instance, symbols: SymbolFile?) -> Obstacle? {
    switch instance.stage(within: 1000, symbols) {
    case .starting: return Obstacle(words: "its agent has not started")
    case .agentless: return Obstacle(words: "its image has no agent")
    case .hasAgent: break
    }
    guard RemoteTarget.isTaken(.unix(path: instance.agentSocket)) else { return nil }
    // A guest that hangs keeps the connection of a client that has given it up.
    if InstanceAgent.holder(of: instance) == nil, let words = ailment(of: instance) {
      return Obstacle(words: words)
    }
    return client(of: instance)
  }

  /// What keeps a machine from answering; nil if it runs, or answers to a debugger that holds it.
  private static func ailment(of instance: Instance) -> String? {
    switch instance.diagnose().status {
    case .running: nil
    case .stopped: "something has paused it"
    case .hung where instance.isHeld: nil
    case .hung: "it hangs with interrupts off, or its QEMU does not answer"
    case .halted: "it has halted with interrupts off"
    case .panicked: "it has panicked"
    }
  }
}
