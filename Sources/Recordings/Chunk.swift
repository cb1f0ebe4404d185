// The chunks of a recording (SPEC.md).

internal import Cores

/// What a chunk is.
public enum ChunkKind: UInt8, Sendable {
  case origin = 1
  /// A frame that begins anew, and one that goes on.
  case firstFrame, frame
  case console, state, end
  /// Single samples of the profiler.
  case samples
}

/// Where a chunk's payload stands in a recording.
public struct ChunkPlace: Equatable, Sendable {
  /// The kind's number; one that is not known is passed over.
  public var kind: UInt8
  /// Microseconds since the recording began.
  public var time: UInt64
  var offset: UInt64
  var size: Int
}

/// The bytes of files and chunks.
public enum RecordingFormat {
  /// `PORTHREC`, the version, nothing.
  public static let header: [UInt8] = Array("PORTHREC".utf8) + [1, 0, 0, 0, 0, 0, 0, 0]
  /// The most bytes of a payload.
  public static let mostPayload = 1 << 20
  static let chunkHeader = 16

  /// A chunk. Its payload must not be longer than `mostPayload`.
  public static func chunk(_ kind: ChunkKind, at time: UInt64, _ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload.count + 20)
    append(UInt64(payload.count), 4, to: &bytes)
    append(UInt64(kind.rawValue), 4, to: &bytes)
    append(time, 8, to: &bytes)
    bytes += payload
    append(UInt64(sum(bytes)), 4, to: &bytes)
    return bytes
  }

  /// FNV-1a of 32 bits.
  static func sum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    bytes.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  /// The place of the chunk that begins at `offset`; nil if it is not whole, or makes no sense.
  static func place(at offset: UInt64, in source: any ByteSource) -> ChunkPlace? {
    let header = source.read(at: offset, count: chunkHeader)
    guard header.count == chunkHeader else { return nil }
    let size = little(header, 0, 4)
    guard size <= UInt64(mostPayload), source.size - offset >= size + 20 else { return nil }
    return ChunkPlace(
      kind: header[4], time: little(header, 8, 8), offset: offset, size: Int(size))
  }

  /// The payload of a chunk; nil if its sum is wrong.
  static func payload(_ place: ChunkPlace, in source: any ByteSource) -> [UInt8]? {
    let bytes = source.read(at: place.offset, count: place.size + 20)
    guard bytes.count == place.size + 20,
      UInt64(sum(bytes.dropLast(4))) == little(bytes, bytes.count - 4, 4)
    else { return nil }
    return Array(bytes[chunkHeader..<(chunkHeader + place.size)])
  }

  private static func append(_ value: UInt64, _ width: Int, to bytes: inout [UInt8]) {
    for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
  }

  private static func little(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
  }
}
