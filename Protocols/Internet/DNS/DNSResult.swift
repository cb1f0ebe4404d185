// What a question comes to: addresses, or the reason why there is none.

/// Why there is no address.
public enum DNSError: UInt8, Error, Sendable {
  /// The text is neither an address nor a name.
  case invalidName
  /// No server is known: none was configured, and DHCP has named none.
  case noServer
  /// There is no such name.
  case noSuchName
  /// The name has no address of the kind that was asked for.
  case noAddress
  /// No server has answered.
  case timedOut
  /// The servers could not tell.
  case serverFailure
  /// The name stands for another, and so on, without an end.
  case tooManyAliases
  /// Too many questions are open already.
  case tooMany
  /// The task that waited was cancelled.
  case cancelled

  /// The same in words, for a message that begins with the name.
  public var words: StaticString {
    switch self {
    case .invalidName: "that is neither a name nor an address"
    case .noServer: "no name server is known: porthole.dns=ADDRESS names one"
    case .noSuchName: "there is no such name"
    case .noAddress: "the name has no address"
    case .timedOut: "no name server answers"
    case .serverFailure: "the name servers cannot tell"
    case .tooManyAliases: "the name stands for others without end"
    case .tooMany: "too many names are being looked up"
    case .cancelled: "given up"
    }
  }
}

/// What a question has come to, and for how long that may be kept: 0, not at all.
public struct DNSResult: Equatable, Sendable {
  /// The addresses, at least one; or why there is none.
  public let answer: Result<[IPAddress], DNSError>
  /// Seconds for which it stays true.
  public var seconds: UInt32

  /// Addresses that are kept of one answer.
  public static var addressLimit: Int { 8 }
  /// The longest time that anything is kept for; and, that something is not there (RFC 2308, section 5).
  static var longest: UInt32 { 86_400 }
  static var longestNegative: UInt32 { 3600 }

  /// What a question has come to.
  public init(_ answer: Result<[IPAddress], DNSError>, seconds: UInt32) {
    self.answer = answer
    self.seconds = seconds
  }

  static func found(_ addresses: [IPAddress], seconds: UInt32) -> DNSResult {
    DNSResult(
      .success(Array(addresses.prefix(addressLimit))), seconds: min(seconds, longest))
  }

  static func missing(_ error: DNSError, seconds: UInt32 = 0) -> DNSResult {
    DNSResult(.failure(error), seconds: min(seconds, longestNegative))
  }

  public static func == (a: DNSResult, b: DNSResult) -> Bool {
    guard a.seconds == b.seconds else { return false }
    switch (a.answer, b.answer) {
    case (.success(let a), .success(let b)): return a == b
    case (.failure(let a), .failure(let b)): return a == b
    default: return false
    }
  }
}
