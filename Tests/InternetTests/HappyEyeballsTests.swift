// In which order a host's addresses are tried, by RFC 8305, in a time of the test's own.

import Internet
import Testing

@Suite("Happy Eyeballs")
struct HappyEyeballsTests {
  static let start = Moment(microseconds: 5_000_000)
  static let six = (1...3).map { IPAddress.v6(IPv6Address(high: 0x2001_0db8 << 32, low: $0)) }
  static let four = (1...3).map { IPAddress.v4(IPv4Address(192, 0, 2, $0)) }

  static func at(_ milliseconds: UInt64) -> Moment { start + .milliseconds(milliseconds) }

  @Test("dead addresses of both families have a quarter of a second each, in turn")
  func dead() {
    var race = HappyEyeballs(asking: [.aaaa, .a])
    #expect(race.resolved(.aaaa, .success(Self.six), at: Self.at(0)) == .connect(Self.six[0]))
    #expect(race.resolved(.a, .success(Self.four), at: Self.at(20)) == .nothing)
    for (time, address) in [
      (250, Self.four[0]), (500, Self.six[1]), (750, Self.four[1]), (1000, Self.six[2]),
      (1250, Self.four[2]),
    ] as [(UInt64, IPAddress)] {
      #expect(race.deadline == Self.at(time))
      #expect(race.timerExpired(at: Self.at(time)) == .connect(address))
    }
    // All are on their way, and may take what time there is.
    #expect(race.deadline == .distantFuture)
    for _ in 1...5 { #expect(race.attemptFailed(at: Self.at(9000)) == .nothing) }
    #expect(race.attemptFailed(at: Self.at(9000)) == .failed(nil))
  }

  @Test("who is refused tries the next at once")
  func refused() {
    var race = HappyEyeballs(asking: [.a])
    #expect(race.resolved(.a, .success(Self.four), at: Self.at(0)) == .connect(Self.four[0]))
    #expect(race.attemptFailed(at: Self.at(3)) == .connect(Self.four[1]))
    #expect(race.deadline == Self.at(253))
    #expect(race.timerExpired(at: Self.at(252)) == .nothing)
    #expect(race.attemptFailed(at: Self.at(5)) == .connect(Self.four[2]))
    #expect(race.attemptFailed(at: Self.at(6)) == .failed(nil))
  }

  @Test("IPv4 waits a moment for what is said of IPv6, and no longer")
  func resolution() {
    var race = HappyEyeballs(asking: [.aaaa, .a])
    #expect(race.resolved(.a, .success(Self.four), at: Self.at(0)) == .nothing)
    #expect(race.deadline == Self.at(50))
    var other = race
    #expect(race.resolved(.aaaa, .success(Self.six), at: Self.at(49)) == .connect(Self.six[0]))
    #expect(race.timerExpired(at: Self.at(299)) == .connect(Self.four[0]))
    #expect(other.timerExpired(at: Self.at(50)) == .connect(Self.four[0]))
    // The answer comes late, and after the last of the addresses that were there.
    #expect(other.resolved(.aaaa, .success(Self.six), at: Self.at(60)) == .nothing)
    #expect(other.timerExpired(at: Self.at(300)) == .connect(Self.six[0]))
    var single = HappyEyeballs(asking: [.aaaa, .a])
    _ = single.resolved(.a, .success([Self.four[0]]), at: Self.at(0))
    #expect(single.timerExpired(at: Self.at(50)) == .connect(Self.four[0]))
    #expect(single.deadline == .distantFuture)
    #expect(single.attemptFailed(at: Self.at(70)) == .nothing, "IPv6 may still be there")
    #expect(single.resolved(.aaaa, .success(Self.six), at: Self.at(90)) == .connect(Self.six[0]))
  }

  @Test("without an address the reason is told that says most")
  func none() {
    for (first, second, told) in [
      (.noAddress, .noAddress, .noAddress), (.noAddress, .timedOut, .timedOut),
      (.serverFailure, .noAddress, .serverFailure), (.noSuchName, .noSuchName, .noSuchName),
    ] as [(DNSError, DNSError, DNSError)] {
      var race = HappyEyeballs(asking: [.aaaa, .a])
      #expect(race.resolved(.aaaa, .failure(first), at: Self.start) == .nothing)
      #expect(race.resolved(.a, .failure(second), at: Self.start) == .failed(told))
    }
    var half = HappyEyeballs(asking: [.aaaa, .a])
    #expect(half.resolved(.aaaa, .failure(.noAddress), at: Self.start) == .nothing)
    #expect(half.resolved(.a, .success(Self.four), at: Self.start) == .connect(Self.four[0]))
  }
}
