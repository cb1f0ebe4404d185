// vCont, bs, bc: letting the target go on. After one of these, nothing may be sent but an interrupt
// until the stop reply is there; QEMU takes any byte for a request to stop.

public import Bytes

/// What one thread, or all that no other action names, shall do.
public struct ContinueAction: Equatable, Sendable {
  /// How it goes on.
  public enum Kind: Equatable, Sendable {
    case cont
    case contWithSignal(UInt8)
    case step
    /// Steps while the program counter is from `start` up to, not including, `end`.
    case stepRange(start: Address, end: Address)
    /// Stops, in non-stop mode.
    case stop
  }
  public var kind: Kind
  /// `nil` for all threads that no earlier action names.
  public var thread: RemoteThread?

  /// Creates an action.
  public init(_ kind: Kind, thread: RemoteThread? = nil) {
    self.kind = kind
    self.thread = thread
  }
}

extension Request {
  /// Asks which actions `vCont` has.
  public static var continueActions: Request { Request(text: "vCont?") }

  /// Lets threads go on. The first action that names a thread holds for it.
  public static func resume(_ actions: [ContinueAction]) -> Request {
    var payload: [UInt8] = []
    payload.append(text: "vCont")
    var needs: Capabilities = .threadContinue
    for action in actions {
      payload.append(0x3b)
      switch action.kind {
      case .cont: payload.append(0x63)
      case .step: payload.append(0x73)
      case .stop:
        payload.append(0x74)
        needs.insert(.threadStop)
      case .contWithSignal(let signal):
        payload.append(0x43)
        payload.append(hexOf: [signal])
        needs.insert(.signalContinue)
      case .stepRange(let start, let end):
        payload.append(0x72)
        payload.append(hex: start.value)
        payload.append(0x2c)
        payload.append(hex: end.value)
        needs.insert(.rangeStep)
      }
      if let thread = action.thread {
        payload.append(0x3a)
        thread.append(to: &payload)
      }
    }
    return Request(payload, reply: .stopLater, needs: needs, isRepeatable: false)
  }

  /// Lets the whole target go on, for a stub without `vCont`.
  public static var plainContinue: Request {
    Request(text: "c", reply: .stopLater, isRepeatable: false)
  }

  /// Steps the thread that `Hc` chose, for a stub without `vCont`.
  public static var plainStep: Request {
    Request(text: "s", reply: .stopLater, isRepeatable: false)
  }

  /// Steps one instruction back.
  public static var reverseStep: Request {
    Request(text: "bs", reply: .stopLater, needs: .reverseStep, isRepeatable: false)
  }

  /// Runs back to the last stop point passed.
  public static var reverseContinue: Request {
    Request(text: "bc", reply: .stopLater, needs: .reverseContinue, isRepeatable: false)
  }
}

extension Answer {
  /// The capabilities that an answer to `vCont?` shows.
  public var continueCapabilities: Capabilities {
    guard payload.starts(withText: "vCont") else { return [] }
    var found: Capabilities = []
    var continues = false
    var steps = false
    for action in payload[...].pieces(separatedBy: 0x3b, limit: 32) where action.count == 1 {
      switch action.first {
      case 0x63: continues = true
      case 0x73: steps = true
      case 0x43: found.insert(.signalContinue)
      case 0x72: found.insert(.rangeStep)
      case 0x74: found.insert(.threadStop)
      default: break
      }
    }
    if continues && steps { found.insert(.threadContinue) }
    return found
  }
}
