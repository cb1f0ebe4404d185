// Who decides about a breakpoint's condition and a log point's text: a target that can does it itself,
// without stopping; else it is stopped for each hit, and the session decides.

internal import Bytes
internal import Expressions
internal import Inspect
internal import Symbols

extension Session {
  /// Who is to decide about a breakpoint: the target if all it needs can be had as bytecode.
  func decision(about item: UserBreakpoint) -> UserBreakpoint.Decision {
    guard item.watch == nil, item.condition != nil || item.log != nil else { return .none }
    let profile = target.profile
    guard item.log == nil ? profile.evaluatesConditions : profile.printsLogPoints else {
      return .session("")
    }
    var scripts: [Address: PointScript] = [:]
    for point in item.points {
      let context = PointContext(session: self, address: point.address)
      var script = PointScript()
      do {
        if let condition = item.condition {
          script.conditions = [try condition.compiled(in: context)]
        }
        if let log = item.log { script.commands = [try log.compiled(in: context)] }
      } catch { return .session(error.message) }
      scripts[point.address] = script
    }
    return .target(scripts)
  }

  /// Who decides about a breakpoint now, in the user's terms.
  func decision(shown item: UserBreakpoint) -> BreakpointSnapshot.Decision {
    switch item.decision {
    case .none: return .session(why: "")
    case .session(let why): return .session(why: why)
    case .target:
      let isDecided = item.points.allSatisfy { points.planted[$0]?.isEmpty == false }
      return isDecided || !item.isEnabled
        ? .target : .session(why: "something else stops or is counted there")
    }
  }

  /// Prints what a log point has to say, where the session does it.
  func say(_ log: FormattedText) {
    let text: String
    do { text = try log.text(in: self) } catch { text = "(log point: \(error.message))\n" }
    logged += Array(text.utf8)
  }

  /// What log points have printed since it was last asked for.
  func takeLogged() -> [UInt8]? {
    guard !logged.isEmpty else { return nil }
    defer { logged = [] }
    return logged
  }
}

/// What names mean at a breakpoint's instruction.
private struct PointContext: CompilationContext {
  let session: Session
  let address: Address

  func register(_ name: String) -> CompiledPlace? {
    let part = RegisterNames.place(of: name, session.names)
    guard let definition = definition(part.name) else { return nil }
    return CompiledPlace(
      type: RegisterTypes.type(of: definition, name: name, part: part),
      place: .register(definition.number, shift: part.offset * 8))
  }

  func variable(_ name: String) -> CompiledPlace? {
    let places = session.symbols?.variablePlaces(at: address) ?? []
    guard let variable = places.first(where: { $0.name == name }) else { return nil }
    guard let kind = variable.kind else {
      return CompiledPlace(
        type: .void, place: .nowhere("a value of type \(variable.typeName) is more than a number"))
    }
    let type = Variables.type(of: kind, size: variable.size, named: variable.typeName)
    return CompiledPlace(type: type, place: place(variable.place))
  }

  func symbol(_ name: String) -> ExpressionSymbol? {
    FrameContext(session: session).symbol(name)
  }

  private func definition(_ name: String) -> RegisterDefinition? {
    session.target.profile.registers.first { $0.name == name }
  }

  private func number(_ dwarf: Int) -> Int? {
    session.names.unwound.indices.contains(dwarf)
      ? definition(session.names.unwound[dwarf])?.number : nil
  }

  private func place(_ place: VariablePlace.Place) -> CompiledPlace.Place {
    switch place {
    case .constant(let bits): return .constant(bits)
    case .memory(nil, let offset): return .memory(register: nil, offset: offset)
    case .memory(let register?, let offset):
      guard let number = number(register) else { return .nowhere("its register is unknown") }
      return .memory(register: number, offset: offset)
    case .register(let register):
      guard let number = number(register) else { return .nowhere("its register is unknown") }
      return .register(number, shift: 0)
    case .unknown: return .nowhere("it is nowhere that can be named in advance")
    }
  }
}
