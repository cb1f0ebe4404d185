// `porthole net --capture`: what goes over an instance's network card, as a file that Wireshark reads.

internal import Exchange
internal import Glibc
internal import JSON
internal import Launcher
internal import Readings
internal import TerminalText

/// One capture, from its first packet to its end.
struct PacketCapture {
  private let instance: Instance
  private let output: String
  private let file: Int32
  private let filter: PacketFilter?
  private let words: String
  private var writer = PcapngWriter()
  private var stream = PcapStream()
  private var seen: UInt64 = 0
  private var bytes: UInt64 = 0
  private var cuts = 0
  private var short: UInt64 = 0
  /// What has to be added to the guest's clock.
  private var offset: Int?

  private let signals = SignalDescriptor(Interruption.signals)
  /// When it ends by itself, in microseconds.
  private var until = Int.max

  private enum End: String { case time, interrupted, ended }

  /// Who reads what is written has gone.
  private struct ReaderGone: Error {}
  /// Who reads takes nothing, and the capture is to end.
  private struct Unread: Error {}

  /// Opens the file; `-` is standard output.
  init(_ target: String?, to output: String, filter words: String) throws {
    switch try target.map({ try TargetName.parse($0) }) {
    case nil: instance = try Registry().onlyInstance()
    case .instance(let name): instance = try Registry().instance(named: name)
    default:
      throw Failure(
        .usage, "packets are captured where QEMU has them: name an instance of porthole run")
    }
    filter = words.isEmpty ? nil : try PacketFilter(words)
    self.words = words
    self.output = output
    // What is there already stays until it is known that there is something to capture.
    file = output == "-" ? 1 : open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Failure(.no, "\(output): \(String(cString: strerror(errno)))") }
    guard isatty(file) == 0 else {
      throw Failure(.usage, "-o - is for a pipe: porthole net NAME --capture -o - | tshark -r -")
    }
  }

  /// Captures until Ctrl-C, the end of the instance, or for so many seconds.
  mutating func run(seconds: Double?, json: Bool) throws {
    let start = Moment.microseconds
    until = seconds.map { start + Int($0 * 1_000_000) } ?? .max
    var tap = try Wiretap(instance)
    var why = End.time
    do {
      if file != 1 { _ = ftruncate(file, 0) }  // Fails for what has no length.
      why = try listen(&tap)
    } catch {
      tap.end()
      // A reader that went away has seen enough.
      if error is ReaderGone { exit(ExitStatus.done.rawValue) }
      guard error is Unread else { throw error }
      if signals.take() != nil { why = .interrupted }
    }
    tell(why, Moment.microseconds - start, json: json)
    // To be interrupted is how a capture without --seconds ends.
    if why == .interrupted, seconds != nil { throw Failure(.interrupted) }
  }

  /// Writes what comes, until the end.
  private mutating func listen(_ tap: inout Wiretap) throws -> End {
    try put(writer.began(name: "\(instance.name) net0", program: "porthole", filter: words))
    if tap.waits {
      Talk.line("this user may not keep QEMU from waiting: the guest stands while this tool does")
    }
    if Talk.isTerminal { Talk.line("capturing; Ctrl-C ends it") }
    var why = End.time
    while Moment.microseconds < until {
      if signals.take() != nil {
        why = .interrupted
        break
      }
      var entries = [
        pollfd(fd: tap.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let rest = min(1000, max(0, (until - Moment.microseconds + 999) / 1000))
      guard poll(&entries, 2, Int32(rest)) > 0, entries[0].revents != 0 else { continue }
      guard try !take(tap) else { continue }
      // QEMU has let go of the pipe: it was full, or QEMU is gone.
      stream = PcapStream()
      tap.end()
      guard let next = try again() else {
        why = .ended
        break
      }
      tap = next
      cuts += 1
    }
    if why != .ended {
      tap.end()
      // QEMU may not have heard of it.
      let patience = Moment.microseconds + 2_000_000
      while Moment.microseconds < patience, try take(tap, isLast: true) {}
    }
    try put(writer.ended(seen: seen))
    return why
  }

  /// Listens anew; nil if the instance has ended.
  private func again() throws -> Wiretap? {
    do {
      return instance.process.isAlive ? try Wiretap(instance) : nil
    } catch {
      guard instance.process.isAlive else { return nil }
      throw error
    }
  }

  /// Takes what is there; false at its end.
  private mutating func take(_ tap: Wiretap, isLast: Bool = false) throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    let count = read(tap.descriptor, &buffer, buffer.count)
    if count < 0 { return errno == EINTR || (errno == EAGAIN && !isLast) }
    guard count > 0 else { return false }
    var blocks: [UInt8] = []
    for packet in stream.received(buffer.prefix(count)) {
      seen += 1
      guard var packet = cleaned(packet, tap.header) else { continue }
      packet.time = time(packet.time)
      guard filter?.passes(packet) ?? true else { continue }
      bytes += UInt64(packet.bytes.count)
      blocks += writer.captured(packet)
    }
    guard !stream.isBroken else {
      throw Failure(.no, "QEMU's filter-dump wrote what is no capture")
    }
    try put(blocks)
    return true
  }

  /// The frame without what stands before it.
  private mutating func cleaned(_ packet: CapturedPacket, _ header: Int) -> CapturedPacket? {
    guard header > 0 else { return packet }
    guard packet.bytes.count >= header else {
      short += 1
      return nil
    }
    return CapturedPacket(
      time: packet.time, bytes: Array(packet.bytes.dropFirst(header)),
      length: max(0, packet.length - header))
  }

  /// The time of day of a packet. QEMU has the guest's clock, which may have stood still.
  private mutating func time(_ clock: UInt64) -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let here = now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    let difference = here - Int(clamping: clock)
    if offset.map({ difference < $0 || difference > $0 + 1_000_000 }) ?? true {
      offset = difference
    }
    return UInt64(clamping: Int(clamping: clock) + (offset ?? 0))
  }

  /// Writes bytes, as long as there is time and nobody interrupts.
  private func put(_ bytes: [UInt8]) throws {
    var left = bytes[...]
    while !left.isEmpty {
      var entries = [
        pollfd(fd: file, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let rest = min(1000, max(0, (until &- Moment.microseconds) / 1000))
      let isReady = poll(&entries, 2, Int32(rest)) > 0 && entries[0].revents != 0
      guard isReady else {
        if entries[1].revents != 0 || Moment.microseconds >= until { throw Unread() }
        continue
      }
      // A pipe that has room has it for so many (pipe(7), PIPE_BUF).
      guard Files.write(Array(left.prefix(4096)), to: file) else {
        if errno == EPIPE { throw ReaderGone() }
        throw Failure(.no, "\(output): \(String(cString: strerror(errno)))")
      }
      left = left.dropFirst(4096)
    }
  }

  private func tell(_ why: End, _ microseconds: Int, json: Bool) {
    if json, file != 1 {
      var line = JSONObject(schema: "capture")
      line["file"] = .string(output)
      line["packets"] = .unsigned(writer.packets)
      line["bytes"] = .unsigned(bytes)
      line["seen"] = .unsigned(seen)
      line["short"] = .unsigned(short)
      line["cuts"] = .integer(cuts)
      line["microseconds"] = .integer(microseconds)
      line["end"] = .string(why.rawValue)
      return Output.json(line)
    }
    var text = "\(writer.packets) packets, \(Quantity.bytes(bytes))"
    if filter != nil { text += ", of \(seen) that were seen," }
    text += " in \(Quantity.duration(nanoseconds: UInt64(microseconds) * 1000))"
    if short > 0 { text += "; \(short) were too short" }
    if cuts > 0 {
      text += "; \(cuts) times packets came faster than they were read, and some are missing"
    }
    if why == .ended { text += "; the instance has ended" }
    Talk.line(text)
    if file != 1 { Output.line(output) }
  }
}
