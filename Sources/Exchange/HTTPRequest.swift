// As much of HTTP/1.1 (RFC 9112) as a scrape needs: one request, one answer, and the connection ends.

/// A request as it comes in.
public struct HTTPRequest: Sendable {
  /// What a client may send before it is answered.
  static var mostBytes: Int { 8192 }

  private var bytes: [UInt8] = []

  /// Nothing has come yet.
  public init() {}

  /// What to do about what has come so far.
  public enum Outcome: Sendable, Equatable {
    case incomplete
    case metrics(withBody: Bool)
    /// Answer with this status and say why.
    case refuse(Int, String)
  }

  /// Takes bytes of the request.
  public mutating func received(_ more: some Collection<UInt8>) -> Outcome {
    guard bytes.count + more.count <= Self.mostBytes else {
      return .refuse(431, "the request is too long")
    }
    // What came before holds no end, but may hold its beginning.
    let start = max(0, bytes.count - 3)
    bytes += more
    let new = bytes[start...]
    guard new.contains([13, 10, 13, 10]) || new.contains([10, 10]) else { return .incomplete }
    let line = bytes.prefix { $0 != 13 && $0 != 10 }
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard words.count == 3, words[2].starts(with: "HTTP/1.".utf8) else {
      return .refuse(400, "that is no HTTP/1.1 request")
    }
    let path = words[1].prefix { $0 != UInt8(ascii: "?") }
    guard path.elementsEqual("/metrics".utf8) else {
      return .refuse(404, "the figures are at /metrics")
    }
    switch String(decoding: words[0], as: UTF8.self) {
    case "GET": return .metrics(withBody: true)
    case "HEAD": return .metrics(withBody: false)
    default: return .refuse(405, "only GET")
    }
  }

  /// An answer's bytes.
  public static func answer(
    _ status: Int, _ mediaType: String, _ body: String, withBody: Bool = true
  ) -> [UInt8] {
    let reasons = [
      200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
      431: "Request Header Fields Too Large", 503: "Service Unavailable",
    ]
    let head =
      "HTTP/1.1 \(status) \(reasons[status] ?? "Error")\r\nContent-Type: \(mediaType)\r\n"
      + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n"
      + (status == 405 ? "Allow: GET, HEAD\r\n" : "") + "\r\n"
    return Array((withBody ? head + body : head).utf8)
  }
}
