internal import Bytes
internal import Inspect

/// Looks for bytes in a target's memory.
enum MemorySearch {
  /// How far a search goes, in bytes.
  static let reach = 64 << 20
  private static let stride = 1 << 18

  /// The first address from `start` on at which `pattern` stands; `nil` if there is none within
  /// reach. Ends at memory that cannot be read.
  static func find(
    _ pattern: [UInt8], from start: Address, in target: any Inspectable
  ) -> Address? {
    guard let first = pattern.first, pattern.count <= 4096 else { return nil }
    var address = start
    var done = 0
    while done < reach {
      let wanted = stride + pattern.count - 1
      guard let bytes = try? target.readMemory(at: address, count: wanted) else { return nil }
      var index = 0
      while index + pattern.count <= bytes.count {
        guard let next = bytes[index...].firstIndex(of: first), next + pattern.count <= bytes.count
        else { break }
        if bytes[next..<next + pattern.count].elementsEqual(pattern) {
          return address.advanced(by: UInt64(next))
        }
        index = next + 1
      }
      guard bytes.count == wanted else { return nil }
      address = address.advanced(by: UInt64(stride))
      done += stride
    }
    return nil
  }

  /// The last address up to `start` at which `pattern` stands; otherwise as `find`.
  static func findBackwards(
    _ pattern: [UInt8], from start: Address, in target: any Inspectable
  ) -> Address? {
    guard !pattern.isEmpty, pattern.count <= 4096 else { return nil }
    // One past the last address that may be found, and how much is looked at with it.
    var end = start.value &+ 1
    var done = 0
    while done < reach, end > 0 {
      var size = min(UInt64(stride), end)
      var bytes = try? target.readMemory(
        at: Address(end - size), count: Int(size) + pattern.count - 1)
      if bytes?.count != Int(size) + pattern.count - 1 {
        // Memory begins somewhere here, or ends inside the pattern: by smaller steps.
        size = min(4096, end)
        bytes = try? target.readMemory(at: Address(end - size), count: Int(size))
      }
      guard let bytes, bytes.count >= min(Int(size), pattern.count) else { return nil }
      var index = min(Int(size) - 1, bytes.count - pattern.count)
      while index >= 0 {
        if bytes[index] == pattern[0], bytes[index..<index + pattern.count].elementsEqual(pattern) {
          return Address(end - size + UInt64(index))
        }
        index -= 1
      }
      end -= size
      done += Int(size)
    }
    return nil
  }
}
