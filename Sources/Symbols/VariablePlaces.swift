// Where the variables at an instruction are, said in advance: for what a target is to evaluate by itself
// whenever it gets there.

public import Bytes

/// A variable and where it is whenever execution is at one instruction.
public struct VariablePlace: Hashable, Sendable {
  /// A place that holds for every visit.
  public enum Place: Hashable, Sendable {
    /// In memory, at a register's value (by its DWARF number) plus an offset; or at an address.
    case memory(register: Int?, offset: UInt64)
    /// In a register, by its DWARF number.
    case register(Int)
    case constant(UInt64)
    /// Nowhere, in pieces, or where only memory says.
    case unknown
  }
  public var name: String
  public var typeName: String
  /// How its bits read; `nil` unless it is a scalar of at most 8 bytes.
  public var kind: ScalarKind?
  /// Its size in bytes.
  public var size: Int
  public var place: Place

  /// Creates a place.
  public init(name: String, typeName: String, kind: ScalarKind?, size: Int, place: Place) {
    self.name = name
    self.typeName = typeName
    self.kind = kind
    self.size = size
    self.place = place
  }
}

extension SymbolFile {
  /// The variables that are visible at an instruction, in the order of `variables`.
  public func variablePlaces(at pc: Address) -> [VariablePlace] {
    guard let scope = visible(at: pc.value &- bias, inlineDepth: 0) else { return [] }
    return scope.entries.map { entry in
      let type = entry.type.map { entry.unit.type(at: $0) } ?? TypeDescription()
      let isScalar = (1...8).contains(type.size)
      return VariablePlace(
        name: entry.name, typeName: type.name, kind: isScalar ? type.kind : nil, size: type.size,
        place: place(of: entry, function: scope.function, at: pc))
    }
  }

  /// Evaluates the location with registers that are all different, and again with each of their bits
  /// turned over: what comes out tells which register it was made from, and whether it was by adding to
  /// that. What comes out the same is the same at every visit only if it can be said without any
  /// register: a masked one may come out so too.
  private func place(
    of entry: VariableEntry, function: UInt64, at pc: Address
  ) -> VariablePlace.Place {
    guard entry.location.isPresent else {
      switch entry.constant.kind {
      case .unsigned, .signed: return .constant(entry.constant.number)
      default: return .unknown
      }
    }
    guard let code = entry.unit.locationExpression(entry.location, at: pc.value &- bias) else {
      return .unknown
    }
    var found: VariablePlace.Place?
    for probe in [Probe(turns: 0), Probe(turns: .max)] {
      let frame = UnwindFrame(
        pc: pc, registers: (0..<UnwindFrame.registerCount).map { probe.value(of: $0) })
      var machine = ExpressionMachine(
        expressionContext(of: frame, entry.unit, function: function) { _, _ in nil })
      let place = probe.place(machine.locate(code))
      guard found == nil || found == place else { return .unknown }
      found = place
    }
    switch found {
    case .constant?, .memory(register: nil, offset: _)?:
      var bare = ExpressionMachine(
        expressionContext(
          of: UnwindFrame(
            pc: pc, registers: [UInt64?](repeating: nil, count: UnwindFrame.registerCount)),
          entry.unit, function: function
        ) { _, _ in nil })
      switch bare.locate(code) {
      case .value, .memory: break
      default: return .unknown
      }
    default: break
    }
    return found ?? .unknown
  }

  /// Values for registers that lie far apart.
  private struct Probe {
    /// Which bits are turned over.
    var turns: UInt64

    /// How far from a register's value, or from 0, something may lie.
    private static let reach: UInt64 = 1 << 47

    func value(of register: Int) -> UInt64 {
      (UInt64(3 + 2 * register) << 56 | 0x15_5555_5555_5555) ^ turns
    }

    /// What a location says that was evaluated with them.
    func place(_ location: ValueLocation) -> VariablePlace.Place {
      switch location {
      case .register(let number):
        return number < 16 ? .register(Int(number)) : .unknown
      case .value(let bits): return bits < 1 << 48 ? .constant(bits) : .unknown
      case .memory(let address):
        if Self.isNear(address) { return .memory(register: nil, offset: address) }
        for register in 0..<16 where Self.isNear(address &- value(of: register)) {
          return .memory(register: register, offset: address &- value(of: register))
        }
        return .unknown
      default: return .unknown
      }
    }

    private static func isNear(_ distance: UInt64) -> Bool {
      Int64(bitPattern: distance).magnitude <= reach
    }
  }
}
