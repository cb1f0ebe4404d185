// From a TARGET on the command line to a session: finds the instance or stub, connects, finds the
// symbols, and knows in which state the target has to be left.

internal import Bytes
internal import Cores
internal import Glibc
internal import Inspect
internal import Launcher
internal import Recordings
internal import RemoteTarget
internal import Session
internal import Symbols

/// A target that is attached, with its session.
final class OpenTarget: AgentServant {
  let session: Session
  let supervised: SupervisedTarget
  /// The link; nil where there is none, because the target is dead.
  private let remote: RemoteTarget?
  /// The registered instance, if the target is one.
  let instance: Instance?
  /// Why an instance is not reached through its agent; nil if it is, or is no instance.
  let detour: String?
  /// Where others hand in what they want of the agent; nil if it is not ours.
  private let desk: AgentDesk?

  /// Whether the guest ran until now; if so it runs on when we leave.
  var wasRunning: Bool { remote?.wasRunning ?? false }

  /// Whether it is a dump, or the memory of an instance that is gone.
  var isDead: Bool { remote == nil }

  /// Attaches to a TARGET (by default the only instance); it is stopped afterwards.
  ///
  /// Recordings have neither stacks nor registers: only who says so gets one.
  init(
    _ target: String?, symbols path: String? = nil, cap: AuthorityLevel = .write,
    takesRecordings: Bool = false
  ) throws {
    let given = try path.map { path throws(Failure) in try Self.open(path) }
    if takesRecordings, let target, case .recording(let path) = try TargetName.parse(target) {
      let recording = try RecordingSource.open(path)
      (remote, instance, detour, desk) = (nil, nil, nil, nil)
      supervised = SupervisedTarget(RecordingSource.target(recording, named: target), cap: .observe)
      let id = BuildID(hex: recording.origin.buildID)
      session = Session(
        target: supervised, symbols: given ?? Self.symbols(of: id, image: recording.origin.image))
      return
    }
    if let target, case .core(let text) = try TargetName.parse(target) {
      let core = try OpenedCore.open(text)
      (remote, instance, detour, desk) = (nil, nil, nil, nil)
      supervised = SupervisedTarget(core.target, cap: .observe)
      let own = Self.symbols(of: core.buildID, image: core.image)
      let program = core.target.profile.executable
      session = Session(
        target: supervised,
        symbols: given ?? own ?? program.flatMap(Self.symbols(ofExecutable:)))
      return
    }
    let place = try Self.find(target)
    let instance = place.instance
    let known = given ?? Self.symbols(of: instance?.buildID, image: instance?.guest.image)
    let remote: RemoteTarget
    var cap = cap
    var advice: String?
    do throws(InspectError) {
      if let instance = place.instance, place.endpoint == nil {
        let way = try InstanceWay(into: instance, symbols: known)
        (remote, detour) = (way.remote, way.detour)
        if let precedence = way.precedence {
          cap = .observe
          advice = precedence.prefix(1).uppercased() + precedence.dropFirst() + "."
        }
        desk = way.detour == nil ? AgentDesk(instance) : nil
      } else {
        let endpoint = place.endpoint ?? .unix(path: "")
        remote = try RemoteTarget.attach(to: endpoint, name: place.name, kindHint: place.kind)
        (detour, desk) = (nil, nil)
      }
    } catch {
      throw Failure(attaching: error)
    }
    self.remote = remote
    self.instance = instance
    supervised = SupervisedTarget(remote, cap: min(cap, instance?.guest.authority ?? .write))
    if remote.profile.kind == "QEMU", let instance {
      supervised.isRunningAgain = { instance.isRunningAgain() }
    }
    supervised.advice = advice
    let symbols = known ?? remote.profile.executable.flatMap(Self.symbols(ofExecutable:))
    session = Session(target: supervised, symbols: symbols)
    // Nobody said which image it is: its memory may.
    if symbols == nil { try? session.identify() }
  }

  /// Ends the link in order: nothing planted stays, and the guest runs on if it ran before or was
  /// let go on meanwhile; otherwise it stays stopped.
  func leave() {
    guard let remote else { return }
    desk?.shut()
    supervised.leaves()
    switch supervised.state {
    case .ended, .lost: return
    case .stopped where !wasRunning && !supervised.wasResumed:
      if (try? remote.leaveStopped()) != nil { return }
    case .stopped, .running: break
    }
    do throws(SessionError) {
      try session.detach()
    } catch {
      // The guardian sees the link close and does the same.
      Talk.line("porthole: leaving in haste: \(error.message)")
    }
  }

  /// Readable when somebody wants something of the agent.
  var deskDescriptor: Int32? { desk?.descriptor }

  /// Does for others what only the agent can do.
  func serveDesk() {
    desk?.serve { try ask($0) }
  }

  /// Says in a line of talk that an instance is not reached through its agent.
  func tellDetour() { if let detour { Talk.line(detour) } }

  /// Asks an agent to tell of the instance over this link, where there is no other; returns whether it
  /// does.
  func startTelemetry(hertz: Int) -> Bool {
    instance == nil && (try? remote?.startTelemetry(hertz: hertz)) == true
  }

  /// What the agent has told.
  var telemetry: TelemetryFeed? { remote?.telemetry }

  /// Lets the agent hear that somebody listens.
  func keepTelemetry() { try? remote?.keepTelemetry() }

  /// Has the agent at the other end of the link do something.
  func ask(_ request: AgentRequest) throws {
    do throws(InspectError) { try remote?.ask(request) } catch { throw Failure(attaching: error) }
  }

  /// Refuses a TARGET of which is known without a connection that nothing is there.
  static func check(_ target: String?) throws {
    if let target, case .core(let text) = try TargetName.parse(target) {
      _ = try OpenedCore.open(text)
      return
    }
    if let target, case .recording(let path) = try TargetName.parse(target) {
      _ = try RecordingSource.open(path)
      return
    }
    guard case .unix(let path)? = try find(target).endpoint else { return }
    guard access(path, F_OK) == 0 else {
      throw Failure(.nothingThere, "there is no socket \(path)")
    }
  }

  /// What a TARGET means.
  private struct Place {
    var name: String
    /// Where to attach; nil for an instance, which has several places.
    var endpoint: Endpoint?
    var instance: Instance?
    /// What answers there where it does not say itself.
    var kind: String?

    init(name: String, endpoint: Endpoint, instance: Instance? = nil, kind: String? = nil) {
      (self.name, self.endpoint, self.instance, self.kind) = (name, endpoint, instance, kind)
    }

    init(_ instance: Instance) { (name, self.instance) = (instance.name, instance) }
  }

  private static func find(_ text: String?) throws -> Place {
    let registry = Registry()
    guard let text else { return Place(try registry.onlyInstance()) }
    let target = try TargetName.parse(text)
    switch target {
    case .instance(let name): return Place(try registry.instance(named: name))
    case .qemu(.unix(let name)) where Instance.isName(name) && access(name, F_OK) != 0:
      let instance = try registry.instance(named: name)
      return Place(
        name: text, endpoint: .unix(path: instance.gdbSocket), instance: instance, kind: "QEMU")
    case .qemu(let address): return Place(name: text, endpoint: endpoint(address), kind: "QEMU")
    case .gdb(let address): return Place(name: text, endpoint: endpoint(address))
    case .agent(let address): return Place(name: text, endpoint: endpoint(address), kind: "agent")
    case .serial(let device, let baud):
      return Place(name: text, endpoint: .serial(device: device, baud: baud), kind: "agent")
    case .core: throw Failure(.usage, "\(text) cannot be attached to")
    case .recording:
      throw Failure(
        .usage,
        "a recording has no stacks and registers; it is for attach (the dashboard), top, "
          + "counters, events, memory, net, log, profile, trace, lint, wait-for and export")
    }
  }

  private static func endpoint(_ address: LinkAddress) -> Endpoint {
    switch address {
    case .unix(let path): .unix(path: path)
    case .tcp(let host, let port): .tcp(host: host, port: port)
    }
  }

  /// The symbols of an instance: from the cache, or beside its image.
  private static func symbols(of id: BuildID?, image: String?) -> SymbolFile? {
    guard let id else { return nil }
    if let path = SymbolCache.path(of: id) { return try? SymbolFile(path: path) }
    let beside = image.flatMap { try? SymbolFile(path: $0 + ".elf") }
    return beside?.buildID == id ? beside : nil
  }

  /// The symbols of a program that a stub names: those in the cache if it is a stripped one of ours,
  /// or its own.
  private static func symbols(ofExecutable path: String) -> SymbolFile? {
    let own = try? SymbolFile(path: path)
    let cached = own?.buildID.flatMap { SymbolCache.path(of: $0) }
    return cached.flatMap { try? SymbolFile(path: $0) } ?? own
  }

  private static func open(_ path: String) throws(Failure) -> SymbolFile {
    do throws(SymbolError) {
      return try SymbolFile(path: path)
    } catch {
      switch error {
      case .cannotOpen: throw Failure(.usage, "cannot read the symbols in \(path)")
      case .malformed: throw Failure(.usage, "\(path) is no ELF file that can be understood")
      case .noDebugInformation: throw Failure(.usage, "\(path) has no debug information")
      }
    }
  }
}

extension Failure {
  /// What a failure to attach means to the exit status.
  init(attaching error: InspectError) {
    switch error {
    case .forbidden: self.init(.refused, error.message)
    case .timedOut: self.init(.timedOut, error.message)
    case .lost(let text): self.init(.nothingThere, text)
    default: self.init(.nothingThere, error.message)
    }
  }
}
