// info target, frame, program, link: the target, its stack's frame, and the link to it.

internal import Bytes
internal import Expressions
internal import Inspect
internal import JSON
internal import Session
internal import Symbols

enum InfoTarget {
  static let parts: [Command] = [
    InfoCommands.part(
      "target", ["files"], "info target", "What is attached, its symbols and sections",
      run: target),
    InfoCommands.part("frame", ["f"], "info frame", "All about the selected frame", run: frame),
    InfoCommands.part("program", [], "info program", "Whether the target runs", run: program),
    InfoCommands.part(
      "link", [], "info link", "What the link to the target has carried and lost", run: link),
  ]

  private static func target(_ call: Invocation) throws {
    let profile = call.session.target.profile
    call.line("Remote target: \(profile.name) (\(profile.kind), \(profile.architecture.rawValue))")
    if profile.isReadOnly { call.line("Only looking is allowed.") }
    let symbols = call.session.symbols
    call.line(symbols.map { "Symbols from \"\($0.path)\"." } ?? "No symbol file.")
    if let identity = identity(call.session.symbolStatus) { call.line(identity) }
    if let symbols { call.line("\tEntry point: \(symbols.entry.hex)") }
    for section in symbols?.sections ?? [] {
      let end = section.address.advanced(by: section.size)
      call.line(
        "\t\(FrameText.wide(section.address)) - \(FrameText.wide(end)) is \(section.name)")
    }
    for region in profile.memoryMap {
      let end = region.start.advanced(by: region.size)
      call.line("\t\(FrameText.wide(region.start)) - \(FrameText.wide(end)) is \(region.kind)")
    }
    call.object(object(profile, call.session))
  }

  private static func identity(_ status: SymbolStatus) -> String? {
    switch status {
    case .none: nil
    case .matched(let id, _): "Their build id \(id.hex) is the target's."
    case .unverified: "The target shows no build id to compare."
    case .mismatched(let target, let file, _):
      "Warning: their build id \(file.hex) is not the target's, \(target.hex)."
    case .missing(let id): "The target's build id \(id.hex) has no symbols here."
    }
  }

  private static func object(_ profile: TargetProfile, _ session: Session) -> JSONObject {
    var object = JSONObject(schema: "target")
    object["name"] = .string(profile.name)
    object["kind"] = .string(profile.kind)
    object["architecture"] = .string(profile.architecture.rawValue)
    object["readOnly"] = .bool(profile.isReadOnly)
    object["symbols"] = (session.symbols?.path).map { .string($0) } ?? .null
    object["identity"] = identity(session.symbolStatus).map { .string($0) } ?? .null
    object["entry"] = (session.symbols?.entry.hex).map { .string($0) } ?? .null
    object["sections"] = .array(
      (session.symbols?.sections ?? []).map { range($0.name, $0.address, $0.size) })
    object["memory"] = .array(profile.memoryMap.map { range($0.kind, $0.start, $0.size) })
    return object
  }

  private static func range(_ name: String, _ start: Address, _ size: UInt64) -> JSONValue {
    var object = JSONObject()
    object["name"] = .string(name)
    object["start"] = .string(start.hex)
    object["size"] = .integer(Int(clamping: size))
    return .object(object)
  }

  private static func frame(_ call: Invocation) throws {
    let session = call.session
    let index = session.selectedFrame
    let frames = try session.backtrace(limit: index + 2)
    guard frames.indices.contains(index) else { throw CommandError.message("No stack.") }
    let frame = frames[index]
    let caller = frames.indices.contains(index + 1) ? frames[index + 1] : nil
    call.line("Stack level \(index), frame at \(frame.cfa?.hex ?? "<unknown>"):")
    let name = session.target.profile.architecture == .x86_64 ? "rip" : "pc"
    var place = " \(name) = \(frame.pc.hex) in \(frame.function ?? "??")"
    if let file = frame.file, frame.line > 0 { place += " (\(file):\(frame.line))" }
    if let caller { place += "; saved \(name) = \(caller.pc.hex)" }
    call.line(place)
    var relations: [String] = []
    if let caller {
      let address = caller.cfa?.hex ?? "<unknown>"
      relations.append(
        frame.isInlined ? "inlined into frame \(caller.index)" : "called by frame at \(address)")
    }
    if index > 0 {
      relations.append("caller of frame at \(frames[index - 1].cfa?.hex ?? "<unknown>")")
    }
    if !relations.isEmpty { call.line(" " + relations.joined(separator: ", ")) }
    if frame.isInterrupted, index > 0 { call.line(" interrupted here, not by a call") }
    call.line(" args: \(frame.arguments)")
    if let cfa = frame.cfa { call.line(" Previous frame's sp is \(cfa.hex)") }
    call.object(
      {
        var object = JSONObject(schema: "frame")
        object["frame"] = FrameText.object(frame, session: session)
        object["caller"] = caller.map { FrameText.object($0, session: session) } ?? .null
        return object
      }())
  }

  private static func program(_ call: Invocation) throws {
    var object = JSONObject(schema: "program")
    switch call.session.target.state {
    case .running:
      call.line("The target is running.  \"interrupt\" stops it.")
      object["state"] = "running"
    case .stopped(let reason):
      let pc = try? call.session.evaluate("$pc").asAddress
      call.line("The target is stopped at \(pc.map { call.support.text(of: $0) } ?? "?").")
      object["state"] = "stopped"
      object["signal"] = .integer(reason.signal)
      object["pc"] = pc.map { .string($0.hex) } ?? .null
    case .ended(let reason):
      call.line(Interpreter.text(of: reason))
      object["state"] = "ended"
    case .lost(let why):
      call.line("The link is gone: \(why).")
      object["state"] = "lost"
    }
    call.object(object)
  }

  private static func link(_ call: Invocation) {
    let statistics = call.session.target.statistics
    let rows: [(String, Int)] = [
      ("round trips", statistics.roundTrips), ("bytes sent", statistics.bytesSent),
      ("bytes received", statistics.bytesReceived),
      ("sent again or discarded", statistics.retransmissions),
      ("not asked for", statistics.unexpected),
      ("last round trip in microseconds", statistics.lastRoundTripMicroseconds),
    ]
    var object = JSONObject(schema: "link")
    for (name, value) in rows {
      call.line(BreakpointText.padded(name, 32) + " \(value)")
      object[name.replacing(" ", with: "-")] = .integer(value)
    }
    call.object(object)
  }
}
