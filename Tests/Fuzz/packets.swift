// modules: Bytes GDBRemote
//
// Framing: whatever arrives, the decoder ends, keeps to its limit and does not depend on how the
// bytes were cut; and what the encoders write comes back as it was.

import GDBRemote

private let limit = 512

private func events(_ input: [UInt8], cut: Int) -> [(PacketDecoder.Event, [UInt8])] {
  var decoder = PacketDecoder(limit: limit)
  var found: [(PacketDecoder.Event, [UInt8])] = []
  var start = 0
  while start < input.count {
    let piece = Array(input[start..<min(start + cut, input.count)])
    var position = 0
    while let event = decoder.received(piece, at: &position) {
      precondition(decoder.payload.count <= limit, "beyond the limit")
      found.append((event, event == .packet || event == .notification ? decoder.payload : []))
    }
    precondition(position == piece.count, "input left over")
    start += cut
  }
  return found
}

private func decode(_ frame: [UInt8]) -> [UInt8]? {
  var decoder = PacketDecoder(limit: 1 << 17)
  var position = 0
  guard decoder.received(frame, at: &position) == .packet, position == frame.count else {
    return nil
  }
  return decoder.payload
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  let whole = events(input, cut: max(1, input.count))
  let single = events(input, cut: 1)
  precondition(whole.count == single.count, "depends on how the input was cut")
  for (left, right) in zip(whole, single) {
    precondition(left == right, "depends on how the input was cut")
  }
  precondition(decode(PacketEncoder.frame(input)) == input, "does not come back")
  var short: [UInt8] = []
  RunLengthEncoder.append(input, to: &short)
  precondition(decode(short) == input, "does not come back from runs")
  return 0
}
