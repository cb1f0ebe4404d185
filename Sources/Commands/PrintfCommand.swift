// printf: values in C's formats, as gdb 13 does it.

internal import JSON
internal import Session

enum PrintfCommand {
  static let command = Command(
    name: "printf", group: .data, usage: "printf \"FORMAT\", EXPRESSION...",
    summary: "Print values in C's formats",
    manual: """
      Conversions are d i u o x X c f e g a s p and %%, with C's flags, widths and sizes. %s takes a
      pointer to characters. Escapes are C's.

        printf "%d at %p: %s\\n", count, pointer, name
      """, completes: .expression, run: run)

  private static func run(_ call: Invocation) throws {
    let text = try FormattedText(parsing: call.arguments).text(in: call.session)
    if call.interpreter.isJSON { return call.object(EchoCommand.object(text, schema: "printf")) }
    EchoCommand.show(text, call)
  }
}
