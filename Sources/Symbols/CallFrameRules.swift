// The table that call frame instructions describe, at one address (DWARF 5, section 6.4.2).

/// How to find one register of the caller.
enum RegisterRule {
  /// Nothing was said: the callee left it alone.
  case same
  case undefined
  /// Saved at the frame address plus this.
  case offset(Int64)
  /// The frame address plus this.
  case valueOffset(Int64)
  case register(UInt64)
  /// Saved where this expression says.
  case expression(ByteView)
  /// What this expression computes.
  case valueExpression(ByteView)
}

/// How to find the frame address.
enum FrameAddressRule {
  case register(UInt64, Int64)
  case expression(ByteView)
}

/// The rules that hold at one address of a function.
struct CallFrameRules {
  private(set) var frameAddress = FrameAddressRule.register(7, 8)
  private(set) var registers: [RegisterRule]
  private static let count = UnwindFrame.registerCount

  /// Runs a function's instructions up to an address; `nil` if they make no sense.
  init?(_ entry: FrameEntry, at address: UInt64) {
    registers = Array(repeating: .same, count: Self.count)
    var location = entry.low
    guard run(entry.common.instructions, entry, nil, &location, until: .max) else { return nil }
    let initial = registers
    location = entry.low
    guard run(entry.instructions, entry, initial, &location, until: address) else { return nil }
  }

  private mutating func set(_ register: UInt64, _ rule: RegisterRule) {
    if register < UInt64(Self.count) { registers[Int(register)] = rule }
  }

  /// Runs instructions until they end or describe addresses past `address`; false if one is unknown
  /// or cut short. Each costs a byte at least, so the section bounds the time.
  private mutating func run(
    _ code: ByteView, _ entry: FrameEntry, _ initial: [RegisterRule]?, _ location: inout UInt64,
    until address: UInt64
  ) -> Bool {
    var cursor = ByteCursor(code)
    var saved: [(FrameAddressRule, [RegisterRule])] = []
    let common = entry.common
    func scaled(_ value: UInt64) -> Int64 {
      Int64(truncatingIfNeeded: value) &* common.dataAlignment
    }
    while !cursor.isAtEnd {
      let opcode = cursor.u8()
      let low = UInt64(opcode & 0x3f)
      var advance: UInt64?
      switch opcode & 0xc0 {
      case 0x40: advance = low
      case 0x80: set(low, .offset(scaled(cursor.uleb())))
      case 0xc0: restore(low, initial)
      default:
        switch opcode {
        case 0x00: break
        case 0x01:
          // Only absolute addresses: .eh_frame never uses this instruction.
          location = cursor.address(size: common.addressSize)
          if location > address { return !cursor.failed }
        case 0x02: advance = UInt64(cursor.u8())
        case 0x03: advance = UInt64(cursor.u16())
        case 0x04: advance = UInt64(cursor.u32())
        case 0x05:
          let register = cursor.uleb()
          set(register, .offset(scaled(cursor.uleb())))
        case 0x06: restore(cursor.uleb(), initial)
        case 0x07: set(cursor.uleb(), .undefined)
        case 0x08: set(cursor.uleb(), .same)
        case 0x09:
          let register = cursor.uleb()
          set(register, .register(cursor.uleb()))
        case 0x0a:
          guard saved.count < 64 else { return false }
          saved.append((frameAddress, registers))
        case 0x0b:
          guard let (address, rules) = saved.popLast() else { return false }
          frameAddress = address
          registers = rules
        default:
          guard runDefinition(opcode, &cursor, scaled) else { return false }
        }
      }
      if cursor.failed { return false }
      if let advance {
        location = location &+ advance &* common.codeAlignment
        if location > address { return true }
      }
    }
    return true
  }

  private mutating func restore(_ register: UInt64, _ initial: [RegisterRule]?) {
    guard let initial, register < UInt64(Self.count) else { return }
    registers[Int(register)] = initial[Int(register)]
  }

  /// Runs the instructions that define the frame address, and the rarer ones.
  private mutating func runDefinition(
    _ opcode: UInt8, _ cursor: inout ByteCursor, _ scaled: (UInt64) -> Int64
  ) -> Bool {
    switch opcode {
    case 0x0c:
      let register = cursor.uleb()
      frameAddress = .register(register, Int64(truncatingIfNeeded: cursor.uleb()))
    case 0x0d:
      guard case .register(_, let offset) = frameAddress else { return false }
      frameAddress = .register(cursor.uleb(), offset)
    case 0x0e:
      guard case .register(let register, _) = frameAddress else { return false }
      frameAddress = .register(register, Int64(truncatingIfNeeded: cursor.uleb()))
    case 0x0f:
      guard let code = cursor.take(cursor.uleb()) else { return false }
      frameAddress = .expression(code)
    case 0x10:
      let register = cursor.uleb()
      guard let code = cursor.take(cursor.uleb()) else { return false }
      set(register, .expression(code))
    case 0x11:
      let register = cursor.uleb()
      set(register, .offset(scaled(UInt64(bitPattern: cursor.sleb()))))
    case 0x12:
      let register = cursor.uleb()
      frameAddress = .register(register, scaled(UInt64(bitPattern: cursor.sleb())))
    case 0x13:
      guard case .register(let register, _) = frameAddress else { return false }
      frameAddress = .register(register, scaled(UInt64(bitPattern: cursor.sleb())))
    case 0x14:
      let register = cursor.uleb()
      set(register, .valueOffset(scaled(cursor.uleb())))
    case 0x15:
      let register = cursor.uleb()
      set(register, .valueOffset(scaled(UInt64(bitPattern: cursor.sleb()))))
    case 0x16:
      let register = cursor.uleb()
      guard let code = cursor.take(cursor.uleb()) else { return false }
      set(register, .valueExpression(code))
    case 0x2e: _ = cursor.uleb()
    case 0x2f:
      let register = cursor.uleb()
      set(register, .offset(0 &- scaled(cursor.uleb())))
    default: return false
    }
    return true
  }
}
