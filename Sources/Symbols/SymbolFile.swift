// The symbols of one image: the module's one entry. Everything is parsed when it is first asked
// for, so that opening costs little and the first backtrace reads only the units it passes through.

public import Bytes

/// The symbols and debug information of one ELF image.
///
/// Addresses going in and out are the target's: the file's plus `bias`. Nothing here traps on a
/// malformed file; what cannot be read is left out. Not Sendable: one thread owns it.
public final class SymbolFile {
  /// Where the image was read from.
  public let path: String
  /// The identity of the image, if it has a build id note.
  public var buildID: BuildID? { image.buildID }
  /// Where execution begins.
  public var entry: Address { Address(image.entry &+ bias) }
  /// Whether the image can be loaded anywhere, as a PIE or a shared library.
  public var isPositionIndependent: Bool { image.isPositionIndependent }
  /// The ELF machine number: 62 is x86-64, 183 AArch64.
  public var machine: UInt16 { image.machine }
  /// What is added to every address of the file.
  public var bias: UInt64 = 0

  let file: MappedFile
  let image: ELFImage
  private(set) lazy var debug: DebugInfo? = DebugInfo(image)
  private(set) lazy var symbols = SymbolTable(image)
  private(set) lazy var nameIndex = NameIndex(symbols)
  private(set) lazy var dataIndex = makeDataIndex()
  private(set) lazy var ehFrame = CallFrameTable(image, section: ".eh_frame")
  private(set) lazy var debugFrame = CallFrameTable(image, section: ".debug_frame")
  /// Where `main` is, and the function that the image starts with: stacks end there.
  private(set) lazy var mainAddress: UInt64? = symbols.address(named: "main")
  private(set) lazy var entryFunction: UInt64? = functionStart(image.entry)

  /// Opens an image; cost: one mapping and the section headers.
  public convenience init(path: String) throws(SymbolError) {
    try self.init(file: MappedFile(path: path), path: path)
  }

  /// Takes an image that is in memory already.
  public convenience init(bytes: [UInt8], path: String = "memory") throws(SymbolError) {
    try self.init(file: MappedFile(bytes: bytes), path: path)
  }

  private init(file: MappedFile, path: String) throws(SymbolError) {
    self.file = file
    self.path = path
    image = try ELFImage(file.view, path: path)
  }

  /// The sections that are in the target's memory, in the order of the file.
  public var sections: [Section] {
    image.sections.filter { $0.isAllocated && $0.size > 0 }.map {
      Section(
        name: $0.name, address: Address($0.address &+ bias), size: $0.size,
        flags: image.permissions(of: $0))
    }
  }
}
