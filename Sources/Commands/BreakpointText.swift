// Breakpoints as gdb words and tabulates them.

internal import Bytes
internal import JSON
internal import Session
internal import Symbols

enum BreakpointText {
  /// Returns `Breakpoint 1 at 0x401136: file t.c, line 12.`
  static func made(_ breakpoint: BreakpointSnapshot, session: Session) -> String {
    var text = breakpoint.isTemporary ? "Temporary breakpoint" : "Breakpoint"
    if breakpoint.kind.hasPrefix("hw") {
      text =
        breakpoint.isTemporary ? "Temporary hardware breakpoint" : "Hardware assisted breakpoint"
    }
    if !breakpoint.log.isEmpty { text = "Dprintf" }
    text += " \(breakpoint.number) at "
    guard let first = breakpoint.addresses.first else { return text + breakpoint.specification }
    text += first.hex
    if breakpoint.addresses.count > 1 {
      return text + ": \(breakpoint.specification). (\(breakpoint.addresses.count) locations)"
    }
    if let place = session.symbols?.frames(at: first).first, let file = place.file {
      text += ": file \(file), line \(place.line)."
    }
    return text
  }

  /// Returns `in main at t.c:12`, `<main+4>`, or nothing.
  static func place(_ address: Address, session: Session) -> String {
    if let place = session.symbols?.frames(at: address).first {
      guard let file = place.file else { return "<\(place.function)>" }
      return "in \(place.function) at \(file):\(place.line)"
    }
    let symbol = session.symbolic(address)
    return symbol.isEmpty ? "" : "<\(symbol)>"
  }

  /// The table of `info breakpoints`.
  static func table(
    _ breakpoints: [BreakpointSnapshot], session: Session, scripts: [Int: [String]] = [:]
  ) -> [String] {
    let kinds = breakpoints.map(\.kind.utf8.count)
    let width = max(14, kinds.max() ?? 0)
    let hasCode = breakpoints.contains { !isWatchpoint($0) }
    let addressWidth = hasCode ? 18 : 10
    var lines = [
      "Num     " + padded("Type", width) + " Disp Enb " + padded("Address", addressWidth) + " What"
    ]
    for breakpoint in breakpoints {
      let head =
        padded("\(breakpoint.number)", 7) + " " + padded(breakpoint.kind, width) + " "
        + disposition(breakpoint) + " " + (breakpoint.isEnabled ? "y" : "n")
        + "   "
      if isWatchpoint(breakpoint) {
        lines.append(head + padded("", addressWidth) + " " + breakpoint.specification)
      } else if breakpoint.addresses.count == 1 {
        lines.append(head + row(breakpoint.addresses[0], session: session))
      } else {
        lines.append(head + padded("<MULTIPLE>", addressWidth))
      }
      lines += notes(breakpoint)
      lines += (scripts[breakpoint.number] ?? []).map { "        " + $0 }
      guard breakpoint.addresses.count > 1, !isWatchpoint(breakpoint) else { continue }
      for (index, address) in breakpoint.addresses.enumerated() {
        lines.append(
          padded("\(breakpoint.number).\(index + 1)", 7) + " " + padded("", width)
            + "      y   " + row(address, session: session))
      }
    }
    return lines
  }

  static func isWatchpoint(_ breakpoint: BreakpointSnapshot) -> Bool {
    breakpoint.kind.hasSuffix("watchpoint")
  }

  private static func row(_ address: Address, session: Session) -> String {
    FrameText.wide(address) + " " + place(address, session: session)
  }

  private static func notes(_ breakpoint: BreakpointSnapshot) -> [String] {
    var lines: [String] = []
    let evaluation = evaluation(breakpoint)
    if !breakpoint.condition.isEmpty {
      lines.append("\tstop only if \(breakpoint.condition)" + evaluation)
    }
    if let hits = breakpoint.knownHits, hits > 0 {
      let times = hits == 1 ? "1 time" : "\(hits) times"
      lines.append("\tbreakpoint already hit \(times)")
    }
    if breakpoint.ignore > 0 { lines.append("\tignore next \(breakpoint.ignore) hits") }
    if let left = breakpoint.hitsUntilDisabled, left > 1 {
      let word = breakpoint.ignore > 0 ? "additional" : "next"
      lines.append("\tdisable after \(word) \(left) hits")
    }
    if !breakpoint.log.isEmpty {
      lines.append(
        "        printf \(breakpoint.log)" + (breakpoint.condition.isEmpty ? evaluation : ""))
    }
    return lines
  }

  /// gdb's words for who decides, and why the target does not where it could.
  private static func evaluation(_ breakpoint: BreakpointSnapshot) -> String {
    switch breakpoint.decision {
    case .target: " (target evals)"
    case .session(""): ""
    case .session(let why): " (host evals: \(why))"
    }
  }

  /// What becomes of a breakpoint that stopped the target.
  private static func disposition(_ breakpoint: BreakpointSnapshot) -> String {
    breakpoint.isTemporary ? "del " : breakpoint.hitsUntilDisabled != nil ? "dis " : "keep"
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }

  /// A breakpoint as JSON.
  static func object(
    _ breakpoint: BreakpointSnapshot, session: Session, script: [String] = []
  ) -> JSONObject {
    var object = JSONObject(schema: "breakpoint")
    object["commands"] = .array(script.map { .string($0) })
    object["number"] = .integer(breakpoint.number)
    object["kind"] = .string(breakpoint.kind)
    object["specification"] = .string(breakpoint.specification)
    object["condition"] = .string(breakpoint.condition)
    object["log"] = breakpoint.log.isEmpty ? .null : .string(breakpoint.log)
    object["evaluatedBy"] = .string(breakpoint.decision == .target ? "target" : "host")
    if case .session(let why) = breakpoint.decision, !why.isEmpty {
      object["evaluatedByHostBecause"] = .string(why)
    }
    object["enabled"] = .bool(breakpoint.isEnabled)
    object["temporary"] = .bool(breakpoint.isTemporary)
    object["hits"] = breakpoint.knownHits.map { .integer($0) } ?? .null
    object["ignore"] = .integer(breakpoint.ignore)
    object["disableAfter"] = breakpoint.hitsUntilDisabled.map { .integer($0) } ?? .null
    object["locations"] = .array(
      breakpoint.addresses.map { address in
        var location = JSONObject()
        location["address"] = .string(address.hex)
        if let place = session.symbols?.frames(at: address).first {
          location["function"] = .string(place.function)
          location["file"] = place.file.map { .string($0) } ?? .null
          location["line"] = .integer(place.line)
        }
        return .object(location)
      })
    return object
  }
}
