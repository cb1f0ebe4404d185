// Who may know whom (ARCHITECTURE.md). The compiler flag refuses imports that the manifest does
// not declare; these tests refuse declarations that the architecture does not allow.

internal import Testing

@Suite("Layering")
struct LayeringTests {
  /// What each top-level folder may import: other folders, then the toolchain's modules.
  static let allowed: [String: Set<String>] = [
    "Protocols": ["Protocols"],
    "Kernel": ["Protocols", "Kernel"],
    "Samples": ["Kernel/Kernel"],
    "Sources": ["Protocols", "Sources", "Screens"],
    "Screens": ["Protocols", "Sources", "Screens"],
  ]

  /// Modules that come with the toolchain, by the folders that may use them.
  static let toolchain: [String: Set<String>] = [
    "Protocols": ["Synchronization"],
    "Kernel": ["Synchronization", "_Concurrency", "_Volatile", "Glibc", "Swift"],
    "Samples": ["_Concurrency"],
    "Sources": ["Synchronization", "Glibc", "ArgumentParser", "Dispatch"],
    "Screens": ["Synchronization", "Glibc"],
  ]

  /// The only importer of each C library; of the kernel's own assembly also the agent, which reads
  /// and changes the interrupted context.
  static let adaptors: [String: Set<String>] = [
    "CNcurses": ["Screens/Terminal"], "CLibedit": ["Sources/LineEditor"],
    "CCapstone": ["Sources/Disassembly"], "CX86": ["Kernel/X86", "Kernel/Agent"],
    "ArgumentParser": ["Sources/porthole"],
  ]

  /// Where each module of ours lives, from the folders themselves.
  static let homes: [String: String] = {
    var homes: [String: String] = [:]
    for file in SourceTree.files {
      let parts = file.path.split(separator: "/")
      if parts.count > 2, allowed[String(parts[0])] != nil {
        homes[String(parts[1])] = "\(parts[0])/\(parts[1])"
      }
    }
    return homes
  }()

  static let sources = SourceTree.files.filter { file in
    file.isSwift && allowed.keys.contains { file.path.hasPrefix($0 + "/") }
  }

  static func imports(of file: SourceFile) -> [String] {
    file.lines.compactMap { line in
      let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
      let access: Set<Substring> = ["public", "internal", "package", "private", "fileprivate"]
      let rest = words.drop { access.contains($0) }
      guard rest.first == "import", let name = rest.dropFirst().first else { return nil }
      return name.split(separator: ".").first.map(String.init)
    }
  }

  @Test("every import is one that the folder may have")
  func importsAreAllowed() {
    for file in Self.sources { checkImports(of: file) }
  }

  func checkImports(of file: SourceFile) {
    let folder = String(file.path.split(separator: "/")[0])
    for module in Self.imports(of: file) {
      if let home = Self.homes[module] {
        let mayKnow = Self.allowed[folder, default: []]
        #expect(
          mayKnow.contains(String(home.split(separator: "/")[0])) || mayKnow.contains(home),
          "\(file.path) imports \(module), which lives in \(home)")
      } else if Self.adaptors[module] == nil {
        #expect(
          Self.toolchain[folder, default: []].contains(module),
          "\(file.path) imports \(module), which \(folder) does without")
      }
    }
  }

  @Test("a C library has one importer")
  func adaptorsAreUnique() {
    for file in Self.sources {
      for module in Self.imports(of: file) {
        guard let owners = Self.adaptors[module] else { continue }
        #expect(
          owners.contains(file.module),
          "\(file.path) imports \(module), which only \(owners.sorted()) may")
      }
    }
  }

  @Test("the kernel is built alike for all: #if only where the architecture says")
  func conditionsAreFew() {
    let homes = ["X86", "Hosted", "Async", "Kernel"].map { "Kernel/\($0)/" }
    for file in Self.sources where file.path.hasPrefix("Kernel/") {
      let conditions = file.lines.filter { $0.drop { $0 == " " }.hasPrefix("#if") }
      guard !homes.contains(where: { file.path.hasPrefix($0) }) else { continue }
      let allowed = file.path == "Kernel/Publishing/Publish.swift" ? 1 : 0
      #expect(conditions.count == allowed, "\(file)")
    }
  }

  @Test("the tree was found")
  func treeIsThere() {
    #expect(Self.sources.count > 20)
    #expect(Self.homes["Bytes"] == "Protocols/Bytes")
  }
}
