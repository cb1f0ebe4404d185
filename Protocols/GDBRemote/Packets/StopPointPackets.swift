// Z and z: breakpoints and watchpoints. A condition is never sent: QEMU says OK to one and ignores
// it, so conditions are evaluated by the client.

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

  /// Removes a point.
  public static func remove(_ point: RemoteStopPoint) -> Request { Request(point.payload(0x7a)) }
}
