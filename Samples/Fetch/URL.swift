// What Fetch needs beside the network: a URL taken apart, and a sum.

import Kernel

/// `http://HOST[:PORT][/PATH]`, an address of IPv6 in brackets.
struct URL {
  let host: String
  /// Host and port as they were written: what the field Host says (RFC 9110, section 7.2).
  let authority: String
  var port: UInt16 = 80
  var path = "/"

  init?(_ text: String) {
    let bytes = Array(text.utf8)
    let scheme = Array("http://".utf8)
    guard bytes.starts(with: scheme), bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      return nil
    }
    let rest = bytes[scheme.count...]
    let slash = rest.firstIndex(of: 0x2f) ?? rest.endIndex
    authority = String(decoding: rest[..<slash], as: UTF8.self)
    if slash < rest.endIndex { path = String(decoding: rest[slash...], as: UTF8.self) }
    let bracket = rest.first == 0x5b ? rest[..<slash].firstIndex(of: 0x5d) : nil
    let end = bracket.map { $0 + 1 } ?? rest[..<slash].firstIndex(of: 0x3a) ?? slash
    let name = bracket.map { rest[(rest.startIndex + 1)..<$0] } ?? rest[..<end]
    host = String(decoding: name, as: UTF8.self)
    guard end < slash else { return }
    guard rest[end] == 0x3a,
      let number = UInt16(String(decoding: rest[(end + 1)..<slash], as: UTF8.self))
    else { return nil }
    port = number
  }
}

/// The sum that zip and PNG use.
func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  var sum = UInt32.max
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
  }
  return ~sum
}
