// Where readings of an instance come from. Its RAM as a file comes first: looking there costs the
// instance nothing, and works when it hangs or is dead. The agent's link is next; any other stub has
// to stop the target for a moment.

internal import Bytes
internal import Glibc
internal import Inspect
internal import Launcher
internal import Readings
internal import RemoteTarget
internal import Session
internal import Symbols
internal import Telemetry

/// Takes readings of one instance.
protocol ReadingSource: AnyObject {
  /// `memory`, `agent`, `stub`, `core` or `recording`.
  var kind: String { get }
  /// What the link has lost, where there is one.
  var losses: TelemetryCopy.Statistics? { get }
  /// Takes a reading of now, without the rows that nobody wants (see `Reading`).
  func take(wanting: (_ name: String, _ count: UInt64) -> Bool) throws -> Reading
  /// Looks at what is new in the profile since the last time; false if there is none here.
  func follow(_ tables: inout ProfileTables) -> Bool
  /// Does what has to be done meanwhile, for at most so long.
  func idle(milliseconds: Int) throws
  /// Ends the link, if there is one.
  func end()
  /// Whether what it tells changes no more.
  var isStill: Bool { get }
  /// Whether time passes at once for who waits (`idle`), as in a recording.
  var passesAtOnce: Bool { get }
  /// Microseconds since a reading of it was true.
  func age(of reading: Reading) -> Int
  /// The memory that the last reading was of, and its root block; nil where it cannot be had.
  var told: (memory: any TelemetryMemory, root: UInt64)? { get }
}

extension ReadingSource {
  var isStill: Bool { false }
  var passesAtOnce: Bool { false }
  var told: (memory: any TelemetryMemory, root: UInt64)? { nil }
  func age(of reading: Reading) -> Int { Moment.microseconds - reading.taken }
}

extension ReadingSource {
  /// Takes a reading of now.
  func take() throws -> Reading { try take { _, _ in true } }
}

/// The instance's RAM, as a file of this machine.
final class MemorySource: ReadingSource {
  let kind = "memory"
  let losses: TelemetryCopy.Statistics? = nil
  var told: (memory: any TelemetryMemory, root: UInt64)? { (file, root) }
  private let file: RAMFile
  private let root: UInt64
  private let name: String

  init(_ instance: Instance) throws {
    name = instance.name
    guard let file = RAMFile(instance) else {
      throw Failure(.nothingThere, "\(instance.memoryFile): \(String(cString: strerror(errno)))")
    }
    guard let root = file.findRoot() else {
      throw Failure(
        .no,
        "\(name) tells nothing of itself: build it for debugging, or with --agent "
          + "(or it has not started yet)")
    }
    self.file = file
    self.root = root
  }

  func take(wanting: (String, UInt64) -> Bool) throws -> Reading {
    // An odd generation lasts microseconds of the guest, unless it stands still in the middle.
    for _ in 0..<200 {
      file.refresh()
      if var reading = Reading(at: root, in: file, wanting: wanting) {
        reading.taken = Moment.microseconds
        return reading
      }
      usleep(5000)
    }
    throw Failure(.no, "\(name): what it tells of itself is being changed, and stays so")
  }

  func follow(_ tables: inout ProfileTables) -> Bool { tables.look(at: root, in: file) }

  func idle(milliseconds: Int) throws { usleep(UInt32(milliseconds) * 1000) }

  func end() {}
}

/// The agent's frames.
final class StreamSource: ReadingSource, AgentServant {
  let kind = "agent"
  var losses: TelemetryCopy.Statistics? { stream.copy.statistics }
  var told: (memory: any TelemetryMemory, root: UInt64)? { (stream.copy, stream.root) }
  private let stream: TelemetryStream

  /// Asks for `hertz` rounds a second, or as many as the line can carry.
  init(_ endpoint: Endpoint, hertz: Int = 10) throws {
    do throws(InspectError) {
      stream = try TelemetryStream.open(to: endpoint, hertz: hertz)
    } catch {
      throw Failure(attaching: error)
    }
  }

  func take(wanting: (String, UInt64) -> Bool) throws -> Reading {
    let deadline = Moment.microseconds + stream.snapshotPatience * 1000
    while Moment.microseconds < deadline {
      do throws(InspectError) {
        guard try stream.awaitRound(milliseconds: 1000) else { continue }
      } catch {
        throw Failure(.targetDied, error.message)
      }
      guard var reading = Reading(at: stream.root, in: stream.copy, wanting: wanting) else {
        continue
      }
      reading.taken = Moment.microseconds
      reading.time = stream.copy.time
      return reading
    }
    let lost = stream.copy.statistics.lost
    throw Failure(
      .timedOut,
      "no whole snapshot came over the link within \(stream.snapshotPatience / 1000) s"
        + (lost > 0 ? "; \(lost) frames were lost on the way" : ""))
  }

  func follow(_ tables: inout ProfileTables) -> Bool {
    tables.look(at: stream.root, in: stream.copy)
  }

  func idle(milliseconds: Int) throws {
    do throws(InspectError) {
      _ = try stream.awaitRound(milliseconds: milliseconds)
    } catch {
      throw Failure(.targetDied, error.message)
    }
  }

  func end() { stream.end() }

  func ask(_ request: AgentRequest) throws {
    do throws(InspectError) {
      try stream.ask(request)
    } catch {
      throw Failure(attaching: error)
    }
  }
}

/// A target behind another stub, stopped for each reading.
final class StubSource: ReadingSource {
  let kind = "stub"
  let losses: TelemetryCopy.Statistics? = nil
  private let options: TargetOptions

  init(_ options: TargetOptions) { self.options = options }

  func follow(_ tables: inout ProfileTables) -> Bool { false }

  func take(wanting: (String, UInt64) -> Bool) throws -> Reading {
    let target = try OpenTarget(options.target, symbols: options.symbols, cap: .observe)
    target.tellDetour()
    defer { target.leave() }
    guard let root = target.session.symbols?.data(named: "porthole_root")?.address else {
      throw Failure(
        .usage,
        "where the target tells of itself is known by a symbol; name the ELF file with --symbols")
    }
    let memory = StoppedMemory(target.supervised)
    guard var reading = Reading(at: root.value, in: memory, wanting: wanting) else {
      throw Failure(
        .no, "the target tells nothing of itself: build it for debugging, or with --agent")
    }
    reading.taken = Moment.microseconds
    return reading
  }

  func idle(milliseconds: Int) throws { usleep(UInt32(milliseconds) * 1000) }

  func end() {}
}

/// The host's monotonic clock.
enum Moment {
  /// Microseconds since some moment in the past.
  static var microseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }

  /// Lets so many milliseconds pass.
  static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
}

extension RAMFile {
  /// Opens the RAM of an instance. Fails with `errno` set.
  convenience init?(_ instance: Instance) {
    self.init(path: instance.memoryFile, segments: instance.guest.segments)
  }
}
