// The encoding of protocol buffers, as far as profile.proto needs it: varints and lengths.
// https://protobuf.dev/programming-guides/encoding/

/// One message being written.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var left = value
    while left >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
      left >>= 7
    }
    bytes.append(UInt8(left))
  }

  /// A number; 0 is what a reader takes for one that is missing.
  mutating func number(_ field: UInt64, _ value: UInt64) {
    if value == 0 { return }
    varint(field << 3)
    varint(value)
  }

  /// Several numbers, packed.
  mutating func numbers(_ field: UInt64, _ values: [UInt64]) {
    if values.isEmpty { return }
    var inner = ProtobufWriter()
    for value in values { inner.varint(value) }
    message(field, inner)
  }

  /// A string.
  mutating func string(_ field: UInt64, _ text: String) {
    varint(field << 3 | 2)
    varint(UInt64(text.utf8.count))
    bytes += text.utf8
  }

  /// A message inside.
  mutating func message(_ field: UInt64, _ inner: ProtobufWriter) {
    varint(field << 3 | 2)
    varint(UInt64(inner.bytes.count))
    bytes += inner.bytes
  }
}
