internal import Glibc

/// Where a stub listens.
public enum Endpoint: Hashable, Sendable {
  case unix(path: String)
  case tcp(host: String, port: UInt16)

  /// Reads `HOST:PORT`, `:PORT` or a path; a path holds a `/` or is what has no port at its end.
  public init(_ text: String) {
    if !text.utf8.contains(0x2f), let colon = text.lastIndex(of: ":"),
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
    case .unix(let path): path.utf8.contains(0x2f) ? path : "./" + path
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
