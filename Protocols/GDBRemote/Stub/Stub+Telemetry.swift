// What our tool asks a target that describes itself: Protocols/Telemetry/SPEC.md, part 2. Stock
// clients never ask, and are never sent any of it.

internal import Bytes

extension Stub {
  /// The most frames a second that a client gets.
  static var mostHertz: UInt64 { 100 }

  /// The most samples a second that a client gets.
  static var mostSamples: UInt64 { 50_000 }

  /// Whether a packet is one of telemetry's, which are answered while the target runs, too.
  func isTelemetry(_ packet: ArraySlice<UInt8>) -> Bool {
    packet.dropFirst().starts(withText: "Porthole.")
  }

  /// `QPorthole.Telemetry:hz=N`, `QPorthole.Profile:rate=N`, `QPorthole.Trace:least=N` and
  /// `qPorthole.Root`.
  mutating func answerTelemetry<T: StubTarget>(_ packet: ArraySlice<UInt8>, _ target: inout T) {
    var reader = PacketReader(packet)
    guard let root = target.rootBlock else { return reply("") }
    if packet.equals(text: "qPorthole.Root") {
      return reply { $0.append(hex: root) }
    }
    if reader.take(text: "QPorthole.Profile:rate=") {
      guard let rate = decimal(reader.rest), rate <= Stub.mostSamples else {
        return replyError(.malformed)
      }
      guard allows(.observe) else { return }
      return target.profile(rate: rate) ? replyOK() : reply("")
    }
    if reader.take(text: "QPorthole.Trace:least=") {
      guard let least = decimal(reader.rest, digits: 18) else { return replyError(.malformed) }
      guard allows(.observe) else { return }
      return target.trace(least: least) ? replyOK() : reply("")
    }
    guard reader.take(text: "QPorthole.Telemetry:hz=") else { return reply("") }
    guard let hertz = decimal(reader.rest), hertz <= Stub.mostHertz else {
      return replyError(.malformed)
    }
    guard allows(.observe) else { return }
    replyOK()
    target.publish(hertz: Int(hertz))
  }

  /// A number of `most` decimal digits at most.
  func decimal(_ digits: ArraySlice<UInt8>, digits most: Int = 6) -> UInt64? {
    guard !digits.isEmpty, digits.count <= most else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      value = value * 10 + UInt64(digit - 0x30)
    }
    return value
  }

  /// Sends a notification: `name`, a colon, and the bytes, escaped.
  public mutating func notify(_ name: String, _ bytes: [UInt8]) {
    body.clear()
    body.append(text: name)
    body.put(Letter.colon)
    body.append(contentsOf: bytes)
    PacketEncoder.append(body, to: &output, isNotification: true)
  }
}
