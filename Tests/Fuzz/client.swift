// modules: Bytes GDBRemote
//
// The client and its handshake against a stub that says anything at any time. The input is a script:
// a byte below 8 is something the client is asked to do, everything else is what the stub sends.

import Bytes
import GDBRemote

private let requests: [Request] = [
  .readMemory(at: Address(0x1000), count: 64), .readRegisters, .stopReason, .firstThreads,
  .resume([ContinueAction(.cont)]), .monitor([0x68]), .plainContinue, .kill,
]

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  var client = Client(isLinkReliable: false)
  var handshake = Handshake()
  var step = handshake.started()
  var open: Set<Ticket> = []
  var ticketOfStep: Ticket?

  func note(_ result: Result<Ticket, Refusal>) -> Ticket? {
    guard case .success(let ticket) = result else { return nil }
    precondition(open.insert(ticket).inserted, "a name given twice")
    return ticket
  }
  func submitStep() {
    if case .submit(let request) = step { ticketOfStep = note(client.submitted(request)) }
  }
  func drain() {
    var effects = 0
    while let effect = client.nextEffect() {
      effects += 1
      precondition(effects < 1_000_000, "effects without end")
      switch effect {
      case .answered(let ticket, let answer):
        precondition(open.remove(ticket) != nil, "an answer to nothing")
        _ = (answer.memory(count: 64), answer.registers(sizes: [8, 8, 16, 64, 1]))
        _ = (answer.threads, answer.errorText, answer.currentThread, answer.hexText)
        if ticket == ticketOfStep {
          step = handshake.answered(answer)
          if handshake.endsAcknowledgements { client.endedAcknowledgements() }
          client.learned(handshake.introduction.features, quirks: handshake.introduction.quirks)
          submitStep()
        }
      case .stopped(let ticket?, let reply):
        precondition(open.remove(ticket) != nil, "a stop for nothing")
        if ticket == ticketOfStep {
          step = handshake.stopped(reply)
          submitStep()
        }
      case .stopped(nil, _): handshake.stoppedUnasked()
      case .send, .console, .notified, .threadStopped, .lost: break
      }
    }
  }

  submitStep()
  drain()
  for piece in input.split(whereSeparator: { $0 < 8 }) {
    client.received(Array(piece))
    drain()
    guard piece.startIndex > 0 else { continue }
    switch input[piece.startIndex - 1] {
    case 0: client.timedOut()
    case 1: _ = client.interrupted()
    case 2:
      _ = note(
        client.submittedInsertion(
          of: RemoteStopPoint(
            kind: .software, address: Address(1), length: 1)))
    case let action: _ = note(client.submitted(requests[Int(action) & 7]))
    }
    drain()
  }
  return 0
}
