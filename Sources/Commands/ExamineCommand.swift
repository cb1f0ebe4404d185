// x: memory as numbers, characters, strings and instructions.

internal import Bytes
internal import Expressions
internal import JSON
internal import Session

enum ExamineCommand {
  static let command = Command(
    name: "x", group: .data, usage: "x[/NFU] [ADDRESS]",
    summary: "Examine memory",
    manual: """
      N is how many (negative: before the address), F the format, U the size of a unit.
      F: x hex, d decimal, u unsigned, o octal, t binary, z hex with zeros, a address, c character,
      f float, s string, i instruction. U: b byte, h 2 bytes, w 4 bytes, g 8 bytes.
      Without ADDRESS, or with an empty line, it goes on where it ended. Format and size are
      remembered. $_ is the last address, $__ what is there.

        x/8xg $sp
        x/5i $pc
        x/s *(char **)$rdi
      """, repeats: .bare, completes: .expression, pauses: true, run: run)

  /// What a format says.
  struct Request: Equatable {
    var count = 1
    var format: ValueFormat
    /// Bytes of a unit: 1, 2, 4 or 8.
    var size: Int
  }

  /// Reads `4xw` with gdb's defaults from the last use.
  static func request(_ text: String, last: PromptState.Examine) throws -> Request {
    var digits = ""
    var format: ValueFormat?
    var size: Int?
    for (index, letter) in text.enumerated() {
      if letter == "-", index == 0 {
        digits = "-"
      } else if letter.isNumber, format == nil, size == nil {
        digits.append(letter)
      } else if let unit = ["b": 1, "h": 2, "w": 4, "g": 8][letter] {
        size = unit
      } else if let known = ValueFormat(rawValue: String(letter)), known != .raw {
        format = known
      } else {
        throw CommandError.message(
          "Undefined output format \"\(letter)\".  Formats are x d u o t z a c f s i; sizes b h w g."
        )
      }
    }
    guard let count = digits.isEmpty || digits == "-" ? (digits == "-" ? -1 : 1) : Int(digits),
      count.magnitude <= 65536
    else { throw CommandError.message("Bad count \"\(digits)\".  At most 65536.") }
    var request = Request(count: count, format: last.format, size: size ?? last.size)
    switch (format, size) {
    case (nil, nil): break
    case (nil, _?): if last.format == .instruction { request.format = .hex }
    case (.address?, nil): request = Request(count: count, format: .address, size: 8)
    case (.float?, nil):
      request = Request(count: count, format: .float, size: max(last.size, 4))
      if last.size < 4 { request.size = 8 }
    case (.character?, nil): request = Request(count: count, format: .character, size: 1)
    case (let format?, _): request.format = format
    }
    if request.format == .address { request.size = 8 }
    return request
  }

  private static func run(_ call: Invocation) throws {
    let (letters, expression) = Words.format(call.arguments)
    let interpreter = call.interpreter
    var request = try request(letters ?? "", last: interpreter.state.examine)
    if call.arguments.isEmpty { request.count = interpreter.state.examine.count }
    var start = interpreter.state.examine.next ?? Address(0)
    if !expression.isEmpty {
      let value = try call.session.evaluate(expression)
      if let absence = value.absence { throw CommandError.message("The value is \(absence).") }
      start = value.asAddress
    } else if interpreter.state.examine.next == nil {
      throw call.usage("Argument required (starting display address).")
    }
    interpreter.state.examine.format = request.format
    let isText = request.format == .string || request.format == .instruction
    interpreter.state.examine.size = request.format == .string ? 1 : request.size
    interpreter.state.examine.count = max(1, request.count)
    if request.count == 0 { return }
    if request.count < 0 { start = try ExamineText.before(start, request, call) }
    let first = start
    var count = abs(request.count)
    defer { if request.count < 0 { interpreter.state.examine.next = first } }
    while count > 0 {
      let perLine = isText ? 1 : request.size == 8 ? 2 : request.size == 4 ? 4 : 8
      let taken = min(count, perLine)
      start = try ExamineText.line(at: start, taken, request, call)
      interpreter.state.examine.next = start
      count -= taken
    }
  }
}
