internal import Glibc

/// Where a stub listens.
public enum Endpoint: Hashable, Sendable {
  case unix(path: String)
  case tcp(host: String, port: UInt16)
  /// A serial port, at a rate in bits a second.
  case serial(device: String, baud: Int)

  /// Reads `HOST:PORT`, `:PORT`, `serial:DEVICE@BAUD` or a path; a path holds a `/` or is what has no
  /// port at its end.
  public init(_ text: String) {
    if text.hasPrefix(Self.serialPrefix), let at = text.lastIndex(of: "@"),
      let baud = Int(text[text.index(after: at)...])
    {
      let device = text[..<at].dropFirst(Self.serialPrefix.count)
      self = .serial(device: String(device), baud: baud)
    } else if !text.utf8.contains(0x2f), let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    {
      var host = String(text[..<colon])
      if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
      self = .tcp(host: host.isEmpty ? "localhost" : host, port: port)
    } else {
      self = .unix(path: text)
    }
  }

  /// The same as text that `init` reads back.
  public var text: String {
    switch self {
    case .unix(let path):
      path.utf8.contains(0x2f) && !path.hasPrefix(Self.serialPrefix) ? path : "./" + path
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .serial(let device, let baud): "\(Self.serialPrefix)\(device)@\(baud)"
    }
  }

  private static let serialPrefix = "serial:"
}
