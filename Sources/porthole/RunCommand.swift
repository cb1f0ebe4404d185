internal import ArgumentParser
internal import Glibc
internal import Launcher

/// `porthole run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot an image in QEMU and register it, or run it as a process.",
    discussion: """
      In the foreground the guest's console is standard output, and the guest ends
      with the tool, however the tool ends. Exit status: the guest's own when it
      powers off, 4 when it panicked with --on-panic exit, or died. With --detach
      it runs on, and its name is printed.

      An image for the host (--arch host) runs as a process of this terminal, with
      the same exit statuses; --disk, --sandbox and words after -- are for it too.
      It is no registered instance: look into it with gdb, or through gdbserver
      with `porthole attach gdb:HOST:PORT`.

        porthole run Hello
        porthole run .                         the package in this folder
        porthole run Heartbeat --detach --name demo --memory 16
        porthole run ./image --machine q35 --on-panic exit -- verbose=1
        porthole run Blocks --arch host --sandbox --disk ./file
      """)

  @Argument(
    help: "A sample's name or a package's folder, which is built first; or an image or disk.")
  var image: String

  @Option(help: "The instance's name; default is the image's.")
  var name: String?

  @Flag(help: "Return once it is booting; end it with `porthole stop`.")
  var detach = false

  @Flag(help: "Print JSON: the instance, then its console's text and its end, one object a line.")
  var json = false

  @Option(
    help: "What an application is built for before it runs; host makes it a process of this host.")
  var arch: ImageArchitecture?

  @Flag(help: "As a process: leave it only the system calls that the platform needs.")
  var sandbox = false

  @OptionGroup var machine: MachineOptions

  @Option(help: "The network: user, tap:IF, dgram:PATH or none.")
  var net = NetworkAttachment.none

  @Option(
    help: ArgumentHelp(
      "Forward a host port, TCP and UDP; needs --net user.", valueName: "HOST:GUEST"))
  var forward: [PortForward] = []

  @Option(help: ArgumentHelp("A raw disk image for the guest.", valueName: "FILE"))
  var disk: String?

  @Option(help: "What a panic does: halt (stays attachable), exit or reboot.")
  var onPanic = PanicAction.halt

  @Option(help: "How far clients may go: observe, stop, write or update.")
  var allow = AuthorityLevel.write

  @Argument(parsing: .postTerminator, help: "Words for the guest's command line, after --.")
  var arguments: [String] = []

  func validate() throws {
    if !forward.isEmpty, net != .user { throw ValidationError("--forward needs --net user") }
    if detach, onPanic == .reboot {
      throw ValidationError("--on-panic reboot needs the tool in the foreground, without --detach")
    }
    if let name, !Instance.isName(name) {
      throw ValidationError(
        "'\(name)' cannot name an instance; use up to 32 letters, digits, dots, dashes, underscores"
      )
    }
  }

  func run() throws {
    let path = absolute(try Images.resolve(image, arch ?? .x86_64))
    if HostProgram.isOne(path) { return try process(path).run() }
    if let arch, arch != .x86_64 {
      throw Failure(.usage, "\(image) is no application built for \(arch.rawValue)")
    }
    if sandbox {
      throw Failure(.usage, "--sandbox is for applications that run as a process (--arch host)")
    }
    var guest = try machine.configuration(image: path)
    if guest.isDiskImage, !arguments.isEmpty {
      throw Failure(
        .usage, "a disk has its command line in it: porthole build NAME --disk -- WORDS")
    }
    guest.network = net
    guest.forwards = forward
    guest.disk = disk.map(absolute)
    guest.onPanic = onPanic
    guest.authority = allow
    guest.arguments = arguments
    let registry = Registry()
    let name = name ?? registry.freeName(Images.instanceName(for: image))
    let signals = detach ? nil : SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    let booted = try registry.boot(
      guest, name: name, buildID: Images.buildID(of: path), diesWithTool: !detach)
    guard !detach, let signals else {
      Talk.line("\(name) is running; look inside: porthole attach \(name)")
      return json ? Output.json(PsCommand.object(booted.instance, nil)) : Output.line(name)
    }
    if json {
      Output.json(PsCommand.object(booted.instance, nil))
    } else if Talk.isTerminal {
      Talk.line("\(name) is running (Ctrl-C ends it); look inside: porthole attach \(name)")
    }
    try Foreground(booted: booted, signals: signals, isJSON: json).run()
  }

  /// The image as a process; refuses the options that mean nothing to one.
  private func process(_ path: String) throws -> HostRun {
    if let arch, arch != .host { throw Failure(.usage, "\(image) is built for the host") }
    let refused: [(option: String, isGiven: Bool)] = [
      ("--detach", detach), ("--name", name != nil), ("--json", json),
      ("--net", net != .none), ("--on-panic reboot", onPanic == .reboot),
      ("--allow", allow != .write), ("--machine", machine.machine != nil),
      ("--memory", machine.memory != MachineOptions.defaultMemory),
      ("--accel", machine.accel != .tcg), ("--icount", machine.icount),
    ]
    if let first = refused.first(where: \.isGiven) {
      throw Failure(.usage, "\(first.option) is for guests in QEMU; \(image) is a Linux process")
    }
    return HostRun(
      program: HostProgram(
        path: path, isSandboxed: sandbox, disks: disk.map { [absolute($0)] } ?? [],
        words: arguments))
  }

  private func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    var buffer = [CChar](repeating: 0, count: 4096)
    guard getcwd(&buffer, buffer.count) != nil else { return path }
    let end = buffer.firstIndex(of: 0) ?? 0
    return String(decoding: buffer[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self) + "/" + path
  }
}
