// From a packet's first letter to the file that answers it. What is not known is answered by the
// empty packet, as the protocol wants.

internal import Bytes

extension Stub {
  /// Answers one packet.
  mutating func obey<T: StubTarget>(
    _ packet: ArraySlice<UInt8>, _ target: inout T
  ) -> StubEffect? {
    // A client that talks while it waits for a stop has lost count: it could mean anything.
    guard
      state != .running || isNonStop || packet.first == Letter.question || isTelemetry(packet)
    else {
      return nil
    }
    let rest = packet.dropFirst()
    switch packet.first {
    case Letter.question: return askStopReason(&target)
    case Letter.g: readRegisters(rest, target)
    case Letter.G: writeRegisters(rest, &target)
    case Letter.p: readRegister(rest, target)
    case Letter.P: writeRegister(rest, &target)
    case Letter.m: readMemory(rest, target)
    case Letter.M where packet.starts(withText: "MultiMemRead:ranges:"):
      readRanges(PacketReader(packet.dropFirst(20)), target)
    case Letter.M: writeMemory(rest, &target)
    case Letter.x: readMemoryBinary(rest, target)
    case Letter.X: writeMemoryBinary(rest, &target)
    case Letter.Z: plant(rest, true, &target)
    case Letter.z: plant(rest, false, &target)
    case Letter.H: chooseThread(rest, target)
    case Letter.T: askIsAlive(rest, target)
    case Letter.s: return stepOrContinue(.step, rest, &target)
    case Letter.c: return stepOrContinue(.cont, rest, &target)
    case Letter.v: return obeyLong(packet, &target)
    case Letter.Q where packet.starts(withText: "QNonStop:"):
      return setNonStop(packet.dropFirst(9))
    case Letter.q, Letter.Q: answerQuery(packet, &target)
    case Letter.D: return allows(.observe) ? detach(rest, &target) : nil
    case 0x6a: answerJSON(packet, &target)
    case Letter.k: return end(.kill)
    case Letter.R: return end(.restart)
    case Letter.exclamation: replyOK()
    default: reply("")
    }
    return nil
  }

  private mutating func obeyLong<T: StubTarget>(
    _ packet: ArraySlice<UInt8>, _ target: inout T
  ) -> StubEffect? {
    var reader = PacketReader(packet)
    if reader.take(text: "vCont?") {
      reply("vCont;c;C;s;S;r;t")
    } else if reader.take(text: "vCont;") {
      return resume(reader.rest, target)
    } else if packet.equals(text: "vStopped") {
      takeStop(target)
    } else if packet.equals(text: "vCtrlC") {
      guard allows(.stop) else { return nil }
      replyOK()
      return state == .stopped ? nil : .stop
    } else if reader.take(text: "vFile:") {
      operate(reader.rest, target)
    } else if reader.take(text: "vKill;") {
      guard allows(.write) else { return nil }
      replyOK()
      state = .unattended
      return .kill
    } else {
      reply("")
    }
    return nil
  }

  /// `?`: a client has come, or come back. What an earlier one planted is not its own.
  private mutating func askStopReason<T: StubTarget>(_ target: inout T) -> StubEffect? {
    if isNonStop {
      tellAllStops(target)
      return nil
    }
    if isRunning {
      guard allows(.stop) else { return nil }
      return .stop
    }
    replyStop(lastStop, target)
    return nil
  }

  /// Whether another client has come while the last one still had the target: one that died says no
  /// farewell, and on a line nothing else tells. What clients begin with shows it: `qSupported`,
  /// which nobody sends twice, or, lldb's first, `QStartNoAckMode` from who waits for a stop or has
  /// sent it already.
  mutating func hasChangedHands<T: StubTarget>(
    _ packet: ArraySlice<UInt8>, _ target: inout T
  ) -> Bool {
    let isIntroduction = packet.starts(withText: "qSupported")
    guard isIntroduction || packet.equals(text: "QStartNoAckMode") else { return false }
    defer {
      if isIntroduction { isIntroduced = true } else { silencingPacket = statistics.packets }
    }
    let isNext = isIntroduction && silencingPacket == statistics.packets &- 1 && silence != .none
    let isRepeated = isIntroduction ? isIntroduced : silence == .complete
    guard state == .running || isRepeated else { return false }
    forgetClient(&target)
    // The acknowledgement that it began with may have gone into half a packet of the last one's.
    if !isNext { silence = .none }
    if state == .running { state = .unattended }
    return true
  }

  /// Forgets what was the last client's alone.
  private mutating func forgetClient<T: StubTarget>(_ target: inout T) {
    target.publish(hertz: 0)
    scripts.removeAll()
    isNonStop = false
    stops.removeAll()
    isIntroduced = false
    authority = cap
    chosenThread = 0
    continuedThread = 0
    signals = SignalRules()
    saved.forget()
  }

  /// `D` and `D;PROCESS`, or lldb's `D1`, which leaves a target that is stopped so.
  private mutating func detach<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ target: inout T
  ) -> StubEffect {
    let staysStopped = arguments.first == 0x31 && state == .stopped
    forgetClient(&target)
    replyOK()
    silence = .none
    guard !staysStopped else { return .lapse }
    state = .unattended
    return .detach
  }

  /// `k` and `R` have no answer.
  private mutating func end(_ effect: StubEffect) -> StubEffect? {
    guard authority >= .write else {
      statistics.refused &+= 1
      return nil
    }
    state = .unattended
    return effect
  }
}

/// The letters that packets begin with.
enum Letter {
  static let question: UInt8 = 0x3f
  static let exclamation: UInt8 = 0x21
  static let colon: UInt8 = 0x3a
  static let comma: UInt8 = 0x2c
  static let semicolon: UInt8 = 0x3b
  static let equals: UInt8 = 0x3d
  static let b: UInt8 = 0x62
  static let c: UInt8 = 0x63
  static let g: UInt8 = 0x67
  static let k: UInt8 = 0x6b
  static let m: UInt8 = 0x6d
  static let p: UInt8 = 0x70
  static let q: UInt8 = 0x71
  static let r: UInt8 = 0x72
  static let s: UInt8 = 0x73
  static let t: UInt8 = 0x74
  static let v: UInt8 = 0x76
  static let x: UInt8 = 0x78
  static let z: UInt8 = 0x7a
  static let C: UInt8 = 0x43
  static let D: UInt8 = 0x44
  static let F: UInt8 = 0x46
  static let G: UInt8 = 0x47
  static let H: UInt8 = 0x48
  static let M: UInt8 = 0x4d
  static let P: UInt8 = 0x50
  static let Q: UInt8 = 0x51
  static let R: UInt8 = 0x52
  static let S: UInt8 = 0x53
  static let T: UInt8 = 0x54
  static let X: UInt8 = 0x58
  static let Z: UInt8 = 0x5a
}
