// The ways out of an inlined call. Walking it instruction by instruction takes as long as its loops
// are; where every way out is known the thread runs to them instead.

internal import Bytes
internal import Disassembly
internal import Symbols

extension StoppedThread {
  /// Bytes of an inlined call that are looked through at most.
  private static let most: UInt64 = 4096
  /// Ways out that are planted at most.
  private static let mostWays = 32

  /// Where control goes from the inlined call that the frame's `level` outermost frames made.
  ///
  /// `nil` if not every way out is known: a call in it could come back here in another activation,
  /// an indirect jump could go anywhere.
  func waysOut(ofInlinedCallAt level: Int) -> [Landing]? {
    guard let code = extent(ofInlinedCallAt: level), let disassembler = session.disassembler,
      code.upperBound.offset(from: code.lowerBound) <= Self.most
    else { return nil }
    let count = Int(code.upperBound.offset(from: code.lowerBound))
    guard let bytes = session.peek(code.lowerBound, count), bytes.count == count else { return nil }
    var ways: Set<Address> = [code.upperBound]
    var next = code.lowerBound
    for instruction in disassembler.disassemble(bytes, at: code.lowerBound, limit: count) {
      next = instruction.next
      switch instruction.kind {
      case .other: continue
      case .call, .ret: return nil
      case .jump:
        guard let target = instruction.target, !instruction.operands.hasPrefix("*") else {
          return nil
        }
        if !code.contains(target) { ways.insert(target) }
      }
    }
    guard next == code.upperBound, ways.count <= Self.mostWays else { return nil }
    return ways.sorted().map { Landing(address: $0) }
  }

  /// The contiguous code of that inlined call around the pc.
  private func extent(ofInlinedCallAt level: Int) -> Range<Address>? {
    guard let symbols = session.symbols, let function, let around = statement,
      level > 0, chain.count > level
    else { return nil }
    let call = chain[chain.count - level - 1]
    func part(at address: Address) -> Range<Address>? {
      let frames = symbols.frames(at: address)
      guard frames.count > level, frames[frames.count - level - 1].isSameActivation(as: call)
      else { return nil }
      return symbols.statement(at: address)
    }
    var (low, high) = (around.lowerBound, around.upperBound)
    while low > function.start, high.offset(from: low) <= Self.most,
      let before = part(at: low.retreated(by: 1)), before.lowerBound < low
    {
      low = before.lowerBound
    }
    while high.offset(from: low) <= Self.most,
      let after = part(at: high), after.upperBound > high
    {
      high = after.upperBound
    }
    return low..<high
  }
}
