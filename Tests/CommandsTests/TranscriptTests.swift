// What a person at the prompt sees, kept in Golden/NAME.txt: each file is a script (the lines that
// begin with "(gdb) ") and all that it shows. `make record` writes the answers anew.

internal import Commands
internal import Glibc
internal import Inspect
internal import Testing

@Suite("Transcripts")
struct TranscriptTests {
  static let names = [
    "breakpoints", "stack", "stepping", "data", "source", "session", "errors", "threads", "info",
    "scripts",
  ]

  @Test("a session at the prompt reads as recorded", arguments: names)
  func transcript(name: String) throws {
    let path = Self.folder + "/Golden/\(name).txt"
    let recorded = try #require(Self.read(path))
    let lines = recorded.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { $0.hasPrefix("(gdb) ") }.map { String($0.dropFirst(6)) }
    let made = FakeProgram.session(cores: name == "threads" ? 2 : 1)
    made.1.tellsCause = true
    let shown = Prompt(made).transcript(lines)
    if getenv("RECORD") != nil {
      Self.write(shown, to: path)
      return
    }
    let (expected, actual) = (recorded.split(separator: "\n"), shown.split(separator: "\n"))
    for (index, line) in expected.enumerated()
    where !actual.indices.contains(index) || actual[index] != line {
      let found = actual.indices.contains(index) ? String(actual[index]) : "nothing"
      Issue.record("\(name).txt, at \"\(line)\": found \"\(found)\"")
      break
    }
    #expect(shown == recorded)
  }

  static var folder: String {
    let path = #filePath
    return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
  }

  static func read(_ path: String) -> String? {
    guard let stream = fopen(path, "r") else { return nil }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var byte = fgetc(stream)
    while byte != EOF {
      bytes.append(UInt8(truncatingIfNeeded: byte))
      byte = fgetc(stream)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func write(_ text: String, to path: String) {
    guard let stream = fopen(path, "w") else { return }
    fputs(text, stream)
    fclose(stream)
  }
}

extension TranscriptTests {
  static func remove(_ path: String) { unlink(path) }
}
