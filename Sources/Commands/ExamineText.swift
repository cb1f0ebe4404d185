// The lines of x, laid out as gdb's.

internal import Bytes
internal import Expressions
internal import JSON
internal import Session
internal import Symbols

enum ExamineText {
  /// Says one line of `count` units at an address and returns where the next begins.
  static func line(
    at address: Address, _ count: Int, _ request: ExamineCommand.Request, _ call: Invocation
  ) throws -> Address {
    switch request.format {
    case .instruction: return try instruction(at: address, call)
    case .string: return try string(at: address, call)
    default: return try units(at: address, count, request, call)
    }
  }

  private static func label(_ address: Address, _ call: Invocation) -> String {
    call.support.text(of: address) + ":"
  }

  private static func instruction(at address: Address, _ call: Invocation) throws -> Address {
    guard let found = try call.session.disassemble(at: address, count: 1).first else {
      throw InspectionFailure.unreadable(address)
    }
    call.line((found.isCurrent ? "=> " : "   ") + label(address, call) + "\t" + found.text)
    remember(address, .pointer(to: .code), Value(0, as: .void), call)
    call.object(
      {
        var object = JSONObject(schema: "instruction")
        object["address"] = .string(address.hex)
        object["location"] = .string(found.location)
        object["bytes"] = .string(Hex.encode(found.bytes))
        object["text"] = .string(found.text)
        object["current"] = .bool(found.isCurrent)
        return object
      }())
    return address.advanced(by: UInt64(found.bytes.count))
  }

  private static func string(at address: Address, _ call: Invocation) throws -> Address {
    let (text, count) = ValueText.string(at: address, support: call.support)
    call.line(label(address, call) + "\t" + text)
    let bytes = call.session.readMemory(address, count) ?? []
    let type = ValueType.array(of: .character(isSigned: true), count: count)
    remember(address, .pointer(to: type), Value(bytes: bytes, as: type), call)
    call.object(
      {
        var object = head(address, call)
        object["format"] = "s"
        object["values"] = .array([.string(text)])
        object["count"] = .integer(count)
        return object
      }())
    if count == 0 { throw InspectionFailure.unreadable(address) }
    return address.advanced(by: UInt64(count))
  }

  private static func units(
    at address: Address, _ count: Int, _ request: ExamineCommand.Request, _ call: Invocation
  ) throws -> Address {
    let type = type(of: request)
    var values: [Value] = []
    var next = address
    // A whole line at once where that can be read, else unit by unit up to where memory ends.
    let all = call.session.readMemory(address, count * request.size)
    for index in 0..<count {
      let bytes =
        all.map { Array($0[(index * request.size)..<((index + 1) * request.size)]) }
        ?? call.session.readMemory(next, request.size)
      guard let bytes else { break }
      values.append(Value(bytes: bytes, as: type, at: .memory(next)))
      next = next.advanced(by: UInt64(request.size))
    }
    let texts = values.map {
      ValueText.scalar($0, format: request.format, support: call.support, isPadded: true)
    }
    if texts.isEmpty { throw InspectionFailure.unreadable(address) }
    call.line(label(address, call) + texts.map { "\t" + $0 }.joined())
    call.object(
      {
        var object = head(address, call)
        object["format"] = .string(request.format.rawValue)
        object["size"] = .integer(request.size)
        object["values"] = .array(texts.map { .string($0) })
        if values.count < count { object["unreadable"] = .string(next.hex) }
        return object
      }())
    if let last = values.last {
      let size = UInt64(request.size)
      remember(
        address.advanced(by: UInt64(values.count - 1) &* size), .pointer(to: type), last, call)
    }
    guard values.count == count else { throw InspectionFailure.unreadable(next) }
    return next
  }

  private static func head(_ address: Address, _ call: Invocation) -> JSONObject {
    var object = JSONObject(schema: "memory")
    object["address"] = .string(address.hex)
    object["location"] = .string(call.support.label(of: address) ?? "")
    return object
  }

  private static func type(of request: ExamineCommand.Request) -> ValueType {
    if request.format == .float, request.size >= 4 { return .float(size: request.size) }
    return .integer(size: request.size, isSigned: true)
  }

  /// Sets `$_` and `$__`.
  private static func remember(
    _ address: Address, _ type: ValueType, _ contents: Value, _ call: Invocation
  ) {
    call.session.values.set("_", to: Value(address.value, as: type))
    call.session.values.set("__", to: contents)
  }

  /// Returns where `count` units before an address begin.
  static func before(
    _ address: Address, _ request: ExamineCommand.Request, _ call: Invocation
  ) throws -> Address {
    let count = request.count.magnitude
    switch request.format {
    case .string: return strings(before: address, Int(count), call)
    case .instruction:
      let symbols = call.session.symbols
      guard let function = symbols?.function(at: address.retreated(by: 1)) else {
        throw CommandError.message(
          "No function covers the code before \(address.hex), so where instructions begin is unknown."
        )
      }
      let found = try call.session.disassemble(function.start..<address)
      guard let first = found.suffix(Int(count)).first else { return address }
      return first.address
    default: return address.retreated(by: UInt64(count) &* UInt64(request.size))
    }
  }

  private static func strings(before address: Address, _ count: Int, _ call: Invocation) -> Address
  {
    var position = address
    for _ in 0..<min(count, 256) {
      var start = position.retreated(by: 1)
      for _ in 0..<200 {
        guard call.session.readMemory(start.retreated(by: 1), 1)?.first ?? 0 != 0 else { break }
        start = start.retreated(by: 1)
      }
      position = start
    }
    return position
  }
}

/// Memory that `x` could not read, in gdb's words.
enum InspectionFailure {
  static func unreadable(_ address: Address) -> CommandError {
    .message("Cannot access memory at address \(address.hex)")
  }
}
