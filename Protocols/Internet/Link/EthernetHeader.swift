// Ethernet II frames (IEEE 802.3, clause 3), with or without one 802.1Q tag. The check sequence is
// the network card's.

/// A 48-bit hardware address.
public struct MACAddress: Hashable, Sendable {
  /// The address in the low 48 bits, the first byte on the wire highest.
  public let bits: UInt64

  /// The address with these 48 bits.
  public init(bits: UInt64) { self.bits = bits & 0xffff_ffff_ffff }

  /// To every station.
  public static let broadcast = MACAddress(bits: 0xffff_ffff_ffff)

  /// Whether it stands for a group of stations, broadcast included.
  public var isGroup: Bool { bits >> 40 & 1 == 1 }

  init(_ bytes: Span<UInt8>, _ offset: Int) {
    bits = UInt64(bytes.word16(offset)) << 32 | UInt64(bytes.word32(offset &+ 2))
  }

  func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    bytes.store16(offset, UInt16(truncatingIfNeeded: bits >> 32))
    bytes.store32(offset &+ 2, UInt32(truncatingIfNeeded: bits))
  }
}

/// What a frame carries.
public enum EtherType: UInt16, Sendable {
  case ipv4 = 0x0800
  case arp = 0x0806
  case ipv6 = 0x86dd
}

/// The header of a frame.
public struct EthernetHeader: Equatable, Sendable {
  /// To whom.
  public var destination: MACAddress
  /// From whom.
  public var source: MACAddress
  /// What follows; the number, as it need not be one that is known.
  public var type: UInt16
  /// The tag's control information: priority, drop eligibility, and the VLAN in 12 bits.
  public var tag: UInt16?

  /// A header for a frame to be sent.
  public init(
    destination: MACAddress, source: MACAddress, type: EtherType, tag: UInt16? = nil
  ) {
    self.destination = destination
    self.source = source
    self.type = type.rawValue
    self.tag = tag
  }

  /// Bytes of the header.
  public var length: Int { tag == nil ? 14 : 18 }
  /// The VLAN (802.1Q, section 9.6); 0, like no tag at all, is the port's own.
  public var vlan: UInt16 { (tag ?? 0) & 0xfff }

  private static var tagType: UInt16 { 0x8100 }

  /// Reads the header at the start of a frame.
  public init(parsing frame: Span<UInt8>) throws(Drop) {
    guard frame.count >= 14 else { throw .frameMalformed }
    destination = MACAddress(frame, 0)
    source = MACAddress(frame, 6)
    type = frame.word16(12)
    guard type == Self.tagType else { return }
    guard frame.count >= 18 else { throw .frameMalformed }
    tag = frame.word16(14)
    type = frame.word16(16)
  }

  /// Writes the header to the start of `frame`, which has room for it.
  public func emit(into frame: inout MutableSpan<UInt8>) {
    destination.emit(into: &frame, at: 0)
    source.emit(into: &frame, at: 6)
    guard let tag else { return frame.store16(12, type) }
    frame.store16(12, Self.tagType)
    frame.store16(14, tag)
    frame.store16(16, type)
  }
}
