// What tests need that drive the built tool: a place of their own, the tool's path, images, and
// commands with a time-out. Each workbench has its own registry, cache and state, and when it goes
// it ends exactly the instances and programs that were started through it.

internal import Glibc
public import Launcher

/// What a command left behind.
public struct CommandResult: Sendable {
  /// Its exit status; 128 and the signal if it was killed; `nil` if it had to be ended here.
  public var status: Int32?
  public var output: String
  public var talk: String
}

/// A place of its own for one test.
public final class Workbench {
  /// An empty folder, removed with the workbench.
  public let folder: String
  private var started: [ChildProcess] = []

  /// Makes the folder.
  public init() {
    var template = Array("/tmp/porthole-test-XXXXXX".utf8CString)
    _ = mkdtemp(&template)
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    mkdir(folder + "/run", 0o700)
    mkdir(folder + "/state", 0o700)
  }

  deinit {
    for instance in registry.instances() { try? registry.stop(instance) }
    for child in started where !child.hasEnded {
      kill(child.pid, SIGKILL)
      _ = child.wait(milliseconds: 2000)
    }
    _ = system("rm -rf '\(folder)'")
  }

  /// The registry that tools started here use.
  public var registry: Registry { Registry(directory: folder + "/run/porthole") }

  /// Variables for `env` that give a tool this workbench's folders.
  public var environment: [String] {
    [
      "XDG_RUNTIME_DIR=\(folder)/run", "XDG_STATE_HOME=\(folder)/state",
      "XDG_CACHE_HOME=\(Self.cache)", "PORTHOLE_ROOT=\(Self.root)",
    ]
  }

  /// The built tool: `$PORTHOLE`, or the one beside this test bundle.
  public static let tool: String = {
    if let path = XDG.environment("PORTHOLE") { return path }
    let own = ImageBuilder.executablePath()
    return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/porthole"
  }()

  /// The package's folder, from where this file stands in it.
  public static let root: String =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  /// The symbol cache, shared by all tests of one build.
  private static let cache = root + "/.build/test-cache"

  /// Runs the tool to its end.
  public func porthole(_ arguments: String..., milliseconds: Int = 60_000) -> CommandResult {
    run([Self.tool] + arguments, milliseconds: milliseconds)
  }

  /// Runs a command to its end with this workbench's folders; its input is empty.
  public func run(_ words: [String], milliseconds: Int = 60_000) -> CommandResult {
    let name = "\(folder)/command-\(started.count)"
    guard let child = start(words, output: name + ".out", talk: name + ".err") else {
      return CommandResult(status: 127, output: "", talk: "cannot start \(words)")
    }
    var status: Int32?
    switch child.wait(milliseconds: milliseconds) {
    case .exited(let value): status = value
    case .killed(let signal): status = 128 + signal
    case nil:
      kill(child.pid, SIGKILL)
      _ = child.wait()
    }
    return CommandResult(
      status: status, output: Files.text(name + ".out") ?? "",
      talk: Files.text(name + ".err") ?? "")
  }

  /// Starts a command with this workbench's folders; it dies with the test.
  public func start(
    _ words: [String], input: Int32? = nil, output: String, talk: String
  ) -> ChildProcess? {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    let (out, err) = (open(output, flags, 0o600), open(talk, flags, 0o600))
    defer {
      close(out)
      close(err)
    }
    let child = try? ChildProcess.start(
      "env", environment + words, input: input, output: out, error: err, diesWithParent: false)
    if let child { started.append(child) }
    return child
  }

  /// Waits until `condition` holds; `false` if it does not in time.
  public func waits(milliseconds: Int = 60_000, until condition: () -> Bool) -> Bool {
    let deadline = Deadline(milliseconds: milliseconds)
    while !deadline.isOver {
      if condition() { return true }
      usleep(10_000)
    }
    return condition()
  }
}
