// The values that symbol look-ups answer with. All of them are plain and Sendable.

public import Bytes

/// Reads a target's memory for unwinding and variables: `count` bytes at `address`, or `nil` if
/// not all of them can be read. The first bytes of the answer are used; it may be longer.
public typealias MemoryReader = (_ address: Address, _ count: Int) -> [UInt8]?

/// Why an image's symbols cannot be used.
public enum SymbolError: Error, Equatable {
  /// The file cannot be opened or mapped; the text says why.
  case cannotOpen(String)
  /// The file is no ELF image that this reader takes; the text says what is wrong.
  case malformed(String)
  /// The image has neither debug information nor a symbol table.
  case noDebugInformation(String)

  /// What went wrong, for people.
  public var message: String {
    switch self {
    case .cannotOpen(let text), .malformed(let text), .noDebugInformation(let text): text
    }
  }
}

/// One allocated section of an image.
public struct Section: Hashable, Sendable {
  /// Its name, such as `.text`.
  public var name: String
  /// Where it is in the target, bias included.
  public var address: Address
  /// Its length in bytes.
  public var size: UInt64
  /// Its permissions, `r-x` for code.
  public var flags: String

  /// Creates a section.
  public init(name: String, address: Address, size: UInt64, flags: String) {
    self.name = name
    self.address = address
    self.size = size
    self.flags = flags
  }
}

/// One function of an image, at one place.
public struct Function: Hashable, Sendable {
  /// The demangled name in short form: `Counter.beat(count:)`.
  public var name: String
  /// The name that the linker knows.
  public var linkageName: String
  /// Its first instruction.
  public var start: Address
  /// Its length in bytes; 0 if nothing says.
  public var size: UInt64

  /// Creates a function.
  public init(name: String, linkageName: String, start: Address, size: UInt64) {
    self.name = name
    self.linkageName = linkageName
    self.start = start
    self.size = size
  }
}

/// Where in the source an address is: one frame, real or inlined.
public struct SourceLocation: Hashable, Sendable {
  /// The demangled name of the function in short form. Made anew at each use, which costs about
  /// 5 us for a Swift name, so that profilers need not pay for names that nobody looks at.
  public var function: String {
    get { given ?? Demangler.demangle(linkageName) }
    set { given = newValue }
  }
  /// The name that the linker knows; the same as `function` where the debug information has none.
  public var linkageName: String
  /// The short form if it does not follow from `linkageName`.
  private var given: String?
  /// The source file's path as the compiler recorded it; `nil` if unknown.
  public var file: String?
  /// The line from 1; 0 if unknown.
  public var line: Int
  /// The column from 1; 0 if unknown.
  public var column: Int
  /// Whether the function was inlined into the next frame.
  public var isInlined: Bool
  /// The function's entry; for an inlined one, where its code begins.
  public var functionStart: Address

  /// Creates a location.
  public init(
    function: String, linkageName: String, file: String?, line: Int, column: Int, isInlined: Bool,
    functionStart: Address
  ) {
    self.init(
      linkageName: linkageName, file: file, line: line, column: column, isInlined: isInlined,
      functionStart: functionStart)
    if function != Demangler.demangle(linkageName) { given = function }
  }

  /// Creates a location whose function's short form follows from its linkage name.
  init(
    linkageName: String, file: String?, line: Int, column: Int, isInlined: Bool,
    functionStart: Address
  ) {
    self.linkageName = linkageName
    self.file = file
    self.line = line
    self.column = column
    self.isInlined = isInlined
    self.functionStart = functionStart
  }
}

/// A variable of static storage.
public struct DataSymbol: Hashable, Sendable {
  /// The demangled name in short form.
  public var name: String
  /// The name that the linker knows.
  public var linkageName: String
  /// Where it is.
  public var address: Address
  /// Its length in bytes; 0 if nothing says.
  public var size: UInt64
  /// The name of its type, empty if unknown.
  public var typeName: String
  /// How its bits read, if its type is a scalar.
  public var kind: ScalarKind?

  /// Creates a variable's symbol.
  public init(
    name: String, linkageName: String, address: Address, size: UInt64, typeName: String,
    kind: ScalarKind?
  ) {
    self.name = name
    self.linkageName = linkageName
    self.address = address
    self.size = size
    self.typeName = typeName
    self.kind = kind
  }
}

/// How the bits of a scalar value read.
public enum ScalarKind: Hashable, Sendable {
  case signed, unsigned, boolean, character, float, pointer
  /// An enumeration, shown as its number.
  case enumeration
}

/// What is known of a variable's value.
public enum VariableValue: Hashable, Sendable {
  /// A scalar: signed kinds are extended to 64 bits, `float` holds the IEEE bits of `size` bytes.
  case scalar(ScalarKind, bits: UInt64, size: Int)
  /// A value of another type, and where it is if it is in memory.
  case bytes([UInt8], at: Address?)
  /// The compiler kept no trace of it here.
  case optimizedOut
  /// It cannot be shown; the text says why.
  case unavailable(String)
}

/// One argument or local variable of a frame.
public struct Variable: Hashable, Sendable {
  /// Its name in the source.
  public var name: String
  /// The name of its type, `Swift.Int` or `unsigned char *`; empty if unknown.
  public var typeName: String
  /// Whether it is a parameter of the function.
  public var isArgument: Bool
  /// Its value at the frame's position.
  public var value: VariableValue
  /// The value taken apart, where its type is one of Swift's that is understood and no plain scalar.
  public var tree: ValueTree?

  /// Creates a variable.
  public init(name: String, typeName: String, isArgument: Bool, value: VariableValue) {
    self.name = name
    self.typeName = typeName
    self.isArgument = isArgument
    self.value = value
  }
}
