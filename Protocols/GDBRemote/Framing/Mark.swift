/// The bytes that framing gives a meaning.
public enum Mark {
  /// `$`, which begins a packet.
  public static let packet: UInt8 = 0x24
  /// `%`, which begins a notification.
  public static let notification: UInt8 = 0x25
  /// `#`, which ends either, before two digits of checksum.
  public static let end: UInt8 = 0x23
  /// `+`
  public static let acknowledge: UInt8 = 0x2b
  /// `-`
  public static let reject: UInt8 = 0x2d
  /// `*`, which introduces a run's length.
  public static let run: UInt8 = 0x2a
  /// `}`, which introduces an escaped byte.
  public static let escape: UInt8 = 0x7d
  /// What an escaped byte is combined with by exclusive or.
  public static let escapeBit: UInt8 = 0x20
  /// Ctrl-C, which asks a running target to stop.
  public static let interrupt: UInt8 = 3
}
