// Why something that arrived, or was to be sent, came to nothing. Every drop has a reason, and every
// reason a counter.

/// A reason to drop a packet.
public enum Drop: Int, CaseIterable, Error, Sendable {
  // Ethernet
  case frameMalformed, frameNotForUs, frameUnknownType, frameOtherVLAN
  // ARP
  case arpMalformed, arpNotForUs, hostUnreachable
  // IPv4
  case ipMalformed, ipChecksum, ipNotForUs, ipBadSource, ipUnknownProtocol
  case fragmentMalformed, fragmentOverlap, fragmentNoRoom, fragmentTimeout
  // ICMP
  case icmpMalformed, icmpChecksum, icmpIgnored, icmpLimited
  // UDP
  case udpMalformed, udpChecksum, udpNoSocket
  // DNS
  case dnsMalformed, dnsUnexpected
  // TCP
  case tcpMalformed, tcpChecksum, tcpNoConnection, tcpBacklogFull, tcpNoRoom, tcpNoMemory
  case tcpOutsideWindow, tcpBadAcknowledgment, tcpBadFlags, tcpOldTimestamp, tcpDuplicate
  case tcpAfterClose, tcpNoReassembly, tcpChallenged
  // Sending
  case noRoute, noBuffer, tooLong

  /// The name of its counter.
  public var name: StaticString {
    switch self {
    case .frameMalformed: "net.drop.ethernet.malformed"
    case .frameNotForUs: "net.drop.ethernet.notForUs"
    case .frameUnknownType: "net.drop.ethernet.unknownType"
    case .frameOtherVLAN: "net.drop.ethernet.otherVlan"
    case .arpMalformed: "net.drop.arp.malformed"
    case .arpNotForUs: "net.drop.arp.notForUs"
    case .hostUnreachable: "net.drop.arp.noAnswer"
    case .ipMalformed: "net.drop.ipv4.malformed"
    case .ipChecksum: "net.drop.ipv4.checksum"
    case .ipNotForUs: "net.drop.ipv4.notForUs"
    case .ipBadSource: "net.drop.ipv4.badSource"
    case .ipUnknownProtocol: "net.drop.ipv4.unknownProtocol"
    case .fragmentMalformed: "net.drop.fragment.malformed"
    case .fragmentOverlap: "net.drop.fragment.overlap"
    case .fragmentNoRoom: "net.drop.fragment.noRoom"
    case .fragmentTimeout: "net.drop.fragment.timeout"
    case .icmpMalformed: "net.drop.icmp.malformed"
    case .icmpChecksum: "net.drop.icmp.checksum"
    case .icmpIgnored: "net.drop.icmp.ignored"
    case .icmpLimited: "net.drop.icmp.limited"
    case .udpMalformed: "net.drop.udp.malformed"
    case .udpChecksum: "net.drop.udp.checksum"
    case .udpNoSocket: "net.drop.udp.noSocket"
    case .dnsMalformed: "net.drop.dns.malformed"
    case .dnsUnexpected: "net.drop.dns.unexpected"
    case .tcpMalformed: "net.drop.tcp.malformed"
    case .tcpChecksum: "net.drop.tcp.checksum"
    case .tcpNoConnection: "net.drop.tcp.noConnection"
    case .tcpBacklogFull: "net.drop.tcp.backlogFull"
    case .tcpNoRoom: "net.drop.tcp.noRoom"
    case .tcpNoMemory: "net.drop.tcp.noMemory"
    case .tcpOutsideWindow: "net.drop.tcp.outsideWindow"
    case .tcpBadAcknowledgment: "net.drop.tcp.badAck"
    case .tcpBadFlags: "net.drop.tcp.badFlags"
    case .tcpOldTimestamp: "net.drop.tcp.oldTimestamp"
    case .tcpDuplicate: "net.drop.tcp.duplicate"
    case .tcpAfterClose: "net.drop.tcp.afterClose"
    case .tcpNoReassembly: "net.drop.tcp.noReassembly"
    case .tcpChallenged: "net.drop.tcp.challenged"
    case .noRoute: "net.drop.send.noRoute"
    case .noBuffer: "net.drop.send.noBuffer"
    case .tooLong: "net.drop.send.tooLong"
    }
  }
}

/// How often each reason has occurred.
public struct DropCounters {
  /// Room for counters: one for each reason, in the order of their numbers.
  public var counts = InlineArray<64, UInt64>(repeating: 0)

  /// Nothing dropped yet.
  public init() {}

  /// The count of one reason.
  public subscript(_ reason: Drop) -> UInt64 { counts[reason.rawValue] }

  /// Counts one more.
  public mutating func count(_ reason: Drop) { counts[reason.rawValue] &+= 1 }

  /// Everything that was dropped.
  public var total: UInt64 {
    var sum: UInt64 = 0
    for index in 0..<64 { sum &+= counts[index] }
    return sum
  }
}
