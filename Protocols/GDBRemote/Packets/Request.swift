// A request is the data of one packet and what the client must know to send it: which replies can
// answer it, what the stub must have advertised, and whether it may be sent twice. The other files
// of this folder make them, one family of packets each, and read their replies.

/// One packet from a client to a stub.
public struct Request: Equatable, Sendable {
  /// What answers a request.
  public enum Reply: Equatable, Sendable {
    /// One packet that is not a stop reply.
    case data
    /// A stop reply, at once (`?`).
    case stopNow
    /// A stop reply, whenever the target stops: until then nothing else may be sent.
    case stopLater
    /// Any number of `O` packets, then a last one.
    case output
    /// Nothing (`k`).
    case nothing
  }

  /// The packet's data, unescaped.
  public var payload: [UInt8]
  public var reply: Reply
  /// What the stub must have advertised.
  public var needs: Capabilities
  /// Whether sending it twice does what sending it once does.
  public var isRepeatable: Bool
  /// Whether a target that runs answers it, too.
  public var isHeardWhileRunning = false

  /// Creates a request.
  public init(
    _ payload: [UInt8], reply: Reply = .data, needs: Capabilities = [], isRepeatable: Bool = true
  ) {
    self.payload = payload
    self.reply = reply
    self.needs = needs
    self.isRepeatable = isRepeatable
  }

  /// Creates a request of plain text.
  init(
    text: String, reply: Reply = .data, needs: Capabilities = [], isRepeatable: Bool = true
  ) {
    self.init(Array(text.utf8), reply: reply, needs: needs, isRepeatable: isRepeatable)
  }
}

/// What a stub has said it can do.
public struct Capabilities: OptionSet, Hashable, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `QStartNoAckMode+`
  public static let noAcknowledgements = Capabilities(rawValue: 1 << 0)
  /// `multiprocess+`: threads are `pPID.TID`.
  public static let multiprocess = Capabilities(rawValue: 1 << 1)
  /// `qXfer:features:read+`
  public static let targetDescription = Capabilities(rawValue: 1 << 2)
  /// `qXfer:memory-map:read+`
  public static let memoryMap = Capabilities(rawValue: 1 << 3)
  /// `qXfer:threads:read+`
  public static let threadList = Capabilities(rawValue: 1 << 4)
  /// `qXfer:auxv:read+`
  public static let auxiliaryVector = Capabilities(rawValue: 1 << 5)
  /// `qXfer:exec-file:read+`
  public static let executableFile = Capabilities(rawValue: 1 << 6)
  /// `swbreak+`
  public static let softwareBreakReasons = Capabilities(rawValue: 1 << 7)
  /// `hwbreak+`
  public static let hardwareBreakReasons = Capabilities(rawValue: 1 << 8)
  /// `ReverseStep+` (`bs`); QEMU outside replay aborts on it.
  public static let reverseStep = Capabilities(rawValue: 1 << 9)
  /// `ReverseContinue+` (`bc`); the same.
  public static let reverseContinue = Capabilities(rawValue: 1 << 10)
  /// `binary-upload+`: the `x` packet answers `b` and bytes.
  public static let binaryRead = Capabilities(rawValue: 1 << 11)
  /// `X`, found by a probe.
  public static let binaryWrite = Capabilities(rawValue: 1 << 12)
  /// `vContSupported+`
  public static let continueActions = Capabilities(rawValue: 1 << 13)
  /// `vCont;r`: stepping while the program counter is in a range.
  public static let rangeStep = Capabilities(rawValue: 1 << 14)
  /// `vCont;c` and `vCont;s`.
  public static let threadContinue = Capabilities(rawValue: 1 << 15)
  /// `vCont;C`: continuing with a signal.
  public static let signalContinue = Capabilities(rawValue: 1 << 16)
  /// `ConditionalBreakpoints+`; a stub that lacks it may say OK and ignore conditions.
  public static let conditions = Capabilities(rawValue: 1 << 17)
  /// `vContSupported` named `t`: stopping single threads.
  public static let threadStop = Capabilities(rawValue: 1 << 18)
  /// `PortholeTelemetry+`: the target describes itself (Protocols/Telemetry/SPEC.md).
  public static let telemetry = Capabilities(rawValue: 1 << 19)
  /// `PortholeRunning+`: the target runs until its client stops it.
  public static let isRunning = Capabilities(rawValue: 1 << 20)
  /// `QNonStop+`: threads may stop one by one.
  public static let nonStop = Capabilities(rawValue: 1 << 21)
}
