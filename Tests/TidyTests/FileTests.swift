// What every file must hold to, whatever it says (CONTRIBUTING.md).

internal import Testing

@Suite("Files")
struct FileTests {
  static let code = SourceTree.files.filter {
    [".swift", ".c", ".h", ".S"].contains(where: $0.path.hasSuffix)
  }

  @Test("no file is over 500 lines; fixtures and tables may be")
  func filesAreSmall() {
    for file in Self.code {
      guard !file.path.contains("/Fixtures/"), !file.path.contains("/Tables/") else { continue }
      #expect(file.lines.count <= 501, "\(file.path) has \(file.lines.count) lines: cut it by idea")
    }
  }

  /// Words that a finished file does not hold, spelled apart so that this one does not either.
  static let forbidden = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "unimple" + "mented"]

  @Test("nothing is left over, and no path of one machine")
  func nothingIsLeftOver() {
    for file in SourceTree.files { checkWords(of: file) }
  }

  func checkWords(of file: SourceFile) {
    for (number, line) in file.lines.enumerated() {
      for word in Self.forbidden where line.contains(word) {
        Issue.record("\(file.path):\(number + 1) says \(word)")
      }
      for start in ["/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/", "/opt/sw" + "ift"]
      where line.contains(start) {
        Issue.record("\(file.path):\(number + 1) names a path of one machine: \(start)")
      }
    }
  }

  @Test("nothing of ours needs Foundation")
  func noFoundation() {
    for file in LayeringTests.sources {
      #expect(!LayeringTests.imports(of: file).contains { $0.hasPrefix("Foundation") }, "\(file)")
    }
  }

  @Test("an unsafe construct says why it is sound")
  func unsafeIsExplained() {
    for file in LayeringTests.sources { checkSafety(of: file) }
  }

  func checkSafety(of file: SourceFile) {
    let marks = ["nonisolated(unsafe)", "@unchecked Sendable", "unsafeBitCast", "unowned(unsafe)"]
    for (number, line) in file.lines.enumerated() {
      let isComment = line.drop { $0 == " " }.hasPrefix("//")
      guard !isComment, marks.contains(where: { line.contains($0) }) else { continue }
      let before = file.lines[max(0, number - 8)...number]
      #expect(
        before.contains { $0.contains("Safety:") },
        "\(file.path):\(number + 1) wants a `// Safety:` line")
    }
  }

  static let folders: Set<Substring> = [
    "Sources", "Kernel", "Tests", "Screens", "Protocols", "Samples",
  ]

  @Test("the top level holds the six folders and no other")
  func topLevel() {
    for path in SourceTree.paths {
      let parts = path.split(separator: "/")
      guard parts.count > 1, !parts[0].hasPrefix(".") else { continue }
      #expect(Self.folders.contains(parts[0]), "\(path)")
    }
  }

  @Test("a sample is at most 60 lines and says first what it teaches")
  func samplesTeach() {
    for file in SourceTree.files where file.path.hasPrefix("Samples/") && file.isSwift {
      #expect(file.lines.count <= 61, "\(file)")
      #expect(file.lines.first?.hasPrefix("//") == true, "\(file)")
    }
  }

  @Test("ARCHITECTURE.md names every module")
  func architectureIsComplete() throws {
    let page = try #require(SourceTree.files.first { $0.path == "ARCHITECTURE.md" })
    let text = page.lines.joined(separator: "\n")
    for (module, home) in LayeringTests.homes where !home.hasPrefix("Samples") {
      #expect(text.contains("`\(module)`"), "ARCHITECTURE.md does not say what \(home) is")
    }
  }
}
