internal import GDBRemote
internal import Glibc

/// The bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A framed packet, made without the encoder under test.
func packet(_ text: String, mark: String = "$") -> [UInt8] {
  var sum = 0
  for byte in text.utf8 { sum += Int(byte) }
  let digits = Array("0123456789abcdef".utf8)
  return bytes(mark + text + "#") + [digits[sum >> 4 & 15], digits[sum & 15]]
}

/// A request's payload as text.
func text(_ request: Request) -> String { String(decoding: request.payload, as: UTF8.self) }

/// A file of Tests/Fixtures.
func fixture(_ name: String) -> [UInt8] {
  let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
  guard let file = fopen(folder.joined(separator: "/") + "/Fixtures/" + name, "r") else {
    return []
  }
  defer { fclose(file) }
  var contents = [UInt8](repeating: 0, count: 1 << 20)
  let count = fread(&contents, 1, contents.count, file)
  return Array(contents[..<count])
}

/// What the C library's printf makes of one number.
func reference(_ format: String, _ value: UInt64) -> String {
  var buffer = [CChar](repeating: 0, count: 400)
  let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
