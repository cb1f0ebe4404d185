/// Where a link is reached: a unix socket or a TCP port.
public enum LinkAddress: Hashable, Sendable {
  case unix(path: String)
  case tcp(host: String, port: UInt16)

  /// Parses `HOST:PORT`, `[V6]:PORT`, `:PORT`, `PORT` or a path; anything with a slash is a path,
  /// and so is anything that names no port. `nil` if it is empty.
  public static func parse(_ text: String) -> LinkAddress? {
    guard !text.isEmpty else { return nil }
    guard !text.contains("/") else { return .unix(path: text) }
    if let port = UInt16(text) { return .tcp(host: "localhost", port: port) }
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { return .unix(path: text) }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return .tcp(host: host.isEmpty ? "localhost" : host, port: port)
  }
}

extension LinkAddress: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unix(let path): path
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
