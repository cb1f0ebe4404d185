// backtrace, frame, up, down: looking at the stack.

internal import JSON
internal import Session
internal import Symbols

enum StackCommands {
  static let all: [Command] = [
    Command(
      name: "backtrace", aliases: ["bt", "where"], group: .stack,
      usage: "backtrace [full] [N|-N]", summary: "Show the stack, innermost frame first",
      manual: """
        With N only the innermost N frames, with -N the outermost. "full" (or -full) shows the local
        variables of each.
        """, pauses: true, run: backtrace),
    Command(
      name: "frame", aliases: ["f"], group: .stack, usage: "frame [N]",
      summary: "Select a frame by its number, or show the selected one",
      manual:
        "Registers, variables, list and disassemble then mean that frame. Frame 0 is innermost.",
      run: frame),
    Command(
      name: "up", group: .stack, usage: "up [N]",
      summary: "Select the caller, N frames further out",
      run: { try move($0, by: try $0.count()) }),
    Command(
      name: "down", aliases: ["dow"], group: .stack, usage: "down [N]",
      summary: "Select the called frame, N frames further in",
      run: { try move($0, by: -(try $0.count())) }),
  ]

  /// How many frames are shown at most.
  private static let limit = 1000

  static func backtrace(_ call: Invocation) throws {
    var isFull = false
    var count: Int?
    for word in Words.split(call.arguments) {
      if word == "full" || word == "-full" {
        isFull = true
      } else {
        count = try call.with(arguments: word).count()
      }
    }
    let wanted = count.map { $0 > 0 ? min($0, limit) : limit } ?? limit
    var frames = try call.session.backtrace(limit: min(wanted + 1, limit))
    let isCut = frames.count > wanted
    if isCut { frames.removeLast() }
    var first = 0
    if let count, count < 0 {
      first = max(0, frames.count + count)
    }
    if frames.isEmpty { throw CommandError.message("No stack.") }
    for index in first..<frames.count {
      let inner = index > 0 ? frames[index - 1] : nil
      call.line(FrameText.numbered(frames[index], inner: inner, session: call.session))
      if isFull { try locals(of: index, call) }
    }
    if isCut { call.line("(More stack frames follow...)") }
    call.object(object(frames, from: first, isCut: isCut, isFull: isFull, call))
  }

  private static func locals(of index: Int, _ call: Invocation) throws {
    let locals = try call.session.variables(frame: index).filter { !$0.isArgument }
    if locals.isEmpty { call.line("No locals.") }
    for local in locals { call.line("        \(local.name) = \(Variables.text(local))") }
  }

  private static func object(
    _ frames: [FrameSnapshot], from first: Int, isCut: Bool, isFull: Bool, _ call: Invocation
  ) -> JSONObject {
    var object = JSONObject(schema: "backtrace")
    object["frames"] = .array(
      frames[first...].map { frame in
        var value = FrameText.object(frame, session: call.session)
        guard isFull, case .object(var fields) = value else { return value }
        let variables = (try? call.session.variables(frame: frame.index)) ?? []
        fields["variables"] = .array(variables.map(InfoValues.object))
        value = .object(fields)
        return value
      })
    object["more"] = .bool(isCut)
    return object
  }

  private static func frame(_ call: Invocation) throws {
    var text = call.arguments
    for word in ["level", "number"] where text.hasPrefix(word + " ") {
      text = Words.trimmed(text.dropFirst(word.count))
    }
    if text.hasPrefix("function ") {
      let name = Words.trimmed(text.dropFirst(9))
      let frames = try call.session.backtrace(limit: limit)
      guard let found = frames.first(where: { $0.function == name }) else {
        throw CommandError.message("No frame for function \"\(name)\".  Try \"backtrace\".")
      }
      try call.session.select(frame: found.index)
    } else if !text.isEmpty {
      try call.session.select(frame: try call.with(arguments: text).count())
    }
    try show(call)
  }

  private static func move(_ call: Invocation, by count: Int) throws {
    let frames = try call.session.backtrace(limit: limit)
    let old = call.session.selectedFrame
    let new = max(0, min(old + count, frames.count - 1))
    if new == old, count != 0 {
      throw CommandError.message(
        count > 0
          ? "Initial frame selected; you cannot go up."
          : "Bottom (innermost) frame selected; you cannot go down.")
    }
    try call.session.select(frame: new)
    try show(call)
  }

  /// Prints the selected frame and its source line.
  static func show(_ call: Invocation) throws {
    let index = call.session.selectedFrame
    let frames = try call.session.backtrace(limit: index + 1)
    guard frames.indices.contains(index) else { throw CommandError.message("No stack.") }
    call.interpreter.state.listing.isCentred = true
    let inner = index > 0 ? frames[index - 1] : nil
    call.line(FrameText.numbered(frames[index], inner: inner, session: call.session))
    if let source = FrameText.sourceLine(frames[index], session: call.session) {
      let isMiddle = FrameText.showsAddress(frames[index], inner: inner, session: call.session)
      call.line((index == 0 && isMiddle ? FrameText.wide(frames[index].pc) + "\t" : "") + source)
    }
    call.object(
      {
        var object = JSONObject(schema: "frame")
        object["frame"] = FrameText.object(frames[index], session: call.session)
        return object
      }())
  }
}
