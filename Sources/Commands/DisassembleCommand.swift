// disassemble: a function or a range as instructions.

internal import Bytes
internal import Expressions
internal import JSON
internal import Session
internal import Symbols

enum DisassembleCommand {
  static let command = Command(
    name: "disassemble", aliases: ["disas", "disass"], group: .source,
    usage: "disassemble [/r] [/s|/m] [ADDRESS | START,END | START,+LENGTH]",
    summary: "Show a function or a range as instructions",
    manual: """
      Without an address, the selected frame's function; with one, the function around it.
      /r shows the bytes too, /s and /m the source lines. "=>" is the next instruction.

        disassemble beat
        disassemble /s $pc,+32
      """, completes: .expression, run: run)

  private struct Options {
    var hasBytes = false
    var hasSource = false
  }

  private static func run(_ call: Invocation) throws {
    var options = Options()
    var rest = call.arguments
    while rest.hasPrefix("/") {
      let (word, after) = Words.first(rest)
      for letter in word.dropFirst() {
        switch letter {
        case "r": options.hasBytes = true
        case "s", "m": options.hasSource = true
        default: throw call.usage("Invalid disassembly modifier \"\(letter)\".")
        }
      }
      rest = after
    }
    if let comma = rest.firstIndex(of: ",") {
      let start = try call.session.evaluate(String(rest[..<comma])).asAddress
      let second = Words.trimmed(rest[rest.index(after: comma)...])
      let end: Address
      if second.hasPrefix("+") {
        let length = try call.with(arguments: String(second.dropFirst())).count()
        end = start.advanced(by: UInt64(clamping: length))
      } else {
        end = try call.session.evaluate(second).asAddress
      }
      guard start < end else { throw call.usage("The range is empty.") }
      call.line("Dump of assembler code from \(start.hex) to \(end.hex):")
      try dump(start..<end, named: nil, options, call)
    } else {
      let pc = try rest.isEmpty ? selectedPC(call) : call.session.evaluate(rest).asAddress
      guard let function = call.session.symbols?.function(at: pc) else {
        throw CommandError.message(
          "No function contains \(rest.isEmpty ? "program counter for selected frame" : "specified address")."
            + "  Try a range: disassemble \(pc.hex),+32")
      }
      call.line("Dump of assembler code for function \(function.name):")
      let size = function.size == 0 ? 64 : function.size
      try dump(function.start..<function.start.advanced(by: size), named: function, options, call)
    }
    call.line("End of assembler dump.")
  }

  private static func selectedPC(_ call: Invocation) throws -> Address {
    let index = call.session.selectedFrame
    let frames = try call.session.backtrace(limit: index + 1)
    guard frames.indices.contains(index) else { throw CommandError.message("No frame selected.") }
    return frames[index].pc
  }

  private static func dump(
    _ range: Range<Address>, named function: Function?, _ options: Options, _ call: Invocation
  ) throws {
    let pc = try? selectedPC(call)
    var shown: (file: String?, line: Int)?
    // The last instruction may reach beyond the range that it begins in.
    let reach = range.lowerBound..<range.upperBound.advanced(by: function == nil ? 15 : 0)
    for instruction in try call.session.disassemble(reach)
    where range.contains(instruction.address) {
      let place = call.session.symbols?.frames(at: instruction.address).first
      if options.hasSource, let place, place.line > 0,
        shown?.file != place.file || shown?.line != place.line
      {
        if shown != nil { call.line("") }
        if shown?.file != place.file, let file = place.file { call.line("\(file):") }
        call.line(source(place, call))
        shown = (place.file, place.line)
      }
      let offset = instruction.address.offset(from: function?.start ?? range.lowerBound)
      let label = function == nil ? location(instruction) : "<+\(offset)>"
      var text = (instruction.address == pc ? "=> " : "   ") + FrameText.wide(instruction.address)
      text += (label.isEmpty ? "" : " " + label) + ":\t"
      if options.hasBytes { text += bytes(instruction.bytes) + "\t" }
      call.line(text + instruction.text)
      call.object(object(instruction, place, isCurrent: instruction.address == pc))
    }
  }

  /// Returns `<main+0>`: in a range gdb writes the offset even where it is zero.
  private static func location(_ instruction: InstructionSnapshot) -> String {
    if instruction.location.isEmpty { return "" }
    return "<" + instruction.location + (instruction.location.contains("+") ? "" : "+0") + ">"
  }

  private static func bytes(_ bytes: [UInt8]) -> String {
    let text = bytes.map { Hex.digits(of: UInt64($0), width: 2) }.joined(separator: " ")
    return text + String(repeating: " ", count: max(0, 20 - text.utf8.count - 1))
  }

  private static func source(_ place: SourceLocation, _ call: Invocation) -> String {
    guard let path = place.file, let file = call.session.sources.file(path),
      place.line <= file.lines.count
    else { return "\(place.line)\tin \(place.file ?? "?")" }
    return "\(place.line)\t\(file.lines[place.line - 1])"
  }

  private static func object(
    _ instruction: InstructionSnapshot, _ place: SourceLocation?, isCurrent: Bool
  ) -> JSONObject {
    var object = JSONObject(schema: "instruction")
    object["address"] = .string(instruction.address.hex)
    object["location"] = .string(instruction.location)
    object["bytes"] = .string(Hex.encode(instruction.bytes))
    object["text"] = .string(instruction.text)
    object["current"] = .bool(isCurrent)
    object["file"] = place?.file.map { .string($0) } ?? .null
    object["line"] = (place?.line).map { .integer($0) } ?? .null
    return object
  }
}
