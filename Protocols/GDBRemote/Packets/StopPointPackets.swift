// Z and z: breakpoints and watchpoints. A condition goes only to a stub that has announced it can
// decide one: QEMU says OK to any and ignores it.

public import Bytes

/// What a breakpoint or watchpoint watches for; the raw value is the number in the packet.
public enum StopPointKind: UInt8, Sendable {
  case software = 0
  case hardware, write, read, access
}

/// A breakpoint or watchpoint as packets name it.
public struct RemoteStopPoint: Hashable, Sendable {
  public var kind: StopPointKind
  public var address: Address
  /// Bytes watched, or the kind of a breakpoint's instruction.
  public var length: UInt64

  /// Creates a point.
  public init(kind: StopPointKind, address: Address, length: UInt64) {
    self.kind = kind
    self.address = address
    self.length = length
  }

  fileprivate func payload(_ letter: UInt8) -> [UInt8] {
    var payload = [letter, Hex.digit(kind.rawValue), 0x2c]
    payload.append(hex: address.value)
    payload.append(0x2c)
    payload.append(hex: length)
    return payload
  }
}

extension Request {
  /// Plants a point. Planting it twice is harmless.
  public static func insert(_ point: RemoteStopPoint) -> Request { Request(point.payload(0x5a)) }

  /// Plants a breakpoint with conditions, of which one has to hold for a stop, and with commands,
  /// which are obeyed instead of stopping; each is agent bytecode.
  public static func insert(
    _ point: RemoteStopPoint, conditions: [[UInt8]], commands: [[UInt8]]
  ) -> Request {
    var payload = point.payload(0x5a)
    if !conditions.isEmpty {
      payload.append(0x3b)
      for condition in conditions { append(condition, to: &payload) }
    }
    if !commands.isEmpty {
      // They end with this client.
      payload += Array(";cmds:0,".utf8)
      for command in commands { append(command, to: &payload) }
    }
    return Request(payload)
  }

  private static func append(_ code: [UInt8], to payload: inout [UInt8]) {
    payload.append(0x58)
    payload.append(hex: UInt64(code.count))
    payload.append(0x2c)
    payload.append(hexOf: code)
  }

  /// Removes a point.
  public static func remove(_ point: RemoteStopPoint) -> Request { Request(point.payload(0x7a)) }
}
