// What a reader takes seriously at most. Memory that describes itself may be damaged, or of
// somebody who means harm: beyond these an entry is read as absent, a row list as ended.

/// The bounds of reading.
public enum Bounds {
  public static var entries: Int { 4096 }
  public static var fields: Int { 32 }
  public static var nameBytes: Int { 128 }
  public static var textBytes: Int { 1024 }
  public static var rowBytes: Int { 4096 }
  /// Of a table or a list.
  public static var rows: Int { 4096 }
  /// Of a ring.
  public static var records: Int { 1 << 20 }
  public static var names: Int { 64 }
  /// Buckets of a histogram: all that 64 bits need.
  public static var buckets: Int { 496 }
}
