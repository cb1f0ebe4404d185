// New application packages: which names they may have, and that nothing is overwritten.

import Glibc
import Testing

@testable import Launcher

@Suite("New packages")
struct ApplicationTemplateTests {
  @Test("names that Swift and the kernel leave free are taken", arguments: ["Blinker", "a", "_x1"])
  func good(name: String) {
    #expect(ApplicationTemplate.objection(to: name, taken: ["Kernel", "Hello"]) == nil)
  }

  @Test(
    "others are refused",
    arguments: [
      "", "9lives", "a-b", "a.b", "a b", "..", "é", "_", "Kernel", "hello", "Swift", "self",
      "x234567890123456789012345678901234567890",
    ])
  func bad(name: String) {
    #expect(ApplicationTemplate.objection(to: name, taken: ["Kernel", "Hello"]) != nil)
  }

  /// The package's folder, from where this file stands in it.
  private let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  @Test("a path is quoted for the manifest, whatever is in it")
  func quoted() {
    let template = ApplicationTemplate(name: "Blinker", isAsync: false, kernel: "/")
    #expect(template.escaped(#"/a "b"\(c)"#) == #"/a \"b\"\\(c)"#)
  }

  @Test("the package is written once, outside the repository", arguments: [false, true])
  func written(isAsync: Bool) throws {
    var name = Array("/tmp/porthole-new-XXXXXX".utf8CString)
    _ = mkdtemp(&name)
    let folder = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { _ = system("rm -rf '\(folder)'") }
    let template = ApplicationTemplate(name: "Blinker", isAsync: isAsync, kernel: root)
    let path = try template.write(to: folder + "/Blinker/", outside: folder + "/nowhere")
    #expect(path.hasSuffix("/Blinker"))
    let manifest = try #require(Files.text(path + "/Package.swift"))
    #expect(manifest.contains("path: \"\(root)\""))
    let source = try #require(Files.text(path + "/Sources/Blinker.swift"))
    #expect(source.contains("\n@main\nstruct Blinker: \(isAsync ? "Async" : "")Application {\n"))
    #expect(source.contains("\n  @inline(never) static func report"))
    #expect(Files.text(path + "/.gitignore") == "/.build*/\n")
    #expect(Files.text(path + "/README.md")?.hasPrefix("# Blinker\n") == true)
    let again = #expect(throws: LaunchError.self) {
      try template.write(to: folder + "/Blinker", outside: "/nowhere")
    }
    #expect(again?.kind == .usage)
    let inside = #expect(throws: LaunchError.self) {
      try template.write(to: folder + "/Other", outside: folder)
    }
    #expect(inside?.kind == .usage)
    #expect(Files.names(in: folder) == ["Blinker"])
  }
}
