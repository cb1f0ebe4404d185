// Appends to a recording what a source of readings and the instance's console say.

internal import Bytes
internal import Glibc
internal import Launcher
internal import Readings
internal import Recordings
internal import Telemetry

/// A recording that is being made.
final class Recorder {
  /// Readings in it.
  private(set) var readings = 0
  /// The file's size.
  private(set) var bytes = 0
  /// Why the instance, or the link to it, is gone; nil while it is there.
  private(set) var loss: String?
  /// What was not recorded.
  private(set) var state = RecordedState()

  private let source: any ReadingSource
  private let instance: Instance?
  private let path: String
  private let descriptor: Int32
  private let start = Moment.microseconds
  private var writer = RecordingWriter()
  private var written = RecordedState()
  private var stateMoment = 0
  private var console: Int32 = -1
  private var consoleOffset: off_t = 0

  /// Bytes of the console that one look takes at most; what is beyond is left out and counted.
  private static let mostConsole = 256 << 10

  /// Begins a file, in the place of one that is there.
  init(_ source: any ReadingSource, instance: Instance?, name: String, to path: String) throws {
    self.source = source
    self.instance = instance
    self.path = path
    let first = try source.take { _, _ in false }
    guard source.told != nil else {
      throw Failure(
        .usage,
        "a recording is made of an instance's memory, or by its agent: name an instance, "
          + "unix:PATH, tcp:HOST:PORT or serial:DEVICE@BAUD")
    }
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(.no, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
    var origin = RecordingOrigin(name: name, source: source.kind)
    origin.image = instance?.guest.image ?? ""
    origin.buildID = first.buildID.map { Hex.encode($0) } ?? ""
    origin.time = time(nil)
    if let instance { console = open(instance.consoleLog, O_RDONLY | O_CLOEXEC) }
    // What was printed before is in the console's file; what is recorded are moments.
    if console >= 0 { consoleOffset = max(0, lseek(console, 0, SEEK_END)) }
    try append(writer.began(origin))
  }

  deinit {
    close(descriptor)
    if console >= 0 { close(console) }
  }

  /// Microseconds since the beginning.
  private var now: UInt64 { UInt64(Moment.microseconds - start) }

  /// Looks once at everything.
  func look() throws {
    var chunks: [UInt8] = []
    if let instance, !instance.process.isAlive { loss = "\(instance.name) is gone" }
    do {
      // What is recorded is read word by word afterwards.
      let reading = try source.take { _, _ in false }
      if let told = source.told {
        chunks = writer.looked(
          at: told.memory, rootAt: told.root, now: reading.time ?? 0, time: now)
        if !chunks.isEmpty, let ring = SampleRing(reading) {
          chunks += writer.sampled(ring, in: told.memory, time: writer.latest)
        }
      }
    } catch let failure as Failure where failure.status == .targetDied {
      loss = failure.message
    } catch let failure as Failure where failure.status == .no || failure.status == .timedOut {
      chunks = []
    }
    if chunks.isEmpty { state.skipped += loss == nil ? 1 : 0 } else { readings += 1 }
    try append(chunks + printed() + changed())
  }

  /// Ends the file in order.
  func end(_ why: RecordingEnd) throws {
    stateMoment = 0
    if why == .ended { state.status = "ended" }
    try append(printed() + changed() + writer.ended(why, time: now))
  }

  private func printed() -> [UInt8] {
    guard console >= 0 else { return [] }
    let size = lseek(console, 0, SEEK_END)
    // A guest that was started again begins its file anew.
    if size < consoleOffset { consoleOffset = 0 }
    if size - consoleOffset > off_t(Self.mostConsole) {
      state.lostConsole += UInt64(size - consoleOffset) - UInt64(Self.mostConsole)
      consoleOffset = size - off_t(Self.mostConsole)
    }
    guard size > consoleOffset else { return [] }
    var buffer = [UInt8](repeating: 0, count: Int(size - consoleOffset))
    let got = pread(console, &buffer, buffer.count, consoleOffset)
    guard got > 0 else { return [] }
    consoleOffset += off_t(got)
    return writer.printed(Array(buffer.prefix(got)), time: now)
  }

  /// The state, at most once a second, where it has changed.
  private func changed() -> [UInt8] {
    guard Moment.microseconds - stateMoment >= 1_000_000 else { return [] }
    stateMoment = Moment.microseconds
    if let instance, state.status != "ended" { state.status = instance.status().rawValue }
    if let losses = source.losses {
      state.lostFrames = losses.lost &+ losses.damaged &+ losses.skipped
    }
    guard state != written else { return [] }
    written = state
    return writer.became(state, time: now)
  }

  private func append(_ chunks: [UInt8]) throws {
    guard !chunks.isEmpty else { return }
    guard Files.write(chunks, to: descriptor) else {
      throw Failure(
        .no, "cannot write \(path): \(String(cString: strerror(errno))); what is in it can be read")
    }
    bytes += chunks.count
  }
}

extension SampleRing {
  /// The ring that an instance tells of; nil if it has no profiler.
  fileprivate init?(_ reading: Reading) {
    func gauge(_ name: String) -> UInt64? { reading.number("profile.samples." + name) }
    self.init(address: gauge("address"), capacity: gauge("capacity"), latest: gauge("latest"))
  }
}
