// ELF64, little-endian: the header, the section headers and the program headers.
// Specification: System V ABI, chapters "Object Files" and "Program Loading".

internal import Bytes

/// One section header.
struct ELFSection {
  var name: String
  var type: UInt32
  var flags: UInt64
  var address: UInt64
  var offset: UInt64
  var size: UInt64
  var link: UInt32
  var entrySize: UInt64

  static let noBits: UInt32 = 8

  var isAllocated: Bool { flags & 2 != 0 }
  var isExecutable: Bool { flags & 4 != 0 }
  var isCompressed: Bool { flags & 0x800 != 0 }
  var isWritable: Bool { flags & 1 != 0 }
}

/// One program header.
struct ELFSegment {
  var type: UInt32
  var flags: UInt32
  var offset: UInt64
  var address: UInt64
  var fileSize: UInt64
  var memorySize: UInt64
  var alignment: UInt64
}

/// The headers of an ELF image, checked against the file's length.
struct ELFImage {
  let view: ByteView
  let machine: UInt16
  let entry: UInt64
  let isPositionIndependent: Bool
  let sections: [ELFSection]
  let segments: [ELFSegment]
  let buildID: BuildID?
  /// The segments that are in memory (`PT_LOAD`), as many as any image has.
  private let loaded: [ELFSegment]
  /// Where the sections that hold code are.
  let code: [AddressRange]

  /// Reads the headers.
  init(_ view: ByteView, path: String) throws(SymbolError) {
    self.view = view
    guard view.count >= 64, view.load(0, as: UInt32.self) == 0x464c_457f else {
      throw .malformed("\(path): not an ELF file")
    }
    guard view.load(4, as: UInt8.self) == 2, view.load(5, as: UInt8.self) == 1 else {
      throw .malformed("\(path): not a 64-bit little-endian ELF file")
    }
    let type = view.load(16, as: UInt16.self)
    machine = view.load(18, as: UInt16.self)
    entry = view.load(24, as: UInt64.self)
    isPositionIndependent = type == 3
    segments = Self.segments(of: view)
    loaded = Array(segments.lazy.filter { $0.type == 1 }.prefix(64))
    sections = try Self.sections(of: view, path: path)
    code = sections.filter { $0.isAllocated && $0.isExecutable }.map {
      AddressRange(low: $0.address, high: $0.address &+ $0.size)
    }
    buildID = Self.buildID(of: view, sections, segments)
  }

  /// How a section is mapped, `r-x` for code: as its segment says, where it lies in one. A linker
  /// marks what it has put together from relocated constants as writable, wherever it goes.
  func permissions(of section: ELFSection) -> String {
    let isReadOnly = loaded.contains { segment in
      segment.flags & 2 == 0 && section.address >= segment.address
        && section.size <= segment.memorySize
        && section.address - segment.address <= segment.memorySize - section.size
    }
    return "r" + (section.isWritable && !isReadOnly ? "w" : "-")
      + (section.isExecutable ? "x" : "-")
  }

  /// The contents of a section; `nil` if there is none of that name, or its bytes are not in the
  /// file as they are.
  func contents(_ name: String) -> ByteView? {
    for section in sections where section.name == name {
      if let contents = contents(of: section) { return contents }
    }
    return nil
  }

  /// The contents of a section; `nil` if its bytes are not in the file as they are.
  func contents(of section: ELFSection) -> ByteView? {
    guard section.type != ELFSection.noBits, !section.isCompressed else { return nil }
    return view.slice(section.offset, section.size)
  }

  /// Whether an address is in a section that holds code; what the linker discarded is not.
  @inline(__always)
  func isCode(_ address: UInt64) -> Bool {
    for range in code where range.contains(address) { return true }
    return false
  }

  /// The first bytes of the file that are loaded at an address, as many as its section has.
  func prefix(at address: UInt64, limit: UInt64) -> [UInt8] {
    for section in sections where section.isAllocated && section.type != ELFSection.noBits {
      let offset = address &- section.address
      guard offset < section.size else { continue }
      let count = min(limit, section.size &- offset)
      return view.slice(section.offset &+ offset, count)?.bytes ?? []
    }
    return []
  }

  private static func segments(of view: ByteView) -> [ELFSegment] {
    let offset = view.load(32, as: UInt64.self)
    let size = UInt64(view.load(54, as: UInt16.self))
    let count = UInt64(view.load(56, as: UInt16.self))
    guard size >= 56, let table = view.slice(offset, size &* count) else { return [] }
    return (0..<Int(count)).map { index in
      let at = index &* Int(size)
      return ELFSegment(
        type: table.load(at), flags: table.load(at &+ 4), offset: table.load(at &+ 8),
        address: table.load(at &+ 16), fileSize: table.load(at &+ 32),
        memorySize: table.load(at &+ 40), alignment: table.load(at &+ 48))
    }
  }

  private static func sections(
    of view: ByteView, path: String
  ) throws(SymbolError) -> [ELFSection] {
    let offset = view.load(40, as: UInt64.self)
    let size = UInt64(view.load(58, as: UInt16.self))
    var count = UInt64(view.load(60, as: UInt16.self))
    var namesIndex = UInt64(view.load(62, as: UInt16.self))
    guard offset != 0 else { return [] }
    guard size >= 64, let first = view.slice(offset, size) else {
      throw .malformed("\(path): its section headers are outside of the file")
    }
    // The first header holds numbers that the file header has no room for.
    if count == 0 { count = first.load(32, as: UInt64.self) }
    if namesIndex == 0xffff { namesIndex = UInt64(first.load(40, as: UInt32.self)) }
    let (length, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, count <= 1 << 17, let table = view.slice(offset, length) else {
      throw .malformed("\(path): its section headers are outside of the file")
    }
    var names: ByteView?
    if namesIndex < count {
      let at = Int(namesIndex) &* Int(size)
      names = view.slice(table.load(at &+ 24), table.load(at &+ 32))
    }
    return (0..<Int(count)).map { index in
      let at = index &* Int(size)
      return ELFSection(
        name: names?.string(at: UInt64(table.load(at, as: UInt32.self)), limit: 256) ?? "",
        type: table.load(at &+ 4), flags: table.load(at &+ 8), address: table.load(at &+ 16),
        offset: table.load(at &+ 24), size: table.load(at &+ 32), link: table.load(at &+ 40),
        entrySize: table.load(at &+ 56))
    }
  }
}
