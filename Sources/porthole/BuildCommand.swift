internal import ArgumentParser
internal import Bytes
internal import JSON
internal import Launcher

/// `porthole build`.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build an application and its kernel into one image.",
    discussion: """
      Prints the image's path last on standard output. The image carries no
      symbols; they stay in the cache, found by build id
      ($XDG_CACHE_HOME/porthole/symbols). With --disk the path is that of a raw
      disk that boots by itself: write it to a drive, or give it to any
      hypervisor. With --arch host it is that of a Linux program.

        porthole build Hello
        porthole build Heartbeat --release     optimized, without the agent
        porthole build .                       a package, by its folder
        porthole build Hello --release --disk -- words for=the guest
        porthole run "$(porthole build Hello)"
        gdb "$(porthole build Hello --arch host).elf"
      """)

  @Argument(help: "A sample's name (without one they are listed), or a package's folder.")
  var application: String?

  @Option(help: "Which executable of the package; needed if it has several.")
  var product: String?

  @Option(help: "What the image is for; host makes a Linux process of the same sources.")
  var arch = ImageArchitecture.x86_64

  @Flag(help: "Optimize; default is a debug image.")
  var release = false

  @Flag(
    inversion: .prefixedNo,
    help: "Include the agent, on COM2: debugging, counters and profiles; default in debug images.")
  var agent: Bool?

  @Flag(help: "Make a raw disk with a boot loader (GRUB), for pc, q35 and hardware with a BIOS.")
  var disk = false

  @Option(help: "The highest level of authority the image grants; observe, stop, write or update.")
  var allow: AuthorityLevel?

  @Flag(help: "Print one JSON object instead of the path.")
  var json = false

  @Argument(
    parsing: .postTerminator, help: "With --disk: words for the guest's command line, after --.")
  var arguments: [String] = []

  func run() throws {
    if disk, arch != .x86_64 { throw Failure(.usage, "--disk is for --arch x86_64 only") }
    if !disk, !arguments.isEmpty {
      throw Failure(.usage, "words for the guest are given to `run`; a disk alone has its own")
    }
    if agent == true, arch != .x86_64 {
      throw Failure(.usage, "--agent is for --arch x86_64; a Linux process is debugged with gdb")
    }
    if let allow, allow != .write {
      throw Failure(.usage, "the agent grants up to write; other levels are not there yet")
    }
    let builder = try ImageBuilder.locate()
    guard let application else {
      throw Failure(.usage, "build what? one of: \(builder.samples.joined(separator: ", "))")
    }
    let image = try Images.build(
      builder.application(application, product: product), arch, isRelease: release,
      hasAgent: agent ?? (!release && arch == .x86_64), with: builder)
    let path = disk ? try BootLoader.makeDisk(of: image.path, words: arguments) : image.path
    guard json else { return Output.line(path) }
    var line = JSONObject(schema: "image")
    line["path"] = .string(path)
    line["symbols"] = .string(image.debugPath)
    line["buildID"] = Images.buildID(of: image.path).map { .string($0.hex) } ?? .null
    Output.json(line)
  }
}
