// The real gdb as the judge: one run answers a whole table of commands.

internal import Glibc

enum GDBOracle {
  /// Whether there is a gdb to ask.
  static let isAvailable = system("command -v gdb >/dev/null 2>&1") == 0

  /// Returns what gdb says to each command, history numbers (`$5 = `) removed.
  static func answers(to commands: [String]) -> [String] {
    let marker = "@@@@"
    var line = "LC_ALL=C gdb -nx -batch -ex 'set architecture i386:x86-64' -ex 'set language c'"
    for command in commands {
      line += " -ex 'echo \(marker)\\n' -ex " + quoted(command)
    }
    line += " 2>&1 </dev/null"
    // Safety: `popen` returns a stream or nil; it is closed once, below, and not used after.
    guard let stream = popen(line, "r") else { return [] }
    var output: [UInt8] = []
    var byte = fgetc(stream)
    while byte != EOF {
      output.append(UInt8(truncatingIfNeeded: byte))
      byte = fgetc(stream)
    }
    pclose(stream)
    let text = String(decoding: output, as: UTF8.self)
    let parts = text.split(separator: marker + "\n", omittingEmptySubsequences: false)
    return parts.dropFirst().map { part in
      let lines = part.split(separator: "\n").filter { !$0.hasPrefix("warning: ") }
      return withoutNumber(lines.joined(separator: "\n"))
    }
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }

  private static func withoutNumber(_ text: String) -> String {
    guard text.hasPrefix("$"), let equals = text.firstIndex(of: "=") else { return text }
    return String(text[equals...].dropFirst(2))
  }
}
