internal import ArgumentParser
internal import Bytes
internal import JSON
internal import Launcher

/// `porthole build`.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build an application and its kernel into one bootable image.",
    discussion: """
      Prints the image's path last on standard output. The image carries no symbols; they stay in
      the cache, found by build id ($XDG_CACHE_HOME/porthole/symbols).

        porthole build Hello
        porthole build Heartbeat --release
        porthole run "$(porthole build Hello)"
      """)

  @Argument(help: "A sample's name; `porthole build` without one lists them.")
  var application: String?

  @Option(help: "What the image is for; host makes a Linux process of the same sources.")
  var arch = ImageArchitecture.x86_64

  @Flag(help: "Optimize; default is a debug image.")
  var release = false

  @Flag(inversion: .prefixedNo, help: "Include the agent (not there yet).")
  var agent: Bool?

  @Flag(help: "Make a raw disk image with a boot loader (not there yet).")
  var disk = false

  @Option(help: "The highest level of authority the image grants; observe, stop, write or update.")
  var allow: AuthorityLevel?

  @Flag(help: "Print one JSON object instead of the path.")
  var json = false

  func run() throws {
    if disk {
      throw Failure(.usage, "--disk cannot be built yet; `porthole run` boots the image directly")
    }
    if agent == true {
      throw Failure(.usage, "--agent: there is no agent to build in yet; leave the option out")
    }
    if let allow, allow != .write {
      throw Failure(.usage, "--allow needs the agent, which is not there yet; use `run --allow`")
    }
    let builder = try ImageBuilder.locate()
    guard let application else {
      throw Failure(.usage, "build what? one of: \(builder.samples.joined(separator: ", "))")
    }
    let image = try Images.build(application, arch, isRelease: release, with: builder)
    guard json else { return Output.line(image.path) }
    var line = JSONObject(schema: "image")
    line["path"] = .string(image.path)
    line["symbols"] = .string(image.debugPath)
    line["buildID"] = Images.buildID(of: image.path).map { .string($0.hex) } ?? .null
    Output.json(line)
  }
}
