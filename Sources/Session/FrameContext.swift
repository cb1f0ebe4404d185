internal import Bytes
internal import Expressions
internal import Inspect
internal import Symbols

/// What names mean in the selected frame of a session.
///
/// A class, so that it can remember whether a local variable was asked for: a watchpoint on one
/// ends with its frame.
final class FrameContext: ExpressionContext {
  private let session: Session
  private(set) var usedVariable = false
  private var locals: [Variable]?

  init(session: Session) { self.session = session }

  func register(_ name: String) -> Value? {
    let part = RegisterNames.place(of: name, session.names)
    guard
      let definition = session.target.profile.registers.first(where: { $0.name == part.name })
    else { return nil }
    let place = Value.Place.register(name)
    guard let frame = try? session.currentFrame(), let thread = try? session.currentThread(),
      let file = try? session.registers(of: thread)
    else { return .absent("<unavailable>") }
    let number = session.names.unwound.firstIndex(of: part.name)
    var bytes: [UInt8]?
    if frame.physical == 0 {
      bytes = file.bytes(part.name)
    } else if part.name == session.names.pc {
      bytes = Self.bytes(frame.frame.pc.value)
    } else if let number {
      bytes = frame.frame.register(number).map(Self.bytes)
    } else {
      bytes = file.bytes(part.name)
    }
    guard let bytes else { return .absent("<not saved>") }
    return Value(
      bytes: part.extract(bytes), as: RegisterTypes.type(of: definition, name: name, part: part),
      at: place)
  }

  func variable(_ name: String) -> Value? {
    if locals == nil {
      locals = (try? session.currentFrame()).map { session.variables(of: $0) } ?? []
    }
    guard let variable = locals?.first(where: { $0.name == name }) else { return nil }
    usedVariable = true
    return Variables.value(variable)
  }

  func symbol(_ name: String) -> ExpressionSymbol? {
    guard let symbols = session.symbols else { return nil }
    if let data = symbols.data(named: name) {
      let size = Int(clamping: data.size)
      return ExpressionSymbol(
        address: data.address, size: size,
        type: data.kind.map {
          Variables.type(of: $0, size: size == 0 ? 8 : size, named: data.typeName)
        })
    }
    if let function = symbols.functions(named: name).first {
      return ExpressionSymbol(
        address: function.start, size: Int(clamping: function.size), type: .code)
    }
    return nil
  }

  func readMemory(_ address: Address, _ count: Int) -> [UInt8]? {
    session.readMemory(address, count)
  }

  func convenience(_ name: String) -> Value? { session.values.variable(name) }

  func history(_ reference: HistoryReference) -> Value? { session.values.history(reference) }

  func assign(_ value: Value, to place: Value.Place) throws(ExpressionError) {
    do {
      switch place {
      case .memory(let address): try session.write(value.bytes, at: address)
      case .register(let name): try session.write(register: name, bits: value.bits)
      case .convenience(let name): session.values.set(name, to: value)
      }
    } catch { throw .operand(error.message) }
  }

  private static func bytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }
}
