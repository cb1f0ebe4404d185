// The programmer's guide: each of its fragments is compiled as an application's code would be.

import Glibc
import Testing

@Suite("Programmer's guide")
struct GuideTests {
  /// The guide's ```swift blocks, each with the line on which it begins.
  static let fragments: [(line: Int, text: String)] = {
    var found: [(line: Int, text: String)] = []
    var isInside = false
    let lines = guide.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      if line == "```swift" {
        found.append((number + 2, ""))
        isInside = true
      } else if line.hasPrefix("```") {
        isInside = false
      } else if isInside {
        found[found.count - 1].text += line + "\n"
      }
    }
    return found
  }()

  private static var guide: String {
    guard let file = fopen(BuiltImage.root + "/Samples/GUIDE.md", "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  @Test("There are fragments") func found() { #expect(Self.fragments.count >= 10) }

  @Test("Every fragment compiles", arguments: fragments.indices)
  func compiles(index: Int) throws {
    _ = try BuiltImage.of("Hello", "debug")
    let modules = try #require(Self.newestModules())
    let fragment = Self.fragments[index]
    // Declarations and whole programs stand as they are; statements in a function.
    let isWhole = [
      "import ", "actor ", "enum ", "final class ", "func ", "@MainActor\n",
    ].contains {
      fragment.text.hasPrefix($0)
    }
    let body =
      isWhole
      ? fragment.text : "func fragment() async throws(CancellationError) {\n\(fragment.text)}\n"
    let source = "/tmp/porthole-guide-\(getpid())-\(index).swift"
    defer { unlink(source) }
    let text =
      (fragment.text.hasPrefix("import ") ? "" : "import Kernel\n")
      + "#sourceLocation(file: \"Samples/GUIDE.md\", line: \(fragment.line - (isWhole ? 0 : 1)))\n"
      + body
    let file = try #require(fopen(source, "w"))
    fputs(text, file)
    fclose(file)
    let status = BuiltImage.run([
      "swiftc", "-typecheck", "-parse-as-library", "-swift-version", "6", "-wmo",
      "-target", "x86_64-unknown-linux-gnu", "-enable-experimental-feature", "Embedded",
      "-warnings-as-errors", "-I", modules,
      "-Xcc", "-fmodule-map-file=\(BuiltImage.root)/Kernel/CAsync/module.modulemap",
      "-Xcc", "-fmodule-map-file=\(BuiltImage.root)/Kernel/CCounter/module.modulemap",
      "-Xcc", "-fmodule-map-file=\(modules)/../CX86.build/module.modulemap",
      "-Xcc", "-fmodule-map-file=\(modules)/../CFibers.build/module.modulemap",
      "-Xcc", "-DBAREMETAL", source,
    ])
    #expect(status == 0, "GUIDE.md:\(fragment.line) does not compile")
  }

  /// Where the modules of the last debug image are.
  private static func newestModules() -> String? {
    var found: (path: String, time: Int)?
    guard let folder = opendir(BuiltImage.root) else { return nil }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      // Safety: readdir's name is null-terminated and valid until the next call.
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let modules = "\(BuiltImage.root)/\(name)/debug/Modules"
      var status = stat()
      guard name.hasPrefix(".build-x86_64-"),
        stat(modules + "/Kernel.swiftmodule", &status) == 0
      else { continue }
      if status.st_mtim.tv_sec > found?.time ?? 0 { found = (modules, status.st_mtim.tv_sec) }
    }
    return found?.path
  }
}
