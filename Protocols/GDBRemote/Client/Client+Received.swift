internal import Bytes

extension Client {
  /// Takes bytes from the link.
  public mutating func received(_ bytes: [UInt8]) {
    var position = 0
    let strayBytes = decoder.strayBytes
    defer { if decoder.strayBytes != strayBytes { receivedStrays() } }
    while phase != .ended {
      let start = position
      let event = decoder.received(bytes, at: &position)
      if event != .notification, !decoder.isInsideNotification { bytesHeard += position - start }
      guard let event else { return }
      switch event {
      case .packet: receivedPacket(decoder.payload)
      case .notification: receivedNotification(decoder.payload)
      case .acknowledged: receivedAcknowledgement()
      case .rejected: receivedRejection()
      case .corrupt: receivedDamage()
      case .oversize: receivedOversize()
      case .interrupt: noteUnexpected()
      }
    }
  }

  /// A stop is told once, and the next one when this one was taken.
  private mutating func receivedNotification(_ payload: [UInt8]) {
    if let text = ConsoleOutput.notified(payload) { return effects.append(.console(text)) }
    guard isNonStop, let reply = StopReply(notification: payload) else {
      return effects.append(.notified(payload))
    }
    takeStop(reply)
  }

  private mutating func takeStop(_ reply: StopReply) {
    effects.append(.threadStopped(reply))
    waiting.append(Entry(ticket: nil, request: .takeStop))
    sendWaiting()
  }

  private mutating func receivedPacket(_ payload: [UInt8]) {
    if let text = ConsoleOutput.text(payload) {
      return receivedOutput(text)
    }
    if let reply = StopReply(payload) {
      return receivedStop(reply)
    }
    acknowledge()
    guard let entry = asides.takeFirst() ?? sent.takeFirst() else { return noteUnexpected() }
    settle(entry)
    let answer = Answer(payload, output: entry.output)
    // Anything but a stop reply to a resumption is a refusal of it.
    if entry.request.reply == .stopLater { refuseResumption() }
    notePlanting(entry.planting, answer)
    if let ticket = entry.ticket { effects.append(.answered(ticket, answer)) }
    sendWaiting()
  }

  /// Text belongs to the monitor command under way, otherwise to the console.
  private mutating func receivedOutput(_ text: [UInt8]) {
    acknowledge()
    guard var front = sent.first, front.request.reply == .output else {
      effects.append(.console(text))
      // A target that says something for days has each packet sent again, not all of them together.
      sent.updateFirst(where: { $0.request.reply == .stopLater }) { $0.attempts = 0 }
      return
    }
    let room = Self.mostOutput - front.output.count
    front.output.append(contentsOf: text.prefix(max(0, room)))
    sent.replaceFirst(front)
  }

  private mutating func receivedStop(_ reply: StopReply) {
    acknowledge()
    let due = sent.first?.request.reply
    guard due == .stopNow || due == .stopLater, let entry = sent.takeFirst() else {
      noteUnexpected()
      effects.append(.stopped(nil, reply))
      return
    }
    settle(entry)
    if isNonStop, entry.ticket == nil { return takeStop(reply) }
    noteStop(reply)
    if due == .stopNow { replant() }
    effects.append(.stopped(entry.ticket, reply))
    sendWaiting()
  }

  private mutating func receivedAcknowledgement() {
    guard isAcknowledging else { return }
    sent.updateFirst(where: { !$0.isAcknowledged }) { $0.isAcknowledged = true }
  }

  /// A rejected request goes out again behind the others, as its answer will come after theirs.
  ///
  /// On a link that loses nothing a rejection is about what an earlier client left unfinished.
  private mutating func receivedRejection() {
    guard !isLinkReliable else { return noteUnexpected() }
    guard isAcknowledging, var entry = sent.removeFirst(where: { !$0.isAcknowledged }) else {
      return
    }
    entry.attempts += 1
    noteRetransmission()
    guard entry.attempts <= Self.mostAttempts else { return end(.damaged) }
    entry.wasRejected = true
    PacketEncoder.append(entry.request.payload, to: &output)
    sent.append(entry)
  }

  /// Notes that a request is answered. If it was sent again for a rejection and the answer comes
  /// before an acknowledgement, then the rejection was a damaged one, and there is another answer.
  private mutating func settle(_ entry: Entry) {
    if entry.wasRejected, !entry.isAcknowledged { doubt() }
  }

  /// Bytes between packets may be a stop reply whose first byte was damaged, and nobody sends that
  /// again unasked. A stub whose target runs has nothing to send again, so asking does no harm.
  private mutating func receivedStrays() {
    guard !isLinkReliable, isAcknowledging, waitsForStop, !awaitsAcknowledgement,
      !decoder.isInsidePacket
    else { return }
    noteRetransmission()
    output.append(Mark.reject)
  }

  /// Asks for a damaged packet again where only that one can be meant; otherwise asks the question
  /// again.
  private mutating func receivedDamage() {
    guard var entry = sent.first else {
      if isAcknowledging { output.append(Mark.reject) }
      return noteUnexpected()
    }
    if isAcknowledging, entry.request.reply == .output {
      // The stub sends its last packet again, and that need not be this one.
      entry.output.append(text: "[damaged]\n")
      sent.replaceFirst(entry)
      noteRetransmission()
      doubt()
    } else if isAcknowledging, sent.count == 1 {
      entry.attempts += 1
      guard entry.attempts <= Self.mostAttempts else { return end(.damaged) }
      sent.replaceFirst(entry)
      noteRetransmission()
      output.append(Mark.reject)
    } else if entry.request.isRepeatable {
      acknowledge()
      resendFront()
    } else {
      end(.damaged)
    }
  }

  /// A packet beyond all bounds answers its request with nothing, which reads as "unsupported".
  private mutating func receivedOversize() {
    acknowledge()
    guard let entry = sent.takeFirst() else { return noteUnexpected() }
    if entry.request.reply == .stopLater { refuseResumption() }
    if let ticket = entry.ticket { effects.append(.answered(ticket, Answer([]))) }
    sendWaiting()
  }

  /// Acknowledges a packet, unless the next request will do that: one acknowledgement too many,
  /// after a resumption, would stop QEMU's guest.
  private mutating func acknowledge() {
    guard isAcknowledging, !quirks.contains(.requestsAcknowledge) else { return }
    output.append(Mark.acknowledge)
  }

  /// The most text kept of one monitor command.
  public static let mostOutput = 1 << 22
}
