// What a stop looks like at the prompt: the reason in gdb's words, the frame if it is a new one,
// the source line, then the displays.

internal import Bytes
internal import Expressions
internal import Inspect
internal import JSON
public import Session
internal import TerminalText

extension Interpreter {
  /// Says what a running target did. The owner of the session calls it with the events that it
  /// pumps; commands that wait call it themselves.
  public func report(_ event: SessionEvent) -> CommandOutcome {
    switch event {
    case .stopped(let stop):
      let script = ScriptCommands.lines(for: stop.reason, state.scripts)
      if let script { state.scripts.due.append(script) }
      report(stop, isSilent: ScriptCommands.isSilent(script))
      return isBusy ? .done : dueScriptsOutcome()
    case .console(let bytes):
      console(bytes)
      return .running
    case .ended(let reason):
      if case .exited(let status) = reason {
        session.values.set("_exitcode", to: Value(UInt64(clamping: status), as: .int))
      }
      line(Self.text(of: reason))
      object(Self.object(of: reason))
      return .ended(reason)
    case .lost(let text): return .lost(Self.harmless(text))
    }
  }

  private func console(_ bytes: [UInt8]) {
    if isJSON {
      var object = JSONObject(schema: "console")
      object["text"] = .string(String(decoding: bytes, as: UTF8.self))
      say(.object(object.text))
      return
    }
    // Lines are kept apart; what follows the last line break stays open.
    let text = String(decoding: bytes.filter { $0 != 13 }, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    say(.console(lines.map { Sanitizer.visible(String($0), tabWidth: 8) }.joined(separator: "\n")))
  }

  /// Runs the lists of a stop that came while no command waited.
  private func dueScriptsOutcome() -> CommandOutcome {
    do {
      try runDueScripts()
      return .done
    } catch { return Self.outcome(of: error) }
  }

  private func report(_ stop: StopSummary, isSilent: Bool) {
    state.listing.isCentred = true
    object(stopObject(stop))
    if isSilent { return }
    let frame = stop.frame
    var head = ""
    switch stop.reason {
    case .arrived, .finished: break
    case .breakpoint(let number, let isTemporary):
      line("")
      head = (isTemporary ? "Temporary breakpoint " : "Breakpoint ") + "\(number), "
    case .watchpoint:
      line("")
      for (index, text) in stop.headline.enumerated() {
        if index == 1 { line("") }
        line(text)
      }
    default:
      line("")
      for text in stop.headline { line(text) }
    }
    if let frame { place(frame, stop, head) }
    if case .finished(let returned?) = stop.reason {
      let number = session.values.record(returned)
      line("Value returned is $\(number) = \(ValueText.text(returned))")
    }
    if session.target.isNonStop {
      line("[" + (session.wholeStop ?? "the other threads run on") + "]")
    }
    DisplayCommands.showAll(self)
  }

  private func place(_ frame: FrameSnapshot, _ stop: StopSummary, _ head: String) {
    let source = FrameText.sourceLine(frame, session: session)
    if stop.isNewFrame || source == nil || !head.isEmpty {
      line(head + FrameText.text(frame, showsAddress: !stop.isAtLineStart))
      if let source { line(source) }
    } else if let source {
      line((stop.isAtLineStart ? "" : FrameText.wide(frame.pc) + "\t") + source)
    }
  }

  private func stopObject(_ stop: StopSummary) -> JSONObject {
    var object = JSONObject(schema: "stop")
    switch stop.reason {
    case .arrived: object["reason"] = "arrived"
    case .breakpoint(let number, let isTemporary):
      object["reason"] = "breakpoint"
      object["number"] = .integer(number)
      object["temporary"] = .bool(isTemporary)
    case .watchpoint(let number, let expression, let old, let new):
      object["reason"] = "watchpoint"
      object["number"] = .integer(number)
      object["expression"] = .string(expression)
      object["old"] = .string(old)
      object["new"] = .string(new)
    case .watchpointOutOfScope(let number, let expression):
      object["reason"] = "watchpoint-scope"
      object["number"] = .integer(number)
      object["expression"] = .string(expression)
    case .finished(let returned):
      object["reason"] = "finished"
      object["returned"] = returned.map { .string(ValueText.text($0)) } ?? .null
      object["type"] = returned.map { .string($0.type.name) } ?? .null
    case .interrupted: object["reason"] = "interrupted"
    case .signal(let number):
      object["reason"] = "signal"
      object["signal"] = .integer(number)
    case .conditionFailed(let number, let message):
      object["reason"] = "condition-failed"
      object["number"] = .integer(number)
      object["message"] = .string(message)
    }
    if session.target.isNonStop {
      object["everythingStands"] = session.wholeStop.map { .string($0) } ?? .null
    }
    object["thread"] = stop.thread.map { .string(ThreadCommands.text($0)) } ?? .null
    object["frame"] = stop.frame.map { FrameText.object($0, session: session) } ?? .null
    object["newFrame"] = .bool(stop.isNewFrame)
    object["text"] = .array(stop.headline.map { .string($0) })
    return object
  }

  static func text(of reason: EndReason) -> String {
    switch reason {
    case .exited(let status):
      status == 0
        ? "[The target exited normally]"
        : "[The target exited with code \((status < 8 ? "0" : "") + String(status, radix: 8))]"
    case .killed(let signal): "The target was ended by signal \(signal)."
    }
  }

  static func object(of reason: EndReason) -> JSONObject {
    var object = JSONObject(schema: "ended")
    switch reason {
    case .exited(let status): object["status"] = .integer(status)
    case .killed(let signal): object["signal"] = .integer(signal)
    }
    return object
  }
}
