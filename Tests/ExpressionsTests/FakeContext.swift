internal import Bytes
internal import Expressions

/// A context of plain dictionaries.
final class FakeContext: ExpressionContext {
  let store = ValueStore()
  var registers: [String: Value] = [:]
  var variables: [String: Value] = [:]
  var symbols: [String: ExpressionSymbol] = [:]
  /// Bytes from this address on can be read and written.
  var base = Address(0x1000)
  var memory: [UInt8] = []
  var reads = 0

  func register(_ name: String) -> Value? { registers[name] }
  func variable(_ name: String) -> Value? { variables[name] }
  func symbol(_ name: String) -> ExpressionSymbol? { symbols[name] }
  func convenience(_ name: String) -> Value? { store.variable(name) }
  func history(_ reference: HistoryReference) -> Value? { store.history(reference) }

  func readMemory(_ address: Address, _ count: Int) -> [UInt8]? {
    reads += 1
    let start = address.offset(from: base)
    guard start <= UInt64(memory.count), UInt64(count) <= UInt64(memory.count) - start else {
      return nil
    }
    return Array(memory[Int(start)..<(Int(start) + count)])
  }

  func assign(_ value: Value, to place: Value.Place) throws(ExpressionError) {
    switch place {
    case .convenience(let name): store.set(name, to: value)
    case .register(let name):
      registers[name] = Value(value.bits, as: value.type, at: .register(name))
    case .memory(let address):
      guard readMemory(address, value.size) != nil else { throw .unreadable(address) }
      let start = Int(address.offset(from: base))
      memory.replaceSubrange(start..<(start + value.size), with: value.bytes)
    }
  }

  /// Evaluates and words the result as `print` does, recording it in the history.
  func printed(_ text: String, format: ValueFormat? = nil) -> String {
    do throws(ExpressionError) {
      let value = try Expression.parse(text).evaluate(in: self)
      if value.type != .void { _ = store.record(value) }
      return ValueText.text(
        value, format: format,
        support: ValueSupport(symbolize: { _ in nil }, readMemory: readMemory))
    } catch {
      return error.message
    }
  }
}
