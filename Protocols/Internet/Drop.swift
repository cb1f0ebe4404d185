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
  case fragmentMalformed, fragmentOverlap, fragmentDuplicate, fragmentNoRoom, fragmentTimeout
  // ICMP
  case icmpMalformed, icmpChecksum, icmpIgnored, icmpLimited
  // IPv6, ICMPv6, neighbours and groups
  case ip6Malformed, ip6NotForUs, ip6BadSource, ip6BadHeader, ip6UnknownHeader, ip6NoNext
  case icmp6Malformed, icmp6Checksum, icmp6Ignored, icmp6Limited
  case ndpMalformed, ndpNotOnLink, ndpNotForUs, ndpAddressTaken, neighbourUnreachable, mldMalformed
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
    case .fragmentDuplicate: "net.drop.fragment.duplicate"
    case .fragmentNoRoom: "net.drop.fragment.noRoom"
    case .fragmentTimeout: "net.drop.fragment.timeout"
    case .icmpMalformed: "net.drop.icmp.malformed"
    case .icmpChecksum: "net.drop.icmp.checksum"
    case .icmpIgnored: "net.drop.icmp.ignored"
    case .icmpLimited: "net.drop.icmp.limited"
    case .ip6Malformed: "net.drop.ipv6.malformed"
    case .ip6NotForUs: "net.drop.ipv6.notForUs"
    case .ip6BadSource: "net.drop.ipv6.badSource"
    case .ip6BadHeader: "net.drop.ipv6.badHeader"
    case .ip6UnknownHeader: "net.drop.ipv6.unknownHeader"
    case .ip6NoNext: "net.drop.ipv6.noNextHeader"
    case .icmp6Malformed: "net.drop.icmpv6.malformed"
    case .icmp6Checksum: "net.drop.icmpv6.checksum"
    case .icmp6Ignored: "net.drop.icmpv6.ignored"
    case .icmp6Limited: "net.drop.icmpv6.limited"
    case .ndpMalformed: "net.drop.ndp.malformed"
    case .ndpNotOnLink: "net.drop.ndp.notOnLink"
    case .ndpNotForUs: "net.drop.ndp.notForUs"
    case .ndpAddressTaken: "net.drop.ndp.addressTaken"
    case .neighbourUnreachable: "net.drop.ndp.noAnswer"
    case .mldMalformed: "net.drop.mld.malformed"
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
  public var counts = InlineArray<96, UInt64>(repeating: 0)

  /// Nothing dropped yet.
  public init() {}

  /// The count of one reason.
  public subscript(_ reason: Drop) -> UInt64 { counts[reason.rawValue] }

  /// Counts one more.
  public mutating func count(_ reason: Drop) { counts[reason.rawValue] &+= 1 }

  /// Everything that was dropped.
  public var total: UInt64 {
    var sum: UInt64 = 0
    for index in counts.indices { sum &+= counts[index] }
    return sum
  }
}
