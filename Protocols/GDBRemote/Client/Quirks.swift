/// What a stub does differently from the protocol's description. SPEC.md says where each was seen.
public struct Quirks: OptionSet, Hashable, Sendable {
  public var rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// A new request counts as the acknowledgement of the last reply, so several may be under way
  /// although packets are acknowledged, and no acknowledgement need be sent. None is: any byte
  /// that comes while the guest runs stops it, an acknowledgement too many as well.
  public static let requestsAcknowledge = Quirks(rawValue: 1 << 0)
  /// `?` removes every breakpoint, so they are planted again after it.
  public static let stopReasonRemovesStopPoints = Quirks(rawValue: 1 << 1)
  /// A read may ask for as many bytes as half the packet size, without room for a header.
  public static let readsHalfAPacket = Quirks(rawValue: 1 << 2)

  /// QEMU's stub, as of 7.2.
  public static let qemu: Quirks = [
    .requestsAcknowledge, .stopReasonRemovesStopPoints, .readsHalfAPacket,
  ]
}
