// TARGET of the command line: which instance, stub, device or file a command means.

/// A target as the command line names it.
public enum TargetName: Hashable, Sendable {
  /// An instance that `porthole run` registered.
  case instance(String)
  /// QEMU's own stub; a path that is an instance's name, and no file, means that instance's.
  case qemu(LinkAddress)
  /// Any gdbserver.
  case gdb(LinkAddress)
  /// The agent over TCP or a unix socket.
  case agent(LinkAddress)
  /// The agent on a serial line.
  case serial(device: String, baud: Int)
  /// An ELF core or the memory of an instance that is gone.
  case core(path: String)
  /// A recorded session.
  case recording(path: String)

  /// Parses TARGET. Without a known prefix it is an instance's name.
  public static func parse(_ text: String) throws(LaunchError) -> TargetName {
    guard let colon = text.firstIndex(of: ":") else { return .instance(try name(text)) }
    let kind = String(text[..<colon])
    let rest = String(text[text.index(after: colon)...])
    switch kind {
    case "qemu": return .qemu(try endpoint(rest, of: text))
    case "gdb": return .gdb(try endpoint(rest, of: text))
    case "tcp":
      guard case .tcp(let host, let port)? = LinkAddress.parse(rest) else {
        throw LaunchError(.usage, "'\(text)' names no port; write tcp:HOST:PORT")
      }
      return .agent(.tcp(host: host, port: port))
    case "unix": return .agent(.unix(path: try path(rest, of: text)))
    case "serial": return try serial(rest, of: text)
    case "core": return .core(path: try path(rest, of: text))
    case "recording": return .recording(path: try path(rest, of: text))
    default:
      let kinds = ["qemu", "gdb", "tcp", "unix", "serial", "core", "recording"]
      let hint = Suggestion.text(for: kind, among: kinds)
      throw LaunchError(
        .usage, "no target begins with '\(kind):'\(hint); targets are \(Self.grammar)")
    }
  }

  /// What a TARGET can be, for help and errors.
  public static let grammar = """
    an instance's name, qemu:NAME, qemu:HOST:PORT, qemu:PATH, gdb:HOST:PORT, gdb:PATH, tcp:HOST:PORT, \
    unix:PATH, serial:DEVICE[@BAUD], core:FILE or recording:FILE
    """

  private static func name(_ text: String) throws(LaunchError) -> String {
    guard Instance.isName(text) else {
      throw LaunchError(.usage, "'\(text)' is no target; a target is \(Self.grammar)")
    }
    return text
  }

  private static func endpoint(_ rest: String, of text: String) throws(LaunchError) -> LinkAddress {
    guard let endpoint = LinkAddress.parse(rest) else {
      throw LaunchError(.usage, "'\(text)' does not say where; write \(text)HOST:PORT or a path")
    }
    return endpoint
  }

  private static func path(_ rest: String, of text: String) throws(LaunchError) -> String {
    guard !rest.isEmpty else { throw LaunchError(.usage, "'\(text)' lacks a path") }
    return rest
  }

  private static func serial(_ rest: String, of text: String) throws(LaunchError) -> TargetName {
    let parts = rest.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let baud = parts.count == 2 ? Int(parts[1]) : 115_200
    guard let device = parts.first, !device.isEmpty, let baud, (50...4_000_000).contains(baud)
    else {
      throw LaunchError(.usage, "'\(text)' is no serial line; write serial:/dev/ttyS0@115200")
    }
    return .serial(device: String(device), baud: baud)
  }
}

extension TargetName: CustomStringConvertible {
  public var description: String {
    switch self {
    case .instance(let name): name
    case .qemu(let endpoint): "qemu:\(endpoint)"
    case .gdb(let endpoint): "gdb:\(endpoint)"
    case .agent(.unix(let path)): "unix:\(path)"
    case .agent(let endpoint): "tcp:\(endpoint)"
    case .serial(let device, let baud): "serial:\(device)@\(baud)"
    case .core(let path): "core:\(path)"
    case .recording(let path): "recording:\(path)"
    }
  }
}
