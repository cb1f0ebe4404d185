// modules: Internet
//
// What name servers say: any message at all, and answers to a lookup that repeat its number and
// question. A lookup neither traps nor goes on for ever, whatever comes, by datagram or connection.

import Internet

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  if let message = try? DNSMessage(parsing: bytes.span) {
    precondition(message.answers.count <= DNSMessage.recordLimit)
    precondition(message.name.wire.count <= DNSName.limit)
  }
  if let name = DNSName(bytes) {
    let message = DNSQuestion(name, .aaaa).message(7, usesEDNS: true)
    var offset = 12
    guard let back = try? DNSName(parsing: message.span, at: &offset), back == name else {
      fatalError("not what was written")
    }
  }
  lookUp(bytes)
  return 0
}

/// The input is a series of answers: length, then what follows the repeated number and question.
private func lookUp(_ bytes: [UInt8]) {
  guard let name = DNSName("www.example.org".utf8) else { fatalError("a name") }
  let server = Endpoint(IPv4Address(10, 0, 0, 53), 53)
  var lookup = DNSLookup(
    DNSQuestion(name, .a), servers: [server, Endpoint(IPv4Address(10, 0, 1, 53), 53)],
    random: (1, 2))
  var now = Moment(microseconds: 0)
  var effect = lookup.started(at: now)
  var position = 0
  for turn in 0... {
    precondition(turn < 2000, "it never ends")
    switch effect {
    case .finished(let result):
      if case .success(let addresses) = result.answer {
        precondition((1...DNSResult.addressLimit).contains(addresses.count))
      }
      return
    case .connect(_): effect = lookup.streamOpened(at: now)
    default: break
    }
    guard position < bytes.count else {
      now = max(now, lookup.deadline)
      effect = lookup.timerExpired(at: now)
      continue
    }
    let end = min(position + 1 + Int(bytes[position]), bytes.count)
    effect = answer(&lookup, Array(bytes[position + 1..<end]), now)
    position = end
  }
}

private func answer(
  _ lookup: inout DNSLookup, _ rest: [UInt8], _ now: Moment
) -> DNSLookup.Effect {
  let question = lookup.query[12...]
  let length = (question.firstIndex(of: 0) ?? 12) - 12 + 5
  let head = rest.prefix(8)
  var message = lookup.query[..<2] + [0x80 | (head.first ?? 0) & 7] + head.dropFirst().prefix(1)
  while message.count < 4 { message.append(0) }
  message += [0, 1, 0, head.count > 2 ? head[2] : 0, 0, head.count > 3 ? head[3] : 0, 0, 0]
  message += question.prefix(length) + rest.dropFirst(4)
  let whole = Array(message)
  let stream = [
    UInt8(truncatingIfNeeded: whole.count >> 8), UInt8(truncatingIfNeeded: whole.count),
  ]
  if let effect = try? lookup.received(whole.span, from: lookup.servers[lookup.server], at: now) {
    return effect
  }
  return (try? lookup.streamReceived((stream + whole).span, at: now))
    ?? lookup.streamClosed(at: now)
}
