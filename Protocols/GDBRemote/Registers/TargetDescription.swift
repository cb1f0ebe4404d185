/// What a stub's target description says: the processor and its registers.
public struct TargetDescription: Equatable, Sendable {
  /// The processor in gdb's words, `i386:x86-64`, `aarch64`; empty if it names none.
  public var architecture = ""
  /// The registers, by number, which is their order in the `g` packet.
  public var registers: [RegisterDescription] = []
  /// The layouts of registers made of bits, such as `i386_eflags`.
  public var flagTypes: [FlagType] = []

  /// Creates an empty description.
  public init() {}
}

/// One register of a target description.
public struct RegisterDescription: Equatable, Sendable {
  public var name: String
  /// Its size in bytes, 1 to 64.
  public var size: Int
  /// Its number in `p` packets.
  public var number: Int
  /// `general`, `float`, `vector`, `system`, or what else is given.
  public var group: String
  /// `int64`, `code_ptr`, `i386_eflags`.
  public var type: String

  /// Creates a register.
  public init(name: String, size: Int, number: Int, group: String, type: String) {
    self.name = name
    self.size = size
    self.number = number
    self.group = group
    self.type = type
  }
}

/// A type whose bits have names.
public struct FlagType: Equatable, Sendable {
  public var name: String
  /// The named bits, lowest first; a field may be several bits wide.
  public var fields: [Field]

  /// Bits `start` to `end`, both included.
  public struct Field: Equatable, Sendable {
    public var name: String
    public var start: Int
    public var end: Int
  }
}
