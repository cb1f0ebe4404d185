// Call frame information: where .eh_frame or .debug_frame say how to find a frame's caller.
// Specification: DWARF 5, section 6.4; LSB 5.0, chapter "DWARF Extensions" for .eh_frame.

/// What the entries of several functions have in common.
struct CommonFrameEntry {
  var codeAlignment: UInt64
  var dataAlignment: Int64
  var returnRegister: UInt64
  /// Whether the frame's caller was interrupted rather than made a call.
  var isSignalFrame: Bool
  var pointerEncoding: UInt8
  var hasAugmentationData: Bool
  var addressSize: UInt8
  var instructions: ByteView
}

/// The call frame instructions of one function.
struct FrameEntry {
  var common: CommonFrameEntry
  var low: UInt64
  var high: UInt64
  var instructions: ByteView
}

/// The call frame information of one section.
final class CallFrameTable {
  private let section: ByteView
  private let address: UInt64
  private let isEH: Bool
  private let image: ELFImage
  private var commons: [UInt64: CommonFrameEntry?] = [:]
  private var entries: [FrameEntry] = []
  private var ranges = IntervalTable([])

  /// Reads the section's entries; `nil` if the image has no such section.
  init?(_ image: ELFImage, section name: String) {
    guard let header = image.sections.first(where: { $0.name == name }),
      let contents = image.contents(of: header)
    else { return nil }
    section = contents
    address = header.address
    isEH = name == ".eh_frame"
    self.image = image
    readEntries()
  }

  /// The instructions for the function around a file address.
  func entry(covering address: UInt64) -> FrameEntry? {
    ranges.first(covering: address).map { entries[Int($0)] }
  }

  private func readEntries() {
    var cursor = ByteCursor(section)
    var intervals: [Interval] = []
    while !cursor.isAtEnd {
      let start = UInt64(cursor.offset)
      guard let (length, is64Bit) = cursor.initialLength() else { break }
      // A terminator: linkers may put more behind it.
      if length == 0 { continue }
      let idOffset = UInt64(cursor.offset)
      guard let body = section.slice(0, idOffset &+ length) else { break }
      cursor.skip(length)
      var entry = ByteCursor(body, at: idOffset)
      // The field that tells the kinds apart is as wide as the length, except in .eh_frame.
      let id = entry.offset(is64Bit: is64Bit && !isEH)
      let isCommon = isEH ? id == 0 : id == (is64Bit ? UInt64.max : 0xffff_ffff)
      if isCommon || entry.failed || start > UInt64(Int32.max) { continue }
      guard let common = common(at: isEH ? idOffset &- id : id),
        let frame = frame(common, &entry, body)
      else { continue }
      intervals.append(
        Interval(
          low: frame.low, high: frame.high, payload: Int32(truncatingIfNeeded: entries.count)))
      entries.append(frame)
    }
    ranges = IntervalTable(intervals)
  }

  private func frame(
    _ common: CommonFrameEntry, _ entry: inout ByteCursor, _ body: ByteView
  ) -> FrameEntry? {
    var low: UInt64 = 0
    var size: UInt64 = 0
    if isEH {
      guard let start = pointer(common.pointerEncoding, &entry),
        let length = pointer(common.pointerEncoding & 0x0f, &entry)
      else { return nil }
      low = start
      size = length
    } else {
      low = entry.address(size: common.addressSize)
      size = entry.address(size: common.addressSize)
    }
    if common.hasAugmentationData { entry.skip(entry.uleb()) }
    guard !entry.failed, image.isCode(low),
      let instructions = body.slice(UInt64(entry.offset), UInt64(entry.remaining))
    else { return nil }
    return FrameEntry(common: common, low: low, high: low &+ size, instructions: instructions)
  }

  /// The common entry at an offset of the section, read once; `nil` if it makes no sense.
  private func common(at offset: UInt64) -> CommonFrameEntry? {
    if let known = commons[offset] { return known }
    let entry = readCommon(at: offset)
    commons[offset] = .some(entry)
    return entry
  }

  private func readCommon(at offset: UInt64) -> CommonFrameEntry? {
    var outer = ByteCursor(section, at: offset)
    guard let (length, is64Bit) = outer.initialLength(),
      let body = section.slice(0, UInt64(outer.offset) &+ length)
    else { return nil }
    var cursor = ByteCursor(body, at: outer.offset)
    let id = cursor.offset(is64Bit: is64Bit && !isEH)
    guard isEH ? id == 0 : id == (is64Bit ? UInt64.max : 0xffff_ffff) else { return nil }
    let version = cursor.u8()
    guard [1, 3, 4].contains(version), let augmentation = cursor.terminated() else { return nil }
    var entry = CommonFrameEntry(
      codeAlignment: 1, dataAlignment: 1, returnRegister: 16, isSignalFrame: false,
      pointerEncoding: 0, hasAugmentationData: false, addressSize: 8, instructions: body)
    if version >= 4 {
      entry.addressSize = cursor.u8()
      guard cursor.u8() == 0 else { return nil }
    }
    entry.codeAlignment = cursor.uleb()
    entry.dataAlignment = cursor.sleb()
    entry.returnRegister = version == 1 ? UInt64(cursor.u8()) : cursor.uleb()
    guard readAugmentation(augmentation, &cursor, &entry), !cursor.failed,
      let instructions = body.slice(UInt64(cursor.offset), UInt64(cursor.remaining))
    else { return nil }
    entry.instructions = instructions
    return entry
  }

  /// Reads what the letters of the augmentation announce; false if one is unknown.
  private func readAugmentation(
    _ letters: ByteView, _ cursor: inout ByteCursor, _ entry: inout CommonFrameEntry
  ) -> Bool {
    guard letters.count > 0 else { return true }
    guard letters.load(0, as: UInt8.self) == 0x7a else { return false }
    entry.hasAugmentationData = true
    let length = cursor.uleb()
    var data = cursor
    cursor.skip(length)
    for index in 1..<max(1, min(letters.count, 16)) {
      switch letters.load(index, as: UInt8.self) {
      case 0x52: entry.pointerEncoding = data.u8()  // R
      case 0x53: entry.isSignalFrame = true  // S
      case 0x4c: data.skip(1)  // L
      case 0x50: _ = pointer(data.u8(), &data)  // P
      case 0x42: break  // B
      // The length lets what follows an unknown letter be skipped.
      default: return !data.failed
      }
    }
    return !data.failed
  }

  /// Reads a pointer of .eh_frame; `nil` for encodings that code addresses never have.
  private func pointer(_ encoding: UInt8, _ cursor: inout ByteCursor) -> UInt64? {
    if encoding == 0xff { return nil }
    let place = address &+ UInt64(cursor.offset)
    var value: UInt64
    switch encoding & 0x0f {
    case 0x00, 0x04, 0x0c: value = cursor.u64()
    case 0x01: value = cursor.uleb()
    case 0x02: value = UInt64(cursor.u16())
    case 0x03: value = UInt64(cursor.u32())
    case 0x09: value = UInt64(bitPattern: cursor.sleb())
    case 0x0a: value = UInt64(bitPattern: Int64(Int16(bitPattern: cursor.u16())))
    case 0x0b: value = UInt64(bitPattern: Int64(Int32(bitPattern: cursor.u32())))
    default: return nil
    }
    switch encoding & 0x70 {
    case 0x00: break
    case 0x10: value = value &+ place
    default: return nil
    }
    return cursor.failed ? nil : value
  }
}
