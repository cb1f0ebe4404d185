// What Fetch needs beside the network: a URL taken apart, and a sum.

import Kernel

/// `http://HOST[:PORT][/PATH]`.
struct URL {
  let host: String
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
    let authority = rest[..<slash]
    let colon = authority.firstIndex(of: 0x3a) ?? authority.endIndex
    host = String(decoding: authority[..<colon], as: UTF8.self)
    if slash < rest.endIndex { path = String(decoding: rest[slash...], as: UTF8.self) }
    guard colon < authority.endIndex else { return }
    guard let number = UInt16(String(decoding: authority[(colon + 1)...], as: UTF8.self)) else {
      return nil
    }
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
