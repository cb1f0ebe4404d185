// Images on the command line: a sample's name or a package's folder, which is built, or a file.
// Their debug information goes into the symbol cache, where every command finds it by build id.

internal import Bytes
internal import Launcher
internal import Symbols

enum Images {
  /// Builds an application, saying so on standard error, and stores its symbols.
  static func build(
    _ application: ApplicationPackage, _ architecture: ImageArchitecture, isRelease: Bool,
    hasAgent: Bool, with builder: ImageBuilder
  ) throws -> BuiltImage {
    let image = try builder.build(
      application, architecture, isRelease: isRelease,
      hasAgent: hasAgent, isVerbose: Talk.isTerminal
    ) {
      Talk.line("building \(application.product) (\(architecture.rawValue))...")
    }
    storeSymbols(image.debugPath)
    return image
  }

  /// The path of the image that an argument of `run` means, built if it names an application.
  static func resolve(
    _ argument: String, _ architecture: ImageArchitecture = .x86_64
  ) throws -> String {
    let isPackage = Files.isReadable(argument + "/Package.swift")
    if !isPackage, argument.contains("/") || Files.isReadable(argument) && !Files.isFolder(argument)
    {
      guard Files.isReadable(argument), !Files.isFolder(argument) else {
        throw Failure(
          .nothingThere, "there is no image \(argument), and no package with a Package.swift")
      }
      let stem = argument.hasSuffix(".disk") ? String(argument.dropLast(5)) : argument
      if Files.isReadable(stem + ".elf") { storeSymbols(stem + ".elf") }
      return argument
    }
    let builder = try ImageBuilder.locate()
    return try build(
      builder.application(argument), architecture, isRelease: false,
      hasAgent: architecture == .x86_64, with: builder
    ).path
  }

  /// The build id of an image or of the image on a disk; `nil` if it has none or is neither.
  static func buildID(of path: String) -> BuildID? {
    if DiskImage.isDisk(path) {
      return DiskImage.firstPage(of: path).flatMap { SymbolFile.buildID(inFirstPage: $0) }
    }
    return try? SymbolFile(path: path).buildID
  }

  private static func storeSymbols(_ path: String) {
    do {
      if let id = try SymbolFile(path: path).buildID, SymbolCache.path(of: id) != nil { return }
      _ = try SymbolCache.store(image: path)
    } catch {
      Talk.line("note: the symbols of \(path) could not be stored: \(error)")
    }
  }

  /// An instance's name for an image or a package: the name of the file or folder in lower case,
  /// without what a name may not hold.
  static func instanceName(for argument: String) -> String {
    let isFolder = argument.split(separator: "/").last.map { $0 == "." || $0 == ".." } ?? false
    let path = isFolder ? Files.absolute(argument) ?? argument : argument
    let file = path.split(separator: "/").last.map(String.init) ?? argument
    let stem = file.split(separator: ".").first.map(String.init) ?? file
    let name = String(
      stem.lowercased().filter { Instance.isName(String($0)) || $0 == "-" || $0 == "_" }.prefix(28))
    return Instance.isName(name) ? name : "guest"
  }
}
