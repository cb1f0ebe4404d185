// Damaged images: whatever a byte says, questions are answered or refused, never trapped on.

internal import Bytes
internal import Symbols
internal import Testing

@Suite("Damaged images")
struct DamageTests {
  /// Where in the file the sections that are parsed are.
  private static func sections(of path: String) -> [String: Range<Int>] {
    var found: [String: Range<Int>] = [:]
    for line in shell("readelf -SW \(path)").split(separator: "\n") {
      let words = line.split { " []".contains($0) }
      guard words.count > 5, words[1].hasPrefix("."), let offset = Int(words[4], radix: 16),
        let size = Int(words[5], radix: 16)
      else { continue }
      found[String(words[1])] = offset..<(offset + size)
    }
    return found
  }

  private static func ask(_ bytes: [UInt8], _ addresses: [Address]) {
    guard let file = try? SymbolFile(bytes: bytes) else { return }
    for address in addresses {
      _ = file.frames(at: address)
      _ = file.statement(at: address)
      let frame = UnwindFrame(pc: address, registers: (0..<17).map { UInt64($0) * 4096 })
      _ = file.variables(at: frame, inlineDepth: 0) { _, count in
        [UInt8](repeating: 1, count: count)
      }
      _ = file.unwind(frame) { _, count in [UInt8](repeating: 1, count: count) }
    }
  }

  @Test(
    "no damaged byte traps",
    arguments: [
      ".debug_line", ".debug_abbrev", ".debug_info", ".debug_rnglists", ".debug_loclists",
      ".eh_frame",
    ])
  func damage(_ section: String) throws {
    let path = Fixture.c("-g -O2 -gdwarf-5 -no-pie -ffunction-sections").build()
    let range = try #require(Self.sections(of: path)[section])
    let original = contents(of: path)
    let file = try SymbolFile(bytes: original)
    let addresses = ["deep", "main"].flatMap { file.functions(named: $0) }
      .flatMap { [$0.start, $0.start.advanced(by: $0.size / 2)] }
    try #require(addresses.count == 4)
    var bytes = original
    // Headers are at the beginning: every byte there, some of the rest.
    for offset in range where offset < range.lowerBound + 64 || offset % 13 == 0 {
      for value: UInt8 in [0, 0x7f, 0xff] {
        bytes[offset] = value
        Self.ask(bytes, addresses)
      }
      bytes[offset] = original[offset]
    }
    #expect(bytes == original)
  }

  @Test("an image may end anywhere")
  func truncation() throws {
    let path = Fixture.c("-g -O2 -gdwarf-5 -no-pie -ffunction-sections").build()
    let original = contents(of: path)
    let file = try SymbolFile(bytes: original)
    let start = try #require(file.functions(named: "deep").first?.start)
    for length in stride(from: 0, to: original.count, by: 97) {
      Self.ask(Array(original.prefix(length)), [start])
    }
    #expect(file.frames(at: start).first?.function == "deep")
  }
}
