// thread, thread apply: cores of a machine, threads of a process.

internal import Inspect
internal import JSON
internal import Session

enum ThreadCommands {
  static let all: [Command] = [
    Command(
      name: "thread", aliases: ["t", "th", "thr"], group: .stack,
      usage: "thread [N | apply N...|all COMMAND]",
      summary: "Select a thread by its number, or show the selected one",
      manual: """
        Numbers are those of "info threads". "thread apply all bt" runs a command for each.
        """, run: run)
  ]

  /// Returns `1.2`, or `2` where the target knows no processes.
  static func text(_ id: ThreadID) -> String {
    id.process == 0 ? "\(id.thread)" : "\(id.process).\(id.thread)"
  }

  /// Returns `Thread 1.2 (CPU#1)`.
  static func description(_ thread: ThreadInfo) -> String {
    "Thread \(text(thread.id))" + (thread.name.isEmpty ? "" : " (\(thread.name))")
  }

  private static func run(_ call: Invocation) throws {
    let (word, rest) = Words.first(call.arguments)
    if word == "apply" { return try apply(call.with(arguments: rest)) }
    let threads = try call.session.target.threads()
    if word.isEmpty {
      guard let index = selected(threads, call.session) else {
        throw CommandError.message("No thread selected.  Try \"info threads\".")
      }
      call.line("[Current thread is \(index + 1) (\(description(threads[index])))]")
      return call.object(object(threads[index], index, isSelected: true))
    }
    let number = try call.with(arguments: word).count()
    guard threads.indices.contains(number - 1) else {
      throw CommandError.message("Unknown thread \(word).  Try \"info threads\".")
    }
    try call.session.select(thread: threads[number - 1].id)
    call.line("[Switching to thread \(number) (\(description(threads[number - 1])))]")
    call.object(object(threads[number - 1], number - 1, isSelected: true))
    try StackCommands.show(call)
  }

  /// The index of the thread that commands mean: the selected one, else the one that stopped.
  static func selected(_ threads: [ThreadInfo], _ session: Session) -> Int? {
    var id = session.selectedThread
    if id == nil, case .stopped(let reason) = session.target.state { id = reason.thread }
    return threads.firstIndex { $0.id == id } ?? (threads.isEmpty ? nil : 0)
  }

  private static func apply(_ call: Invocation) throws {
    let threads = try call.session.target.threads()
    var words = Words.split(call.arguments)
    var numbers: [Int] = []
    if words.first == "all" {
      words.removeFirst()
      numbers = Array(1...max(1, threads.count))
    } else {
      while let word = words.first, word.first?.isNumber == true {
        numbers += try Words.numbers(word)
        words.removeFirst()
      }
    }
    guard !numbers.isEmpty, !words.isEmpty else {
      throw call.usage("Please specify threads and a command to run for them.")
    }
    let line = words.joined(separator: " ")
    let frame = call.session.selectedFrame
    let thread = selected(threads, call.session).map { threads[$0].id }
    defer { restore(thread, frame, call.session) }
    for number in numbers {
      guard threads.indices.contains(number - 1) else {
        throw CommandError.message("Unknown thread \(number).  Try \"info threads\".")
      }
      try call.session.select(thread: threads[number - 1].id)
      call.line("")
      call.line("Thread \(number) (\(description(threads[number - 1]))):")
      call.object(object(threads[number - 1], number - 1, isSelected: true))
      try call.interpreter.nested(line)
    }
  }

  private static func restore(_ thread: ThreadID?, _ frame: Int, _ session: Session) {
    guard let thread else { return }
    // The target may have ended meanwhile; then there is nothing to go back to.
    try? session.select(thread: thread)
    try? session.select(frame: frame)
  }

  /// The table of `info threads`.
  static func list(_ call: Invocation) throws {
    let session = call.session
    let threads = try session.target.threads()
    if threads.isEmpty { return call.line("No threads.") }
    let frame = session.selectedFrame
    let current = selected(threads, session)
    defer { restore(current.map { threads[$0].id }, frame, session) }
    let width = threads.map { description($0).utf8.count }.max() ?? 0
    call.line("  Id   " + BreakpointText.padded("Target Id", width) + " Frame ")
    // Where the selected thread runs, looking at another one would select it.
    let looks = if case .stopped = session.target.state { true } else { false }
    for (index, info) in threads.enumerated() {
      let isCurrent = index == current
      let isRunning = session.target.stance(of: info.id) == .runs
      guard !isRunning, looks else {
        let state = isRunning ? "(running)" : "(stopped)"
        call.line(
          (isCurrent ? "* " : "  ") + BreakpointText.padded("\(index + 1)", 4) + " "
            + BreakpointText.padded(description(info), width) + " " + state)
        call.object(object(info, index, isSelected: isCurrent, isRunning: isRunning))
        continue
      }
      try session.select(thread: info.id)
      let frames = try session.backtrace(limit: isCurrent ? frame + 1 : 1)
      let shown = isCurrent && frames.indices.contains(frame) ? frame : 0
      var place = ""
      if frames.indices.contains(shown) {
        let inner = shown > 0 ? frames[shown - 1] : nil
        place = FrameText.text(
          frames[shown],
          showsAddress: FrameText.showsAddress(frames[shown], inner: inner, session: session))
      }
      call.line(
        (isCurrent ? "* " : "  ") + BreakpointText.padded("\(index + 1)", 4) + " "
          + BreakpointText.padded(description(info), width) + " " + place)
      call.object(
        {
          var object = object(info, index, isSelected: isCurrent)
          if frames.indices.contains(shown) {
            object["frame"] = FrameText.object(frames[shown], session: session)
          }
          return object
        }())
    }
  }

  private static func object(
    _ thread: ThreadInfo, _ index: Int, isSelected: Bool, isRunning: Bool = false
  ) -> JSONObject {
    var object = JSONObject(schema: "thread")
    object["number"] = .integer(index + 1)
    object["id"] = .string(text(thread.id))
    object["name"] = .string(thread.name)
    object["selected"] = .bool(isSelected)
    object["running"] = .bool(isRunning)
    return object
  }
}
