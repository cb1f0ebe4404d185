// The files of a new application package. It refers to the kernel by the path of this checkout:
// one line of its Package.swift, to be edited when the checkout moves.

/// What `porthole new` writes.
public struct ApplicationTemplate: Sendable {
  /// The application's name: its package, its product and its type.
  public var name: String
  /// Whether it begins as a task (`AsyncApplication`) or with callbacks (`Application`).
  public var isAsync: Bool
  /// The checkout that the kernel comes from.
  public var kernel: String

  /// Creates a template.
  public init(name: String, isAsync: Bool, kernel: String) {
    self.name = name
    self.isAsync = isAsync
    self.kernel = kernel
  }

  /// Why a text cannot name an application; `nil` if it can. `taken` are the modules there are.
  public static func objection(to name: String, taken: [String]) -> String? {
    let bytes = Array(name.utf8)
    let isWord = bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard (1...28).contains(bytes.count), isWord, !(0x30...0x39).contains(bytes[0]), name != "_"
    else {
      return "use up to 28 letters, digits and underscores, not beginning with a digit"
    }
    let reserved = [
      "Swift", "main", "self", "Self", "Any", "Type", "Protocol", "App", "_Concurrency",
    ]
    let lowered = name.lowercased()
    if (taken + reserved).contains(where: { $0.lowercased() == lowered }) {
      return "the kernel, its samples or Swift have a module or type of that name"
    }
    return nil
  }

  /// The files: paths in the new folder, and contents.
  ///
  /// - Throws: `.failed` if the checkout has no templates (Kernel/Boot/template).
  func files() throws(LaunchError) -> [(path: String, text: String)] {
    let sources = [
      ("Package.swift", "Package.swift"),
      ("Sources/\(name).swift", isAsync ? "Async.swift" : "Callbacks.swift"),
      (".gitignore", "gitignore"), ("README.md", "README.md"),
    ]
    var files: [(path: String, text: String)] = []
    for (path, template) in sources {
      let file = "\(kernel)/Kernel/Boot/template/\(template).in"
      guard let text = Files.text(file) else {
        throw LaunchError(.failed, "cannot read the template \(file)")
      }
      files.append((path, filled(text)))
    }
    return files
  }

  private func filled(_ template: String) -> String {
    // The parts between the marks alternate: text, the mark's name, text...
    let parts = template.split(separator: "@", omittingEmptySubsequences: false)
    return parts.enumerated().reduce(into: "") { text, part in
      switch part.element {
      case "NAME": text += name
      case "KERNEL": text += escaped(kernel)
      default:
        let follows = part.offset > 0 && !["NAME", "KERNEL"].contains(parts[part.offset - 1])
        text += (follows ? "@" : "") + part.element
      }
    }
  }

  /// A text for a Swift string literal.
  func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if character == "\\" || character == "\"" { result.append("\\") }
      result.append(character)
    }
  }
}
