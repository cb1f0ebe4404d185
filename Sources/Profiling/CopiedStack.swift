// A stack that was copied out of a guest while it stood still, and its callers. The copy is a
// stranger's: each link must lie in it, aligned, further up than the last, so a walk ends after as
// many steps as the copy has room for links.

internal import Bytes
public import Symbols

/// What was copied of one processor.
public struct CopiedStack: Sendable {
  /// The instruction that would be executed next.
  public var counter: UInt64
  /// The registers by DWARF number (`UnwindFrame`).
  public var registers: [UInt64?]
  /// The address of the first byte, a multiple of 8.
  public var start: UInt64
  public var bytes: [UInt8]

  /// Who called, as far as was found.
  public struct Callers: Equatable, Sendable {
    /// Return addresses, innermost first.
    public var addresses: [UInt64] = []
    /// Whether the chain broke before its end.
    public var isCut = false
    /// Whether there are more than were asked for.
    public var isDeep = false

    /// None.
    public init() {}
  }

  /// Creates a copy.
  public init(counter: UInt64, registers: [UInt64?], start: UInt64, bytes: [UInt8]) {
    self.counter = counter
    self.registers = registers
    self.start = start
    self.bytes = bytes
  }

  /// Swift's async functions mark their frames in bit 60 of the saved pointer.
  private static let mark: UInt64 = 1 << 60

  /// The word at an address; nil if it is not wholly in the copy, or not aligned.
  func word(at address: UInt64) -> UInt64? {
    let offset = address &- start
    guard offset & 7 == 0, bytes.count >= 8, offset <= UInt64(bytes.count - 8) else { return nil }
    return bytes[Int(offset)..<(Int(offset) + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The callers along frame pointers; of code in `code` only. At the edges of a function the
  /// innermost one is missing.
  public func callers(within code: Range<UInt64>, limit: Int) -> Callers {
    var callers = Callers()
    let pointer =
      registers.indices.contains(UnwindFrame.framePointer)
      ? registers[UnwindFrame.framePointer] ?? 0 : 0
    var place = pointer & ~Self.mark
    while place != 0 {
      guard let up = word(at: place), let address = word(at: place &+ 8), code.contains(address)
      else {
        callers.isCut = true
        break
      }
      guard callers.addresses.count < limit else {
        callers.isDeep = true
        break
      }
      callers.addresses.append(address)
      let next = up & ~Self.mark
      guard next == 0 || next > place else {
        callers.isCut = true
        break
      }
      place = next
    }
    return callers
  }

  /// The callers by the image's unwind information, which knows more than frame pointers do. What
  /// it needs besides the stack, `elsewhere` reads.
  public func callers(
    by symbols: SymbolFile, limit: Int, elsewhere: @escaping MemoryReader
  ) -> Callers {
    let memory: MemoryReader = { address, count in
      let offset = address.value &- start
      guard count > 0, offset < UInt64(bytes.count), bytes.count - Int(offset) >= count else {
        return elsewhere(address, count)
      }
      return Array(bytes[Int(offset)..<(Int(offset) + count)])
    }
    var callers = Callers()
    var frame = UnwindFrame(pc: Address(counter), registers: registers)
    while let caller = symbols.unwind(frame, memory: memory) {
      guard callers.addresses.count < limit else {
        callers.isDeep = true
        break
      }
      callers.addresses.append(caller.pc.value)
      frame = caller
    }
    return callers
  }
}
