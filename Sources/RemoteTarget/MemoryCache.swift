// What has been read of a stopped target's memory, by page. Dropped whenever the target may have
// changed it.

internal import Bytes

/// Pages of a target's memory, as of its present stop.
struct MemoryCache {
  /// A power of two.
  let pageSize: UInt64
  /// Pages kept before all are dropped: 64 MiB.
  static let mostPages = 16384

  /// Pages for a link: small ones where each byte takes its time.
  init(pageSize: UInt64 = 4096) { self.pageSize = pageSize }

  private var pages: [UInt64: [UInt8]?] = [:]

  /// The page that begins at `start`: its bytes, or the knowledge that it cannot be read whole.
  func page(at start: UInt64) -> [UInt8]?? { pages[start] }

  /// Keeps a page, or the knowledge that it cannot be read whole.
  mutating func keep(_ bytes: [UInt8]?, at start: UInt64) {
    if pages.count >= Self.mostPages { drop() }
    pages.updateValue(bytes, forKey: start)
  }

  /// Forgets everything.
  mutating func drop() { pages.removeAll(keepingCapacity: true) }

  /// The start of the page that holds an address.
  func pageStart(_ address: UInt64) -> UInt64 { address & ~(pageSize - 1) }

  /// The starts of the pages that `count` bytes from an address touch, up to the end of memory.
  func pageStarts(of address: UInt64, count: Int) -> [UInt64] {
    guard count > 0 else { return [] }
    let first = pageStart(address)
    let (sum, overflow) = address.addingReportingOverflow(UInt64(count - 1))
    let last = pageStart(overflow ? UInt64.max : sum)
    return (0...((last - first) / pageSize)).map { first + $0 * pageSize }
  }
}
