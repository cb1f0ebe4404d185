// An ELF core file: which memory it holds, and what its notes say of threads and of the dump itself.
// System V ABI, "Object Files" and "Program Loading"; core(5). Whoever wrote it - `porthole dump`,
// QEMU's dump-guest-memory, gdb's gcore or Linux - nothing in it is believed.

public import Bytes

/// What a core file holds.
public struct CoreFile {
  /// Its memory.
  public let memory: AddressSpace
  /// Its threads (cores, of a machine), the one that was current first.
  public let threads: [CoreThread]
  /// What a core of ours says of itself.
  public let origin: CoreOrigin?
  /// The build id of the image that ran, if a note tells it.
  public let buildID: BuildID?
  /// Where execution began at run time (`AT_ENTRY`), of a process.
  public let entry: UInt64?
  /// The name of the program, of a process.
  public let program: String?
  /// Whether QEMU wrote it.
  public let isFromQEMU: Bool
  /// Bytes of memory that the file should hold, and does not: it was cut off.
  public let missing: UInt64

  /// The most segments and the most bytes of notes that are looked at.
  static let mostSegments: UInt64 = 1 << 16
  static let mostNotes: UInt64 = 64 << 20

  /// Reads the headers and notes of a core. Costs little: memory is read when it is asked for.
  public init(_ source: any ByteSource) throws(CoreError) {
    let headers = try Self.programHeaders(source)
    var notes = CoreNotes()
    var segments: [CoreSegment] = []
    var missing: UInt64 = 0
    for header in headers where header.type == 4 {
      notes.read(source.read(at: header.offset, count: Int(min(header.fileSize, Self.mostNotes))))
    }
    for header in headers where header.type == 1 && header.fileSize > 0 {
      // QEMU gives physical addresses only: all virtual ones are 0.
      let isPhysical = notes.isFromQEMU && header.address == 0
      segments.append(
        CoreSegment(
          start: isPhysical ? header.physical : header.address, size: header.fileSize,
          offset: header.offset))
      let there = source.size - min(source.size, header.offset)
      missing &+= header.fileSize - min(header.fileSize, there)
    }
    memory = AddressSpace(source, segments)
    threads = notes.threads
    origin = notes.origin
    buildID = notes.buildID
    entry = notes.entry
    program = notes.program
    isFromQEMU = notes.isFromQEMU
    self.missing = missing
  }

  /// Whether a file begins as ELF files do.
  public static func isELF(_ source: any ByteSource) -> Bool {
    source.read(at: 0, count: 4) == [0x7f, 0x45, 0x4c, 0x46]
  }

  private struct ProgramHeader {
    var type, offset, address, physical, fileSize: UInt64
  }

  private static func programHeaders(
    _ source: any ByteSource
  ) throws(CoreError) -> [ProgramHeader] {
    let header = source.read(at: 0, count: 64)
    guard isELF(source), header.count == 64 else { throw .notACore("it is no ELF file") }
    guard header[4] == 2, header[5] == 1 else {
      throw .unusable("it is no ELF file of 64 bits, little-endian")
    }
    guard header.little(16, 2) == 4 else {
      throw .unusable("it is an ELF file, but no core (an image takes --symbols)")
    }
    guard header.little(18, 2) == 62 else {
      throw .unusable("it is a core of another processor than x86-64")
    }
    let (place, stride) = (header.little(32), header.little(54, 2))
    var count = header.little(56, 2)
    if count == 0xffff {
      // PN_XNUM: the number stands in the first section header's sh_info.
      count = source.read(at: header.little(40), count: 64).little(44, 4)
    }
    guard stride >= 56, stride <= 256, count > 0, count <= mostSegments else {
      throw .unusable("its program headers make no sense")
    }
    let table = source.read(at: place, count: Int(stride * count))
    guard table.count == Int(stride * count) else {
      throw .unusable("its program headers are beyond its end: it was cut off")
    }
    return (0..<Int(count)).map { index in
      let at = index * Int(stride)
      return ProgramHeader(
        type: table.little(at, 4), offset: table.little(at + 8), address: table.little(at + 16),
        physical: table.little(at + 24), fileSize: table.little(at + 32))
    }
  }
}
