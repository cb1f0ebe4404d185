// Function, line and inlined frames of a whole program, address by address, against LLVM's own
// symbolizer.

internal import Bytes
internal import Symbols
internal import Testing

/// One frame as both sides report it.
private struct Frame: Equatable, CustomStringConvertible {
  var name: String
  var file: String
  var line: Int
  var column: Int
  var description: String { "\(name) \(file):\(line):\(column)" }
}

@Suite("Look-ups against llvm-symbolizer")
struct SweepTests {
  @Test("every seventh address has the symbolizer's frames", arguments: Fixture.all)
  func frames(_ fixture: Fixture) throws {
    let path = fixture.build()
    let file = try SymbolFile(path: path)
    let text = try #require(file.sections.first { $0.name == ".text" })
    // A static executable is mostly the C library, which has no debug information.
    let size = min(text.size, 60_000)
    let addresses = stride(from: text.address.value, to: text.address.value + size, by: 7)
      .map { Address($0) }
    let expected = symbolize(addresses, in: path)
    try #require(expected.count == addresses.count)
    var inlined = 0
    var excused = 0
    for (address, oracle) in zip(addresses, expected) {
      let ours = file.frames(at: address).map {
        Frame(name: $0.linkageName, file: $0.file ?? "", line: $0.line, column: $0.column)
      }
      inlined += ours.count > 1 ? 1 : 0
      switch compare(ours, oracle) {
      case .same: break
      case .excused: excused += 1
      case .different:
        Issue.record("\(address): \(ours) where llvm-symbolizer says \(oracle)")
      }
    }
    // Optimized code must really have tested inlining, and excuses must not be the rule.
    if fixture.name.contains("-O ") || fixture.name.contains("-O2") { #expect(inlined > 0) }
    #expect(excused * 4 < addresses.count * 3)
  }

  private enum Verdict { case same, excused, different }

  private func compare(_ ours: [Frame], _ oracle: [Frame]) -> Verdict {
    if ours == oracle { return .same }
    // Nobody knows the function: there is nothing to show a frame for.
    if ours.isEmpty && oracle.count == 1 && oracle[0].name == "??" { return .same }
    guard ours.map(\.name) == oracle.map(\.name), let first = oracle.first else {
      return .different
    }
    for (mine, other) in zip(ours, oracle).dropFirst() where mine != other {
      // A call without a line has no file either, as in gdb.
      if mine.file.isEmpty && mine.line == 0 && other.line == 0 { continue }
      return .different
    }
    // The symbolizer names the object file of a function that has no lines.
    if ours[0].file.isEmpty && first.line == 0 { return .same }
    // Code of no line at all belongs to the line before, as in gdb.
    return first.line == 0 || ours[0] == first ? .excused : .different
  }

  private func symbolize(_ addresses: [Address], in path: String) -> [[Frame]] {
    let list = "\(path).addresses"
    write(addresses.map { $0.hex }.joined(separator: "\n") + "\n", to: list)
    let output = shell("\(symbolizer) --obj=\(path) --no-demangle --inlines < \(list)")
    var blocks: [[Frame]] = []
    var frames: [Frame] = []
    var name: String?
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        if !frames.isEmpty { blocks.append(frames) }
        frames = []
      } else if let known = name {
        let parts = line.split(separator: ":", omittingEmptySubsequences: false)
        let count = parts.count
        // `0 (approximate)` would be a number and a remark.
        let number = { (text: Substring) in Int(text.prefix { $0.isNumber }) ?? 0 }
        let file = parts.dropLast(2).joined(separator: ":")
        frames.append(
          Frame(
            name: known, file: file == "??" ? "" : file, line: number(parts[count - 2]),
            column: number(parts[count - 1])))
        name = nil
      } else {
        name = String(line)
      }
    }
    return blocks
  }
}
