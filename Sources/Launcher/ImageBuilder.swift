// Building an image: finding the package this tool was built from, and running its build recipe
// (Kernel/Boot/build.sh) for one application. For a sample nothing is run while the image is newer
// than every source it is made from; for a package elsewhere the package manager decides.

internal import Glibc

/// What kind of machine an image is for.
public enum ImageArchitecture: String, CaseIterable, Sendable {
  case x86_64
  case aarch64
  /// A Linux process of this host.
  case host
}

/// An image that was built.
public struct BuiltImage: Hashable, Sendable {
  /// The image that boots, without debug information.
  public var path: String
  /// The same image with its debug information.
  public var debugPath: String
}

/// Builds applications with the kernel they need.
public struct ImageBuilder: Sendable {
  /// The package's root folder.
  public var root: String

  /// A builder for a package.
  public init(root: String) { self.root = root }

  /// A builder for the package that this executable was built in, or `$PORTHOLE_ROOT`.
  public static func locate() throws(LaunchError) -> ImageBuilder {
    if let root = XDG.environment("PORTHOLE_ROOT"), isRoot(root) { return ImageBuilder(root: root) }
    var folder = executablePath()
    while let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      folder = String(folder[..<slash])
      if isRoot(folder) { return ImageBuilder(root: folder) }
    }
    throw LaunchError(
      .failed,
      "this porthole stands outside its source tree and can build nothing; set PORTHOLE_ROOT")
  }

  /// The names of the applications that come with the package.
  public var samples: [String] {
    Files.names(in: root + "/Samples").filter { Files.isFolder("\(root)/Samples/\($0)") }
  }

  /// Builds an application. What the compiler says goes to standard error if `isVerbose`, else only
  /// when the build fails. `hasAgent` puts the debugger's agent in, on bare metal. `willBuild` is
  /// called once if there is something to do.
  public func build(
    _ application: ApplicationPackage, _ architecture: ImageArchitecture, isRelease: Bool,
    hasAgent: Bool = false, isVerbose: Bool, willBuild: () -> Void = {}
  ) throws(LaunchError) -> BuiltImage {
    guard architecture != .aarch64 else {
      throw LaunchError(.usage, "images for aarch64 cannot be built yet; x86_64 and host can")
    }
    let configuration = isRelease ? "release" : "debug"
    let variant = configuration + (hasAgent ? "-agent" : "")
    let expected =
      "\(application.folder)/.build-\(architecture.rawValue)/images/\(variant)/"
      + application.product
    let present = BuiltImage(path: expected, debugPath: expected + ".elf")
    if isCurrent(present, application) { return present }
    willBuild()
    let path = try runRecipe(
      application.product,
      ["--package", application.folder] + (hasAgent ? ["--agent"] : [])
        + [architecture.rawValue, application.product, configuration], isVerbose)
    return BuiltImage(path: path, debugPath: path + ".elf")
  }

  /// Whether an image is newer than everything it is made from.
  func isCurrent(_ image: BuiltImage, _ application: ApplicationPackage) -> Bool {
    guard let own = application.sources, let built = Files.modified(image.path),
      Files.isReadable(image.debugPath)
    else { return false }
    let sources = ["Kernel", "Protocols", own, "Package.swift"]
    return sources.allSatisfy { Files.newest("\(root)/\($0)") < built }
  }

  private func runRecipe(
    _ name: String, _ arguments: [String], _ isVerbose: Bool
  ) throws(LaunchError) -> String {
    let made = try Command.run(
      "sh", [root + "/Kernel/Boot/build.sh"] + arguments, isVerbose: isVerbose)
    guard made.status == 0 else {
      _ = Files.write(Array(made.talk.utf8), to: 2)
      throw LaunchError(.failed, "building \(name) failed")
    }
    guard let path = made.output.split(separator: "\n").last.map(String.init),
      Files.isReadable(path)
    else { throw LaunchError(.failed, "building \(name) left no image") }
    return path
  }

  /// The names of all modules of the package, which an application cannot have.
  public var modules: [String] {
    ["Kernel", "Protocols", "Sources", "Screens", "Samples", "Tests", "Tests/Guests"].flatMap {
      Files.names(in: "\(root)/\($0)")
    }
  }

  private static func isRoot(_ folder: String) -> Bool {
    Files.isReadable(folder + "/Package.swift") && Files.isReadable(folder + "/Samples")
  }

  /// The path of the running executable; empty if the system does not tell.
  public static func executablePath() -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return "" }
    return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
