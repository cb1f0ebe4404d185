// The layout of the log ring in memory, version 1. A debugger reads it from guest memory or from a
// dump, and the next boot reads what the last one left; so it is fixed, and little-endian.
//
// The ring begins on a page boundary, on bare metal right after the image (`__log_start`) or, where
// a boot loader uses that memory, at 0x180000. It is divided into slots of 128 bytes:
//
//   slot 0      header: +0 the magic bytes "PORTHLOG", +8 u16 version, +10 u16 slot size,
//               +12 u32 number of record slots, +16 u64 number of the latest record,
//               +24 u32 number of this boot, 1 for the first
//   slot 1      a copy of the record that says how the previous boot ended, or no valid record
//   slot 2...   records; the one with number n (from 1) lies in slot 2 + n modulo their number
//
//   record      +0 u32 checksum, +4 u8 kind, +5 u8 level, +6 u8 length of the text,
//               +7 u8 flags (1: the text was cut), +8 u64 number, +16 u64 nanoseconds since boot,
//               +24 u32 boot, +28 u32 value by kind, +32 text, at most 96 bytes of UTF-8
//
// The checksum is FNV-1a (32 bits) over the bytes from +4 to the end of the text. A writer clears
// it first and sets it last, so that a record torn by a crash, or by a reader that comes at the
// wrong moment, is not valid. A number that no valid record bears was overwritten or torn.

/// Where things lie in the ring.
enum LogLayout {
  static var magic: UInt64 { 0x474f_4c48_5452_4f50 }
  /// Version, slot size and number of record slots, as they stand in the header's second word.
  static func geometry(_ records: Int) -> UInt64 { 1 | 128 << 16 | UInt64(records) << 32 }

  static var slotSize: Int { 128 }
  static var textOffset: Int { 32 }
  static var textLimit: Int { slotSize - textOffset }
  /// Slots before the first record.
  static var reservedSlots: Int { 2 }
}

/// What a record is about.
@frozen public enum LogKind: UInt8, Sendable {
  /// A line of text.
  case text = 0
  /// The start of a boot; the text is the image's build id.
  case boot
  /// The instance powers off; the value is its status.
  case powerOff
  /// The instance resets itself.
  case reset
  /// The instance panicked; the text is the cause.
  case panic
  /// A further line of the panic report.
  case panicDetail

  /// Whether such a record ends a boot.
  var isEnd: Bool { self == .powerOff || self == .reset || self == .panic }
}
