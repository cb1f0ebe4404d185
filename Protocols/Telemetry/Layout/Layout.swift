// Where things stand in the root block, in entries and in fields: SPEC.md, part 1. Offsets and sizes
// in bytes.

/// The root block.
public enum RootLayout {
  /// `PORTHOLE`, read as a little-endian number.
  public static var magic: UInt64 { 0x454c_4f48_5452_4f50 }
  public static var version: UInt32 { 1 }
  public static var size: Int { 128 }
  /// The block begins on a multiple of this.
  public static var alignment: UInt64 { 4096 }

  public static var versionAndSize: Int { 8 }
  public static var generation: Int { 16 }
  public static var entries: Int { 24 }
  /// The number of entries, and in the upper half their stride.
  public static var entryCount: Int { 32 }
  /// The stride of fields, and in the upper half the processor.
  public static var fieldStride: Int { 40 }
  public static var buildID: Int { 48 }
  public static var buildIDCount: Int { 56 }
  public static var clock: Int { 64 }
  public static var own: Int { 72 }
}

/// An entry.
public enum EntryLayout {
  public static var size: Int { 64 }

  public static var name: Int { 0 }
  public static var nameCount: Int { 8 }
  public static var kind: Int { 10 }
  public static var unit: Int { 11 }
  public static var flags: Int { 12 }
  public static var fieldCount: Int { 14 }
  public static var address: Int { 16 }
  public static var fields: Int { 24 }
  public static var count: Int { 32 }
  public static var capacity: Int { 40 }
  public static var stride: Int { 44 }
  public static var type: Int { 48 }
}

/// A field of a row or record.
public enum FieldLayout {
  public static var size: Int { 32 }

  public static var name: Int { 0 }
  public static var nameCount: Int { 8 }
  public static var type: Int { 10 }
  public static var unit: Int { 11 }
  public static var offset: Int { 12 }
  public static var width: Int { 14 }
  public static var extraAddress: Int { 16 }
  public static var extraNumber: Int { 24 }
}

/// A histogram as it stands in memory.
public enum HistogramLayout {
  public static var size: Int { 40 }

  public static var counts: Int { 0 }
  public static var first: Int { 8 }
  public static var count: Int { 16 }
  public static var maximum: Int { 24 }
  public static var total: Int { 32 }
}
