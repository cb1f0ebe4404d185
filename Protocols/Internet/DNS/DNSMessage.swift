// Messages of the domain name system (RFC 1035, section 4), as a client writes and reads them, with
// addresses of IPv6 (RFC 3596) and the extension for longer datagrams (EDNS(0), RFC 6891).

/// What is asked of a name.
public struct DNSQuestion: Hashable, Sendable {
  /// What kind of record is asked for.
  public enum Kind: UInt16, Sendable {
    /// An address of IPv4.
    case a = 1
    /// An address of IPv6.
    case aaaa = 28
  }

  /// The name.
  public let name: DNSName
  /// What is asked for.
  public let kind: Kind

  /// A question.
  public init(_ name: DNSName, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// The longest answer that a datagram may have: what passes every network in one piece.
  public static var datagramLimit: UInt16 { 1232 }

  /// The message that asks it, with recursion wanted; with `usesEDNS` longer answers are taken.
  public func message(_ id: UInt16, usesEDNS: Bool) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, usesEDNS ? 1 : 0]
    bytes.store16(0, id)
    bytes += name.wire
    bytes += [0, UInt8(truncatingIfNeeded: kind.rawValue), 0, 1]
    if usesEDNS {
      // OPT: the root's name, type 41, and as class how much is taken (RFC 6891, section 6.1.2).
      let size = Self.datagramLimit
      bytes += [0, 0, 41, UInt8(size >> 8), UInt8(size & 255), 0, 0, 0, 0, 0, 0]
    }
    return bytes
  }
}

/// A record of an answer.
public struct DNSRecord: Equatable, Sendable {
  /// What it says.
  public enum Value: Equatable, Sendable {
    /// An address of its name (A, AAAA).
    case address(IPAddress)
    /// Its name stands for another one (CNAME).
    case alias(DNSName)
  }

  /// Whose record it is.
  public let owner: DNSName
  /// For how many seconds it may be kept.
  public let seconds: UInt32
  /// What it says.
  public let value: Value
}

/// An answer.
public struct DNSMessage: Equatable, Sendable {
  /// The number of the question.
  public let id: UInt16
  /// How it went (RCODE, with EDNS's upper bits): 0 well, 2 failure, 3 there is no such name.
  public private(set) var code: UInt16
  /// Whether it did not fit.
  public let isTruncated: Bool
  /// Whether who answers asks others on our behalf, or has the name itself.
  public let isServing: Bool
  /// What was asked.
  public let name: DNSName
  /// The type that was asked for.
  public let type: UInt16
  /// Records of the answer section that are of use, in their order; those beyond `recordLimit` are
  /// left out.
  public private(set) var answers: [DNSRecord] = []
  /// For how many seconds it may be kept that something is not there (RFC 2308, section 5); nil
  /// without a word on that.
  public private(set) var negativeSeconds: UInt32?

  /// Records that are kept of one message.
  public static var recordLimit: Int { 64 }

  /// Reads an answer: the whole of a message. One that is truncated may end anywhere after what was
  /// asked.
  public init(parsing bytes: Span<UInt8>) throws(Drop) {
    guard bytes.count >= 12 else { throw .dnsMalformed }
    id = bytes.word16(0)
    let flags = bytes.word16(2)
    // An answer to a standard query with one question, which is repeated.
    guard flags & 0xf800 == 0x8000, bytes.word16(4) == 1 else { throw .dnsMalformed }
    isTruncated = flags & 0x0200 != 0
    isServing = flags & 0x0480 != 0
    code = flags & 15
    var offset = 12
    name = try DNSName(parsing: bytes, at: &offset)
    guard offset + 4 <= bytes.count, bytes.word16(offset + 2) == 1 else { throw .dnsMalformed }
    type = bytes.word16(offset)
    offset += 4
    do throws(Drop) {
      for section in 0..<3 {
        for _ in 0..<bytes.word16(6 + 2 * section) {
          try readRecord(bytes, at: &offset, section)
        }
      }
    } catch {
      guard isTruncated else { throw error }
    }
  }

  private mutating func readRecord(
    _ bytes: Span<UInt8>, at offset: inout Int, _ section: Int
  ) throws(Drop) {
    let owner = try DNSName(parsing: bytes, at: &offset)
    guard offset + 10 <= bytes.count else { throw .dnsMalformed }
    let (type, classNumber) = (bytes.word16(offset), bytes.word16(offset + 2))
    // A time with the highest bit is none (RFC 2181, section 8).
    let word = bytes.word32(offset + 4)
    let seconds = word >> 31 == 0 ? word : 0
    let count = Int(bytes.word16(offset + 8))
    let start = offset + 10
    guard start + count <= bytes.count else { throw .dnsMalformed }
    offset = start + count
    if section == 2, type == 41 { code |= UInt16(word >> 24) << 4 }
    guard classNumber == 1 else { return }
    if section == 1, type == 6 { return try readAuthority(bytes, start..<offset, seconds) }
    guard section == 0, answers.count < Self.recordLimit,
      let value = try Self.value(type, bytes, start..<offset)
    else { return }
    answers.append(DNSRecord(owner: owner, seconds: seconds, value: value))
  }

  private static func value(
    _ type: UInt16, _ bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(Drop) -> DNSRecord.Value? {
    let start = range.lowerBound
    switch type {
    case 1:
      guard range.count == 4 else { throw .dnsMalformed }
      return .address(.v4(IPv4Address(bits: bytes.word32(start))))
    case 28:
      guard range.count == 16 else { throw .dnsMalformed }
      return .address(.v6(IPv6Address(bytes, start)))
    case 5:
      var place = start
      let name = try DNSName(parsing: bytes, at: &place)
      guard place == range.upperBound else { throw .dnsMalformed }
      return .alias(name)
    default: return nil
    }
  }

  /// SOA: two names and five numbers, of which the last is meant (RFC 2308, section 4).
  private mutating func readAuthority(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ seconds: UInt32
  ) throws(Drop) {
    var place = range.lowerBound
    _ = try DNSName(parsing: bytes, at: &place)
    _ = try DNSName(parsing: bytes, at: &place)
    guard place + 20 == range.upperBound else { throw .dnsMalformed }
    negativeSeconds = min(seconds, bytes.word32(place + 16))
  }
}

extension [UInt8] {
  fileprivate mutating func store16(_ offset: Int, _ value: UInt16) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }
}
