// Memory is read by whole pages, all that are missing in one flight, and kept until the target runs
// or is written to. A page that cannot be read whole is read again for just the bytes asked for, so
// that what lies beside a hole stays visible.

public import Bytes
internal import GDBRemote
public import Inspect

extension RemoteTarget {
  /// The most bytes of one `readMemory`.
  public static let mostBytes = 16 << 20

  public func readMemory(at address: Address, count: Int) throws(InspectError) -> [UInt8] {
    guard count > 0 else { return [] }
    guard count <= Self.mostBytes else { throw .unsupported("more than 16 MiB at once") }
    guard let bytes = try readMemory(ranges: [(address, count)]).first ?? nil else {
      throw .unreadable(address)
    }
    return bytes
  }

  public func readMemory(
    ranges: [(address: Address, count: Int)]
  ) throws(InspectError) -> [[UInt8]?] {
    try requireStopped()
    // The others run.
    if isNonStop { cache.drop() }
    var missing: [UInt64] = []
    var known: Set<UInt64> = []
    for range in ranges where range.count > 0 && range.count <= Self.mostBytes {
      for start in cache.pageStarts(of: range.address.value, count: range.count)
      where cache.page(at: start) == nil && known.insert(start).inserted {
        missing.append(start)
      }
    }
    try fetchPages(missing)
    var results: [[UInt8]?] = []
    for range in ranges {
      results.append(range.count <= Self.mostBytes ? try assemble(range) : nil)
    }
    return results
  }

  public func writeMemory(_ bytes: [UInt8], at address: Address) throws(InspectError) {
    try requireStopped()
    defer { cache.drop() }
    let isBinary = try knowsBinaryWrite(at: address)
    // A header of up to 36 bytes; in hexadecimal, and with every byte escaped, two for each.
    let most = max(8, (connection.client.features.packetSize - 40) / 2)
    var requests: [Request] = []
    var position = 0
    while position < bytes.count {
      let end = min(position + most, bytes.count)
      let target = address.advanced(by: UInt64(position))
      requests.append(
        isBinary
          ? .writeMemoryBinary(bytes[position..<end], at: target)
          : .writeMemory(bytes[position..<end], at: target))
      position = end
    }
    for (index, answer) in try connection.exchange(requests).enumerated() where !answer.isOK {
      if answer.isUnsupported { throw .unsupported("the target does not let memory be written") }
      throw .unreadable(address.advanced(by: UInt64(index * most)))
    }
  }

  private func fetchPages(_ starts: [UInt64]) throws(InspectError) {
    guard !starts.isEmpty else { return }
    let size = chunkSize
    let pageSize = Int(cache.pageSize)
    var requests: [Request] = []
    for start in starts {
      var offset = 0
      while offset < pageSize {
        requests.append(
          readRequest(start &+ UInt64(offset), count: min(size, pageSize - offset)))
        offset += size
      }
    }
    let answers = try connection.exchange(requests)
    let perPage = (pageSize + size - 1) / size
    for (index, start) in starts.enumerated() {
      var page: [UInt8]? = []
      page?.reserveCapacity(pageSize)
      for part in 0..<perPage where page != nil {
        let wanted = min(size, pageSize - part * size)
        let bytes = memory(answers[index * perPage + part], count: wanted)
        if let bytes, bytes.count == wanted { page?.append(contentsOf: bytes) } else { page = nil }
      }
      cache.keep(page, at: start)
    }
  }

  /// Puts a range together from the pages; ends it at the first byte that cannot be read.
  private func assemble(
    _ range: (address: Address, count: Int)
  ) throws(InspectError) -> [UInt8]? {
    guard range.count > 0 else { return [] }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    var position = range.address.value
    var left = range.count
    for start in cache.pageStarts(of: position, count: range.count) {
      let offset = Int(position - start)
      let wanted = min(left, Int(cache.pageSize) - offset)
      let part: [UInt8]
      if let page = cache.page(at: start) ?? nil {
        part = Array(page[offset..<(offset + wanted)])
      } else {
        part = try readExactly(position, count: wanted)
      }
      bytes.append(contentsOf: part)
      guard part.count == wanted else { break }
      position &+= UInt64(wanted)
      left -= wanted
    }
    return bytes.isEmpty ? nil : bytes
  }

  /// Reads within a page that cannot be read whole.
  private func readExactly(_ start: UInt64, count: Int) throws(InspectError) -> [UInt8] {
    var requests: [Request] = []
    var offset = 0
    let size = chunkSize
    while offset < count {
      requests.append(readRequest(start &+ UInt64(offset), count: min(size, count - offset)))
      offset += size
    }
    var bytes: [UInt8] = []
    for answer in try connection.exchange(requests) {
      guard let part = memory(answer, count: size) else { break }
      bytes.append(contentsOf: part)
      if part.count < size { break }
    }
    return Array(bytes.prefix(count))
  }

  /// Bytes that one reply can carry.
  private var chunkSize: Int {
    if connection.client.isNoisy { return 256 }
    let size = connection.client.features.packetSize
    if connection.client.quirks.contains(.readsHalfAPacket) { return min(size / 2, 4096) }
    return min(max(32, (size - 8) / 2), 4096)
  }

  private var readsBinary: Bool {
    connection.client.features.capabilities.contains(.binaryRead)
  }

  private func readRequest(_ start: UInt64, count: Int) -> Request {
    readsBinary
      ? .readMemoryBinary(at: Address(start), count: count)
      : .readMemory(at: Address(start), count: count)
  }

  private func memory(_ answer: Answer, count: Int) -> [UInt8]? {
    readsBinary ? answer.memoryBinary(count: count) : answer.memory(count: count)
  }

  /// Whether the stub takes `X`; asked once, and not of QEMU, which has none.
  private func knowsBinaryWrite(at address: Address) throws(InspectError) -> Bool {
    if connection.client.features.capabilities.contains(.binaryWrite) { return true }
    guard !probedBinaryWrite, introduction.kind != .qemu else { return false }
    probedBinaryWrite = true
    guard try connection.exchange(.probeBinaryWrite(at: address)).isOK else { return false }
    var features = connection.client.features
    features.capabilities.insert(.binaryWrite)
    connection.client.learned(features, quirks: connection.client.quirks)
    return true
  }
}
