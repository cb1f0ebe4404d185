// The first requests of a conversation, in the order that stubs need: what it can do, an end to
// acknowledgements, which `vCont` actions it has, whether it is QEMU, its target description (QEMU
// knows `p` only after that), why it is stopped, and what it says about its process.

public import Bytes

/// What a conversation's beginning has brought to light.
public struct Introduction: Equatable, Sendable {
  public var features = Features()
  public var quirks: Quirks = []
  public var kind = Kind.other
  public var description = TargetDescription()
  /// Whether the stub stopped the target because this client came: QEMU does.
  public var wasRunning = false
  public var stop: StopReply?
  public var memoryMap: [MemoryDescription] = []
  /// `AT_ENTRY`, where the program began.
  public var entry: Address?
  public var executable: [UInt8] = []

  /// What answers.
  public enum Kind: Equatable, Sendable {
    case qemu
    case gdbserver
    /// Our own, in the kernel.
    case agent
    case other
  }

  /// Creates an introduction in which nothing is known.
  public init() {}
}

/// Asks the first questions, one at a time.
public struct Handshake: Sendable {
  /// What to do next.
  public enum Step: Equatable, Sendable {
    case submit(Request)
    case complete
    case failed(String)
  }

  private enum Place: Equatable, Sendable {
    case supported, noAcknowledgements, actions, stepFlags, selection, stopReason
    case document(TransferObject)
    case complete
  }

  public private(set) var introduction = Introduction()
  /// Whether the stub has agreed to do without acknowledgements.
  public private(set) var endsAcknowledgements = false

  private let keepsAcknowledgements: Bool
  private var place = Place.supported
  private var transfer: Transfer?
  private var reader = TargetDescriptionReader()
  private var documentName: [UInt8] = []

  /// Creates a handshake that has not begun; one that keeps acknowledgements, for a link that may
  /// lose something, does not offer to do without them.
  public init(keepsAcknowledgements: Bool = false) {
    self.keepsAcknowledgements = keepsAcknowledgements
  }

  /// The first step.
  public func started() -> Step { .submit(.supported) }

  /// Notes a stop reply that nobody asked for: the target ran until this client came.
  public mutating func stoppedUnasked() { introduction.wasRunning = true }

  /// Takes the answer to the request submitted last, and returns the next step.
  public mutating func answered(_ answer: Answer) -> Step {
    switch place {
    case .supported: return receivedSupported(answer)
    case .noAcknowledgements:
      endsAcknowledgements = answer.isOK
      place = .actions
      return .submit(.continueActions)
    case .actions: return receivedActions(answer)
    case .stepFlags: return receivedStepFlags(answer)
    case .selection: return receivedSelection()
    case .document(let object): return receivedPart(answer, of: object)
    case .stopReason, .complete: return .failed("an answer out of order")
    }
  }

  /// Takes the answer to `?`.
  public mutating func stopped(_ reply: StopReply) -> Step {
    guard place == .stopReason else { return .failed("a stop reply out of order") }
    introduction.stop = reply
    return nextDocument(after: nil)
  }

  private mutating func receivedSupported(_ answer: Answer) -> Step {
    guard !answer.isError else { return .failed("the stub refused qSupported") }
    introduction.features = Features(answer)
    if keepsAcknowledgements { introduction.features.bound() }
    introduction.wasRunning = introduction.features.capabilities.contains(.isRunning)
    if !keepsAcknowledgements,
      introduction.features.capabilities.contains(.noAcknowledgements)
    {
      place = .noAcknowledgements
      return .submit(.startNoAcknowledgements)
    }
    place = .actions
    return .submit(.continueActions)
  }

  private mutating func receivedActions(_ answer: Answer) -> Step {
    introduction.features.capabilities.formUnion(answer.continueCapabilities)
    if let identity = introduction.features.description { return meetAgent(identity) }
    place = .stepFlags
    return .submit(.stepFlags)
  }

  /// Our own agent needs no questions that tell others apart, and what its registers are is known
  /// here, unless it is of another version.
  private mutating func meetAgent(_ identity: UInt64) -> Step {
    introduction.kind = .agent
    guard let known = AgentDescription.known(identity),
      case .fetch(let name) = reader.started()
    else { return take(reader.started()) }
    return take(reader.received(Array(known.utf8), named: name))
  }

  private mutating func receivedStepFlags(_ answer: Answer) -> Step {
    if answer.isUnsupported || answer.isError {
      let capabilities = introduction.features.capabilities
      let isServer = capabilities.isSuperset(of: [.auxiliaryVector, .executableFile, .threadList])
      introduction.kind = isServer ? .gdbserver : .other
    } else {
      introduction.kind = .qemu
      introduction.quirks = .qemu
    }
    place = .selection
    return .submit(.selectThread(RemoteThread(thread: 0)))
  }

  /// gdbserver 13 ends with an assertion where it shall describe a target and no thread was chosen.
  private mutating func receivedSelection() -> Step {
    guard introduction.features.capabilities.contains(.targetDescription) else {
      return askStopReason()
    }
    return take(reader.started())
  }

  private mutating func take(_ step: TargetDescriptionReader.Step) -> Step {
    switch step {
    case .fetch(let name):
      documentName = name
      return begin(.targetDescription, annex: name)
    case .complete(let description):
      introduction.description = description
      return askStopReason()
    case .failed(let reason):
      return .failed("target description: \(reason)")
    }
  }

  private mutating func askStopReason() -> Step {
    place = .stopReason
    return .submit(.stopReason)
  }

  private mutating func begin(_ object: TransferObject, annex: [UInt8] = []) -> Step {
    place = .document(object)
    let transfer = Transfer(object, annex: annex, packetSize: introduction.features.packetSize)
    self.transfer = transfer
    return .submit(transfer.request)
  }

  private mutating func receivedPart(_ answer: Answer, of object: TransferObject) -> Step {
    guard var transfer else { return .failed("a part out of order") }
    switch transfer.received(answer) {
    case .more(let request):
      self.transfer = transfer
      return .submit(request)
    case .complete(let contents):
      self.transfer = nil
      return receivedDocument(contents, object)
    case .failed:
      self.transfer = nil
      // A stub may advertise an object and have none for this target.
      return object == .targetDescription ? askStopReason() : nextDocument(after: object)
    }
  }

  private mutating func receivedDocument(_ contents: [UInt8], _ object: TransferObject) -> Step {
    switch object {
    case .targetDescription: return take(reader.received(contents, named: documentName))
    case .memoryMap: introduction.memoryMap = MemoryDescription.map(contents) ?? []
    case .auxiliaryVector: introduction.entry = AuxiliaryVector.entry(contents)
    case .executableFile: introduction.executable = contents
    case .threads: break
    }
    return nextDocument(after: object)
  }

  /// The documents that a client wants to have read, in order.
  private static let wanted: [TransferObject] = [.memoryMap, .auxiliaryVector, .executableFile]

  private mutating func nextDocument(after object: TransferObject?) -> Step {
    var index = 0
    if let object, let last = Self.wanted.firstIndex(of: object) { index = last + 1 }
    while index < Self.wanted.count {
      let next = Self.wanted[index]
      if introduction.features.capabilities.contains(next.capability) { return begin(next) }
      index += 1
    }
    place = .complete
    return .complete
  }
}
