// Building an image: finding the package this tool was built from, and running its build recipe
// (Kernel/Boot/build.sh) for one application. Nothing is run while the image is newer than every
// source it is made from.

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

  /// The application that `name` means, whatever its case; throws with a hint if there is none.
  public func application(named name: String) throws(LaunchError) -> String {
    if let exact = samples.first(where: { $0.lowercased() == name.lowercased() }) { return exact }
    if name.contains("/") {
      throw LaunchError(
        .usage,
        "'\(name)' is no application of this package; packages elsewhere cannot be built yet "
          + "(applications: \(samples.joined(separator: ", ")))")
    }
    let hint = Suggestion.text(for: name, among: samples)
    throw LaunchError(
      .usage,
      "there is no application '\(name)'\(hint) (applications: "
        + "\(samples.joined(separator: ", ")))")
  }

  /// Builds an application. What the compiler says goes to standard error if `isVerbose`, else only
  /// when the build fails. `willBuild` is called once if there is something to do.
  public func build(
    _ application: String, _ architecture: ImageArchitecture, isRelease: Bool, isVerbose: Bool,
    willBuild: () -> Void = {}
  ) throws(LaunchError) -> BuiltImage {
    guard architecture != .aarch64 else {
      throw LaunchError(.usage, "images for aarch64 cannot be built yet; x86_64 and host can")
    }
    let configuration = isRelease ? "release" : "debug"
    let expected = "\(root)/.build-\(architecture.rawValue)/images/\(configuration)/\(application)"
    let present = BuiltImage(path: expected, debugPath: expected + ".elf")
    if isCurrent(present, application) { return present }
    willBuild()
    let path = try runRecipe([architecture.rawValue, application, configuration], isVerbose)
    return BuiltImage(path: path, debugPath: path + ".elf")
  }

  /// Whether an image is newer than everything it is made from.
  func isCurrent(_ image: BuiltImage, _ application: String) -> Bool {
    guard let built = Files.modified(image.path), Files.isReadable(image.debugPath) else {
      return false
    }
    let sources = ["Kernel", "Protocols", "Samples/\(application)", "Package.swift"]
    return sources.allSatisfy { Files.newest("\(root)/\($0)") < built }
  }

  private func runRecipe(
    _ arguments: [String], _ isVerbose: Bool
  ) throws(LaunchError) -> String {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw LaunchError.system("cannot make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let talk = isVerbose ? dup(2) : unnamedFile()
    defer { close(talk) }
    let child: ChildProcess
    do throws(LaunchError) {
      child = try ChildProcess.start(
        "sh", [root + "/Kernel/Boot/build.sh"] + arguments, output: ends[1], error: talk,
        ownSession: false, diesWithParent: true)
    } catch {
      for end in ends { close(end) }
      throw error
    }
    close(ends[1])
    let output = Files.drain(ends[0])
    close(ends[0])
    guard child.wait() == .exited(0) else {
      if !isVerbose {
        lseek(talk, 0, SEEK_SET)
        _ = Files.write(Files.drain(talk), to: 2)
      }
      throw LaunchError(.failed, "building \(arguments[1]) failed")
    }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    guard let path = lines.last.map(String.init), Files.isReadable(path) else {
      throw LaunchError(.failed, "building \(arguments[1]) left no image")
    }
    return path
  }

  /// A descriptor of a file without a name.
  private func unnamedFile() -> Int32 {
    guard let file = tmpfile() else { return -1 }
    defer { fclose(file) }
    return fcntl(fileno(file), F_DUPFD_CLOEXEC, 3)
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
