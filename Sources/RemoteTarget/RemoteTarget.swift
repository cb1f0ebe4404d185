// A target behind a stub of the GDB remote protocol: QEMU's, gdbserver's, or any other.
//
// Attaching leaves the target stopped, since QEMU stops its guest for whoever connects and answers
// only while it is stopped; `wasRunning` tells whether it ran before, and `resume` lets it go on.
// While it runs nothing is sent but an interrupt. A guardian process (Guardian.swift) lets the
// target run on should this process die in between.

internal import Bytes
internal import GDBRemote
internal import Glibc
public import Inspect

/// A target reached through a stub of the GDB remote protocol.
public final class RemoteTarget: Inspectable {
  public private(set) var profile: TargetProfile
  public internal(set) var state: ExecutionState
  /// Whether the target ran until this client came.
  public let wasRunning: Bool

  let connection: Connection
  let introduction: Introduction
  var cache = MemoryCache()
  /// The thread that register requests are about, as last told to the stub.
  var selectedThread: RemoteThread?
  /// The thread that stopped last.
  var stoppedThread: RemoteThread?
  /// Whether the next stop was asked for.
  var wantsStop = false
  /// What the last stop's signal was, to be passed on to a process.
  var pendingSignal: UInt8?
  /// A range step that is done one instruction at a time.
  var steppingRange: (range: Range<Address>, thread: RemoteThread?)?
  /// Whether the stub was asked for `X`.
  var probedBinaryWrite = false
  var guardian: Guardian?
  /// Who stands, in non-stop mode; nil outside of it.
  var standing: Standing?
  /// What the agent tells of the instance, where it was asked to.
  var feed: TelemetryFeed?
  /// Packets that came unasked while attaching: QEMU's `T02`, which was waited for.
  private let greetings: Int

  init(
    _ connection: Connection, introduction: Introduction, guardian: Guardian?, name: String,
    kindHint: String?
  ) {
    self.connection = connection
    self.introduction = introduction
    self.guardian = guardian
    // A serial port is slow, also where it is emulated and a socket leads to it.
    if !connection.link.isReliable {
      cache = MemoryCache(pageSize: 512)
    } else if introduction.kind == .agent {
      cache = MemoryCache(pageSize: 1024)
    }
    greetings = connection.client.statistics.unexpected
    wasRunning = introduction.wasRunning
    profile = Self.profile(of: introduction, name: name, kindHint: kindHint)
    state = .stopped(StopReason(signal: 0, thread: nil, cause: .request))
    if let stop = introduction.stop { note(stop, isRequested: true) }
  }

  deinit {
    guard let guardian else { return }
    connection.link.leave()
    guardian.abandon()
  }

  public var statistics: LinkStatistics {
    var statistics = LinkStatistics()
    statistics.roundTrips = connection.roundTrips
    statistics.bytesSent = connection.link.bytesSent
    statistics.bytesReceived = connection.link.bytesReceived
    statistics.retransmissions = connection.client.statistics.retransmissions
    statistics.unexpected = connection.client.statistics.unexpected - greetings
    statistics.lastRoundTripMicroseconds = connection.lastRoundTripMicroseconds
    return statistics
  }

  /// The socket; one packet may carry several events, so call `waitForEvent` until it has none.
  public var eventDescriptor: Int32? { connection.link.descriptor }

  /// The process id of the guardian, for tests; `nil` without one.
  public var guardianProcess: Int32? { guardian?.process }

  public func monitor(_ command: String) throws(InspectError) -> [UInt8] {
    try requireStopped()
    let answer = try connection.exchange(
      .monitor(Array(command.utf8)), patience: Connection.monitorPatience)
    cache.drop()
    if let text = answer.errorText { throw .refusal(answer, or: text) }
    if answer.isUnsupported, answer.output.isEmpty {
      throw .unsupported("the target has no monitor")
    }
    return answer.isOK ? answer.output : answer.output + (answer.hexText ?? [])
  }

  public func detach() throws(InspectError) {
    if case .ended = state { return endLink() }
    try requireLink()
    if state == .running, !isNonStop { try stopForDetaching() }
    if case .ended = state { return endLink() }
    for point in connection.client.planted {
      _ = try connection.exchange(point, inserting: false)
    }
    let process = currentThread?.process
    let answer = try connection.exchange(.detach(process: process))
    guard answer.isOK else { throw .refusal(answer, or: "the target does not detach") }
    endLink()
  }

  /// Removes everything planted and ends the link, leaving the target stopped: for one that stood
  /// still before this client came.
  public func leaveStopped() throws(InspectError) {
    try setNonStop(false)
    try requireStopped()
    for point in connection.client.planted {
      _ = try connection.exchange(point, inserting: false)
    }
    endLink()
  }

  public func kill() throws(InspectError) {
    try requireLink()
    if state == .running, !isNonStop { try stopForDetaching() }
    if case .ended = state { return endLink() }
    try connection.post(.kill)
    // The stub reads the packet before it sees the link close.
    _ = connection.nextIncident(milliseconds: 1000)
    state = .ended(.killed(signal: 9))
    endLink()
  }

  /// Says goodbye to the guardian and closes the link.
  private func endLink() {
    guardian?.dismiss()
    guardian = nil
    connection.close()
    if case .ended = state { return }
    state = .lost("detached")
  }

  private func stopForDetaching() throws(InspectError) {
    try interrupt()
    let deadline = monotonicMilliseconds() + Connection.patience
    while state == .running {
      guard monotonicMilliseconds() < deadline else {
        throw .timedOut("the target does not stop")
      }
      _ = try waitForEvent(milliseconds: 100)
    }
  }

  // MARK: What calls require

  func requireLink() throws(InspectError) {
    if case .lost(let reason) = state { throw .lost(reason) }
    if let reason = connection.lossReason {
      state = .lost(reason)
      throw .lost(reason)
    }
  }

  /// Throws unless requests are heard: the target has stopped, or its threads stop one by one.
  func requireStopped() throws(InspectError) {
    try requireLink()
    switch state {
    case .stopped: return
    case .running where isNonStop: return
    case .running: throw .wrongState("the target runs: interrupt it first")
    case .ended: throw .wrongState("the target has ended")
    case .lost(let reason): throw .lost(reason)
    }
  }

  private static func profile(
    of introduction: Introduction, name: String, kindHint: String?
  ) -> TargetProfile {
    let kind =
      switch introduction.kind {
      case .qemu: "QEMU"
      case .gdbserver: "gdbserver"
      case .agent: "agent"
      case .other: kindHint ?? "GDB stub"
      }
    let description = introduction.description
    let registers = description.registers.map {
      RegisterDefinition(
        name: $0.name, size: $0.size, number: $0.number, group: $0.group, type: $0.type)
    }
    var profile = TargetProfile(
      architecture: description.architecture.hasPrefix("aarch64") ? .aarch64 : .x86_64,
      registers: registers, name: name, kind: kind,
      memoryMap: introduction.memoryMap.map {
        MemoryRegion(start: $0.start, size: $0.size, kind: $0.kind)
      },
      entry: introduction.entry,
      executable: introduction.executable.isEmpty
        ? nil : String(decoding: introduction.executable, as: UTF8.self))
    profile.evaluatesConditions = introduction.features.capabilities.contains(.conditions)
    // gdbserver announces log points too, but prints them on a terminal of its own.
    profile.printsLogPoints = profile.evaluatesConditions && introduction.kind == .agent
    return profile
  }
}
