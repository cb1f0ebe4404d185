// What a client has planted together with breakpoints: conditions, and commands that print. Kept in
// one buffer that has its room from the start, each expression with its length before it.

internal import Bytes

/// Conditions and commands by breakpoint.
struct PointScripts {
  /// The most breakpoints that have any.
  static let most = 64
  /// Room for all their expressions, with two bytes more for each.
  static let room = 8_192

  private struct Entry {
    var kind: StopPointKind
    var address: UInt64
    /// Where in `code` its conditions begin, where its commands do, and where these end.
    var start: Int
    var commands: Int
    var end: Int
  }

  private var entries: [Entry] = []
  private var code: [UInt8] = []

  init() {
    entries.reserveCapacity(Self.most)
    code.reserveCapacity(Self.room)
  }

  /// Forgets those of one breakpoint.
  mutating func remove(_ kind: StopPointKind, _ address: Address) {
    let found = entries.firstIndex { $0.kind == kind && $0.address == address.value }
    guard let found else { return }
    let entry = entries.remove(at: found)
    let size = entry.end - entry.start
    code.removeSubrange(entry.start..<entry.end)
    for index in entries.indices where entries[index].start > entry.start {
      entries[index].start -= size
      entries[index].commands -= size
      entries[index].end -= size
    }
  }

  /// Forgets all.
  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    code.clear()
  }

  /// Takes `;X LENGTH,HEX X...;cmds:PERSIST,X LENGTH,HEX...`, or nothing, for a breakpoint, in place
  /// of what it had (gdb's manual, appendix E.2, packet `Z0`). Whether a command shall outlive its
  /// client does not matter: nothing does.
  mutating func set(
    _ kind: StopPointKind, _ address: Address, _ text: inout PacketReader
  ) -> StubError? {
    remove(kind, address)
    guard !text.isAtEnd else { return nil }
    guard entries.count < Self.most else { return .noRoom }
    let start = code.count
    var commands: Int?
    var failure: StubError?
    while failure == nil, !text.isAtEnd {
      if text.take(Letter.semicolon) {
        if text.take(text: "cmds:") {
          // Conditions that came after would stand between the commands.
          let isFirst = commands == nil
          commands = commands ?? code.count
          if !isFirst || text.number() == nil || !text.take(Letter.comma) { failure = .malformed }
        } else if commands != nil {
          failure = .malformed
        }
      } else {
        failure = append(&text)
      }
    }
    guard failure == nil, code.count > start else {
      code.removeSubrange(start...)
      return failure ?? .malformed
    }
    entries.append(
      Entry(
        kind: kind, address: address.value, start: start, commands: commands ?? code.count,
        end: code.count))
    return nil
  }

  /// Takes one expression.
  private mutating func append(_ text: inout PacketReader) -> StubError? {
    guard text.take(Letter.X), let length = text.number(), text.take(Letter.comma), length > 0,
      length <= UInt64(text.rest.count / 2)
    else { return .malformed }
    guard code.count + 2 + Int(length) <= Self.room else { return .noRoom }
    code.put(UInt8(truncatingIfNeeded: length >> 8))
    code.put(UInt8(truncatingIfNeeded: length))
    for _ in 0..<Int(length) {
      guard let byte = text.hexByte() else { return .malformed }
      code.put(byte)
    }
    return nil
  }

  /// The breakpoint's conditions and commands; nil if it has neither.
  func scripts(
    _ kind: StopPointKind, _ address: Address
  ) -> (conditions: List, commands: List)? {
    for entry in entries where entry.kind == kind && entry.address == address.value {
      return (
        List(rest: code[entry.start..<entry.commands]),
        List(rest: code[entry.commands..<entry.end])
      )
    }
    return nil
  }

  /// Expressions, taken one by one.
  struct List {
    fileprivate var rest: ArraySlice<UInt8>

    var isEmpty: Bool { rest.isEmpty }

    mutating func next() -> ArraySlice<UInt8>? {
      guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
      let code = rest.prefix(Int(high) << 8 | Int(low))
      rest = rest.dropFirst(code.count)
      return code
    }
  }
}
