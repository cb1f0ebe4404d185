// Functions in place of addresses. A profile meets the same few thousand addresses again and again:
// each is looked up once.

internal import Bytes
public import Readings
public import Symbols

/// One function of a sampled stack; an inlined one is a frame of its own.
///
/// Text in it comes from the target's files and is NOT yet sanitized.
public struct ProfileFrame: Hashable, Sendable {
  /// The demangled name; an address where no symbol covers it.
  public var function: String
  /// The source file's path as the compiler recorded it.
  public var file: String?
  /// The line that was being executed, from 1; 0 if unknown.
  public var line: Int
  /// Whether it was inlined into the next frame outwards.
  public var isInlined: Bool
  /// The instruction that was looked up: within the call where the frame is a caller's.
  public var address: UInt64
  /// The function's entry; 0 if unknown.
  public var start: UInt64

  /// Creates a frame.
  public init(
    function: String, file: String? = nil, line: Int = 0, isInlined: Bool = false,
    address: UInt64 = 0, start: UInt64 = 0
  ) {
    self.function = function
    self.file = file
    self.line = line
    self.isInlined = isInlined
    self.address = address
    self.start = start
  }

  /// What stands where frames are missing.
  public static let missing = ProfileFrame(function: "[...]")
  /// What stands for the time in which the core was halted.
  public static let idle = ProfileFrame(function: "[idle]")

  /// Whether frames are missing here.
  public var isMissing: Bool { address == 0 && function == Self.missing.function }
}

/// The frames of addresses, each looked up once. One thread owns it.
public final class FrameNames {
  private let lookup: (UInt64) -> [ProfileFrame]
  private var known: [UInt64: [ProfileFrame]] = [:]

  /// Names addresses by `lookup`: innermost first, empty for what it does not know.
  public init(_ lookup: @escaping (UInt64) -> [ProfileFrame]) { self.lookup = lookup }

  /// Names addresses by an image's symbols; by themselves without any.
  public convenience init(_ symbols: SymbolFile?) {
    self.init { address in
      guard let symbols else { return [] }
      let place = Address(address)
      let found = symbols.frames(at: place).map { frame in
        ProfileFrame(
          function: frame.function, file: frame.file, line: frame.line,
          isInlined: frame.isInlined, address: address, start: frame.functionStart.value)
      }
      if !found.isEmpty { return found }
      guard let symbol = symbols.symbol(covering: place) else { return [] }
      return [
        ProfileFrame(function: symbol.name, address: address, start: address &- symbol.offset)
      ]
    }
  }

  /// The frames that one address stands for, innermost first; never empty.
  ///
  /// Cost: a dictionary look-up, but some microseconds the first time.
  public func frames(at address: UInt64) -> [ProfileFrame] {
    if let found = known[address] { return found }
    var found = lookup(address)
    if found.isEmpty {
      found = [ProfileFrame(function: "0x" + String(address, radix: 16), address: address)]
    }
    known[address] = found
    return found
  }

  /// The whole stack of a spot, innermost first, with `missing` where frames are.
  public func stack(at address: UInt64, _ callers: ProfileReading.Stack) -> [ProfileFrame] {
    var stack = frames(at: address)
    for (index, caller) in callers.callers.enumerated() {
      var waits = false
      if let gap = callers.gap {
        if index == gap, callers.awaiting == 0 { stack.append(.missing) }
        waits = index >= gap && index < gap + callers.awaiting
      }
      // A return address is behind the call; where an await goes on is a function's own beginning.
      stack += frames(at: waits ? caller : caller &- 1)
    }
    if callers.isCut || callers.isUnknown { stack.append(.missing) }
    return stack
  }
}
