// Stop replies: Sxx, Txx with pairs, Wxx and Xxx for a process that ended.

public import Bytes

/// Why and where a target stopped, as one packet says it.
public enum StopReply: Equatable, Sendable {
  case stopped(Stop)
  case exited(status: Int)
  case killed(signal: Int)

  /// The contents of a `T` or `S` packet.
  public struct Stop: Equatable, Sendable {
    public var signal: Int
    public var thread: RemoteThread?
    public var cause = Cause.signal
    /// Registers sent along: number and bytes, at most 64 of them.
    public var registers: [(number: Int, bytes: [UInt8])] = []

    /// Creates a stop.
    public init(signal: Int, thread: RemoteThread? = nil, cause: Cause = .signal) {
      self.signal = signal
      self.thread = thread
      self.cause = cause
    }

    public static func == (left: Stop, right: Stop) -> Bool {
      left.signal == right.signal && left.thread == right.thread && left.cause == right.cause
        && left.registers.count == right.registers.count
        && zip(left.registers, right.registers).allSatisfy { $0 == $1 }
    }
  }

  /// What stopped it, as far as the packet says.
  public enum Cause: Equatable, Sendable {
    case signal
    case softwareBreakpoint
    case hardwareBreakpoint
    case watch(StopPointKind, address: Address)
    /// The recording ends here (`replaylog`).
    case replayEnd
  }

  /// Reads a packet; `nil` if it is no stop reply.
  public init?(_ payload: [UInt8]) {
    switch payload.first {
    case 0x57:
      guard let status = Self.ending(payload) else { return nil }
      self = .exited(status: status)
    case 0x58:
      guard let signal = Self.ending(payload) else { return nil }
      self = .killed(signal: signal)
    case 0x53, 0x54:
      guard payload.count >= 3, let signal = Hex.decode(payload[1..<3])?.first else { return nil }
      if payload[0] == 0x54 {
        self = .stopped(Self.pairs(of: payload[3...], signal: Int(signal)))
      } else {
        guard payload.count == 3 else { return nil }
        self = .stopped(Stop(signal: Int(signal)))
      }
    default: return nil
    }
  }

  /// Reads `W` or `X`, a number of one digit or more, and perhaps `;process:PID`.
  private static func ending(_ payload: [UInt8]) -> Int? {
    let number = payload.dropFirst().prefix { $0 != 0x3b }
    guard number.count <= 8 else { return nil }
    return Hex.number(number).map { Int($0) }
  }

  private static func pairs(of text: ArraySlice<UInt8>, signal: Int) -> Stop {
    var stop = Stop(signal: signal)
    for pair in text.pieces(separatedBy: 0x3b, limit: 256) {
      guard let colon = pair.firstIndex(of: 0x3a) else { continue }
      let name = pair[..<colon]
      let value = pair[(colon + 1)...]
      if name.equals(text: "thread") {
        stop.thread = RemoteThread(value)
      } else if name.equals(text: "swbreak") {
        stop.cause = .softwareBreakpoint
      } else if name.equals(text: "hwbreak") {
        stop.cause = .hardwareBreakpoint
      } else if name.equals(text: "replaylog") {
        stop.cause = .replayEnd
      } else if let kind = watchKind(name), let address = Hex.number(value) {
        stop.cause = .watch(kind, address: Address(address))
      } else if let number = Hex.number(name), number <= 0xffff, let bytes = Hex.decode(value),
        stop.registers.count < 64
      {
        stop.registers.append((Int(number), bytes))
      }
    }
    return stop
  }

  private static func watchKind(_ name: ArraySlice<UInt8>) -> StopPointKind? {
    if name.equals(text: "watch") { return .write }
    if name.equals(text: "rwatch") { return .read }
    if name.equals(text: "awatch") { return .access }
    return nil
  }
}

extension Request {
  /// Asks why the target is stopped. On QEMU this also removes every breakpoint.
  public static var stopReason: Request { Request(text: "?", reply: .stopNow) }
}
