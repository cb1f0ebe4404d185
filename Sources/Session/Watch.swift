// Watchpoints: from an expression to the memory that has to be watched.

internal import Bytes
internal import Expressions
internal import Inspect
internal import Symbols

extension Session {
  /// The memory of an expression's value, what it holds, and the points that watch it.
  func watch(
    _ text: String, _ kind: StopPoint.Kind
  ) throws(SessionError) -> (UserBreakpoint.Watch, [StopPoint]) {
    let context = FrameContext(session: self)
    let value: Value
    do { value = try Expression.parse(text).evaluate(in: context) } catch {
      throw .expression(error.message)
    }
    guard let address = value.address else {
      throw .malformed(
        "Cannot watch constant value `\(text)`. Watch something in memory: a global, *(long *)0x..."
      )
    }
    guard (1...64).contains(value.size) else {
      throw .malformed(
        "`\(text)` has \(value.size) bytes: too many to watch. Watch a part: *(long *)\(address.hex)"
      )
    }
    var watch = UserBreakpoint.Watch(address: address, value: value)
    if context.usedVariable, let frame = try? currentFrame(), let cfa = frame.cfa,
      let thread = try? currentThread(),
      let stack = try? stack(of: thread, count: frame.physical + 2),
      frame.physical + 1 < stack.frames.count
    {
      watch.scope = cfa.value
      watch.scopeEnd = stack.frames[frame.physical + 1].pc
    }
    return (
      watch, Self.pieces(address, value.size).map { StopPoint(kind: kind, address: $0, length: $1) }
    )
  }

  /// Cuts memory into naturally aligned pieces of 8, 4, 2 and 1 bytes, as processors watch them.
  static func pieces(_ address: Address, _ count: Int) -> [(Address, Int)] {
    var pieces: [(Address, Int)] = []
    var address = address
    var rest = count
    while rest > 0 {
      var length = 8
      while length > rest || address.value % UInt64(length) != 0 { length /= 2 }
      pieces.append((address, length))
      address = address.advanced(by: UInt64(length))
      rest -= length
    }
    return pieces
  }
}
