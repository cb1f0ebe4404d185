// The words of a command line, by the rule that `porthole run -- ARGS` writes them by.

import Devices
import Testing

@Suite("Argument words")
struct ArgumentWordsTests {
  static func words(_ line: String) -> [String] {
    Array(line.utf8).withUnsafeBytes { Array(ArgumentWords($0)) }
  }

  @Test(
    "a line gives these words",
    arguments: [
      ("", []), ("   ", []), ("one", ["one"]), (" a  b\tc\nd ", ["a", "b", "c", "d"]),
      (#""a b" c"#, ["a b", "c"]), (#"x="a b"c"#, ["x=a bc"]), (#""""#, [""]),
      (#"a "" b"#, ["a", "", "b"]),
      (#""say \"hi\"""#, [#"say "hi""#]), (#""back\\slash""#, [#"back\slash"#]),
      (#"C:\dir \"#, [#"C:\dir"#, #"\"#]), (#""C:\dir""#, [#"C:\dir"#]),
      (#""never ends"#, ["never ends"]), (#""ends in \"#, [#"ends in \"#]),
      ("größe=ü", ["größe=ü"]), ("--level 3 -v", ["--level", "3", "-v"]),
    ] as [(String, [String])])
  func rule(line: String, expected: [String]) { #expect(Self.words(line) == expected) }

  @Test("what is the platform's is left out, unless it is quoted")
  func platform() {
    let line = "a virtio_mmio.device=512@0xfeb00e00:12 porthole.on-panic=reboot b"
    #expect(Self.words(line) == ["a", "b"])
    #expect(
      Self.words(#""porthole.x" porthole virtio_mmio"#) == [
        "porthole.x", "porthole", "virtio_mmio",
      ])
  }

  @Test("any bytes are some words")
  func hostile() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5_000 {
      let bytes = (0..<40).map { _ in
        [0, 32, 34, 92, 97, 255].randomElement(using: &generator) ?? 0 as UInt8
      }
      let words = bytes.withUnsafeBytes { Array(ArgumentWords($0)) }
      #expect(words.count <= 40)
    }
  }
}
