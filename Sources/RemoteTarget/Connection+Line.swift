// Waiting on a link that may lose bytes and damage them: a serial line. What is late is asked for
// again (`Client.answerWasLate`), so waits are short at first. Every wait is bounded twice: by silence,
// and in all, for noise is never silent.

internal import GDBRemote
internal import Inspect

extension Connection {
  /// Waits for the answer to a request; nil if a stop reply came in its place.
  func awaitAnswer(onLine ticket: Ticket, patience: Int) throws(InspectError) -> Answer? {
    let deadline = deadline(patience)
    while true {
      if client.isSettling { try settle() }
      if let result = try taken(ticket) { return result }
      let isLate = try !hears(milliseconds: min(patience, link.lateness))
      if isLate, client.answerWasLate() {
        try perform()
      } else if isLate {
        if try !hears(milliseconds: patience) { try giveUp(patience) }
      }
      if monotonicMilliseconds() > deadline, try taken(ticket) == nil {
        let reason = "no answer within \(2 * patience / 1000) s"
        lose(reason)
        throw .timedOut(reason)
      }
    }
  }

  /// Waits until the stub has a resumption, which is sent again if need be: nobody else would notice
  /// that it was lost, since a target may run for ever.
  func awaitAcknowledgement() throws(InspectError) {
    let deadline = deadline(Self.patience)
    while client.awaitsAcknowledgement, lossReason == nil {
      if client.isSettling { try settle() }
      if try hears(milliseconds: link.lateness) {
        guard monotonicMilliseconds() < deadline else { break }
      } else {
        guard client.answerWasLate() else { break }
        try perform()
      }
    }
    if let lossReason { throw .lost(lossReason) }
    guard client.awaitsAcknowledgement else { return }
    lose("the target does not acknowledge that it shall go on")
    throw .timedOut("the target does not acknowledge that it shall go on")
  }

  /// Hears out what comes twice because it was asked for twice, lest it pass for another answer.
  private func settle() throws(InspectError) {
    let deadline = deadline(Self.patience)
    while lossReason == nil, monotonicMilliseconds() < deadline {
      guard try hears(milliseconds: link.lateness) else { break }
    }
    client.fellSilent()
    try perform()
  }

  /// Takes in what comes; whether anything but notifications comes in time.
  ///
  /// While these come, an answer may stand behind them in the other side's queue.
  private func hears(milliseconds: Int) throws(InspectError) -> Bool {
    let heard = client.bytesHeard
    let start = monotonicMilliseconds()
    var last = start
    while true {
      let left = min(last + milliseconds, start + 3 * milliseconds) - monotonicMilliseconds()
      guard left > 0 else { return false }
      let arrival = link.receive(milliseconds: left)
      if arrival == .timedOut { continue }
      try take(arrival)
      if client.bytesHeard != heard || lossReason != nil { return true }
      last = monotonicMilliseconds()
    }
  }

  /// What it means that a line has not brought one packet.
  func silence(on port: SerialPort, _ error: InspectError) -> InspectError {
    if case .lost = error, !isDamaged { return error }
    let name = "\(port.device) at \(port.baud) baud"
    if link.bytesReceived == 0 {
      return .timedOut(
        "\(name): nothing comes: does the agent's port (COM2) end there, is the agent in the image, "
          + "and is the baud rate right?")
    }
    return .timedOut(
      "\(name): bytes come, but no packets: is the baud rate right? (\(link.bytesReceived) bytes; a "
        + "console's text is no packets either)")
  }

  /// When noise has lasted too long: the longest packet fits in, there and back.
  private func deadline(_ patience: Int) -> Int {
    let longest = 2 * link.milliseconds(toCarry: 2 * client.features.packetSize)
    return monotonicMilliseconds() + 2 * patience + longest
  }
}
