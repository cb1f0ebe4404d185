// modules: Telemetry
//
// What an instance tells of itself, told wrongly. The input is taken as frames for the copy, whose
// contents are then read; and as memory, which is read and encoded, and comes out as it was.

import Telemetry

/// The input as memory at the addresses from 0x1000 on, repeated so that most addresses lead
/// somewhere.
private struct Image: TelemetryMemory {
  let bytes: [UInt8]

  func word(at address: UInt64) -> UInt64? {
    guard !bytes.isEmpty, address >= 0x1000, address < 0x100_0000 else { return nil }
    var word: UInt64 = 0
    for index in 0..<UInt64(8) {
      word |= UInt64(bytes[Int(address - 0x1000 + index) % bytes.count]) << (index * 8)
    }
    return word
  }
}

/// The image with a sound root block, whose entries are the input.
private struct Rooted: TelemetryMemory {
  let image: Image

  func word(at address: UInt64) -> UInt64? {
    switch address {
    case 0x10_0000: return RootLayout.magic
    case 0x10_0008: return 1 | 128 << 32
    case 0x10_0010: return 0
    case 0x10_0018: return 0x1000
    case 0x10_0020: return 6 | 64 << 32
    case 0x10_0028: return 32 | 62 << 32
    case 0x10_0030, 0x10_0040: return 0x2000
    case 0x10_0038: return 20
    case 0x10_0048: return 0x10_0000
    default: return image.word(at: address)
    }
  }
}

/// Reads all that there is, as a screen would; returns how much that was.
private func readAll(_ root: Root, _ memory: some TelemetryMemory) -> Int {
  var count = 0
  for index in 0..<root.entryCount {
    guard let entry = root.entry(at: index, in: memory) else { continue }
    count += entry.name(in: memory)?.count ?? 0
    count += entry.value(in: memory) == nil ? 0 : 1
    count += entry.text(in: memory)?.count ?? 0
    let fields = (0..<entry.fieldCount).compactMap { root.field(at: $0, of: entry, in: memory) }
    var left = 50
    func readRow(_ row: UInt64) -> Bool {
      for field in fields.prefix(8) where field.cell(at: row, in: memory) != nil { count += 1 }
      left -= 1
      return left > 0
    }
    entry.forEachRow(in: memory, readRow)
    for number in entry.records(in: memory).prefix(50) {
      if let row = entry.record(number, in: memory) { _ = readRow(row) }
    }
  }
  return count
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: min(count, 8192)))
  var copy = TelemetryCopy(limit: 2000)
  var start = 0
  while start < input.count {
    let end = min(start + 1 + Int(input[start]) * 4, input.count)
    _ = copy.received(input[start..<end])
    start = end
  }
  precondition(copy.addresses.reduce(0) { sum, _ in sum + 1 } <= 2000, "beyond the limit")
  if let root = copy.root { _ = readAll(root, copy) }

  let memory = Rooted(image: Image(bytes: input))
  guard let root = Root(at: 0x10_0000, in: memory) else { preconditionFailure("no root") }
  _ = readAll(root, memory)
  var encoder = FrameEncoder(bits: 10, limit: 256)
  var told = TelemetryCopy()
  var frames = 0
  for round in 0..<2 {
    while frames < 2000 {
      let isOver = encoder.encode(memory, rootAt: 0x10_0000, now: UInt64(round))
      precondition(encoder.frame.count <= 256, "a frame beyond its limit")
      precondition(told.received(encoder.frame[...]) != .damaged, "our own frame")
      frames += 1
      if isOver { break }
    }
  }
  for address in told.addresses {
    precondition(told.word(at: address) == memory.word(at: address), "told wrongly")
  }
  return 0
}
