// The congestion window: NewReno's steps by hand, and CUBIC's course against the formula of RFC 9438,
// computed with floating point.

import Glibc
import Internet
import Testing

@Suite("Congestion window")
struct CongestionTests {
  static let segment = 1460
  static let trip = Interval.milliseconds(100)

  /// A window that has left slow start at `size` bytes, by a loss, and then its size each 100 ms while
  /// everything that is sent is acknowledged.
  private func climb(_ control: CongestionControl, from size: Int, turns: Int) -> (Int, [Int]) {
    var window = CongestionWindow(segment: Self.segment, control)
    var now = Moment(microseconds: 5_000_000)
    while window.size < size {
      window.acknowledged(2 * Self.segment, roundTrip: Self.trip, at: now)
    }
    let before = window.size
    window.lost(flight: before)
    var sizes = [window.size]
    for _ in 0..<turns {
      // As many acknowledgments as there are pairs of segments in a window, spread over a round trip.
      let count = max(window.size / (2 * Self.segment), 1)
      for _ in 0..<count {
        now = now + Interval(microseconds: Self.trip.microseconds / UInt64(count))
        window.acknowledged(2 * Self.segment, roundTrip: Self.trip, at: now)
      }
      sizes.append(window.size)
    }
    return (before, sizes)
  }

  @Test("NewReno halves the window, and grows by a segment a round trip")
  func newReno() {
    let (before, sizes) = climb(.newReno, from: 100_000, turns: 20)
    #expect(sizes[0] == before / 2)
    #expect((18...20).contains((sizes[20] - sizes[0]) / Self.segment), "\(sizes)")
  }

  @Test(
    "CUBIC keeps 0.7, is back after K, and follows its cubic beyond",
    arguments: [400_000, 2_000_000])
  func cubic(size: Int) {
    let (before, sizes) = climb(.cubic, from: size, turns: 250)
    #expect(sizes[0] == before * 7 / 10)
    let segment = Double(Self.segment)
    let most = Double(before) / segment
    let plateau = cbrt(most * 0.3 / 0.4)
    for turn in stride(from: 5, through: 250, by: 5) {
      // The window steers for where the cubic is a round trip later.
      let time = Double(turn) * 0.1
      let (low, high) = (
        0.4 * pow(time - 0.2 - plateau, 3) + most, 0.4 * pow(time + 0.2 - plateau, 3) + most
      )
      let window = Double(sizes[turn]) / segment
      #expect(
        window > low * 0.97 && window < high * 1.03, "\(time) s: \(window) of \(low)...\(high)")
      if high > most * 1.5 { break }
    }
  }

  @Test("on a short path, where NewReno is faster, CUBIC is no slower than that (section 4.3)")
  func friendly() {
    var window = CongestionWindow(segment: Self.segment, .cubic)
    var now = Moment(microseconds: 0)
    let trip = Interval.milliseconds(1)
    while window.size < 60_000 { window.acknowledged(2920, roundTrip: trip, at: now) }
    let before = window.size
    window.lost(flight: before)
    // NewReno's average is alpha = 9/17 segments a round trip.
    let start = window.size
    for _ in 0..<20 {
      for _ in 0..<max(window.size / 2920, 1) {
        window.acknowledged(2920, roundTrip: trip, at: now)
      }
      now = now + trip
    }
    let grown = Double(window.size - start) / Double(Self.segment)
    #expect((9...12).contains(grown), "\(grown) segments in 20 round trips")
  }

  @Test("a flow that lost before it was back leaves room for others (section 4.7)")
  func fastConvergence() {
    var window = CongestionWindow(segment: Self.segment, .cubic)
    var now = Moment(microseconds: 0)
    while window.size < 1_000_000 { window.acknowledged(2920, roundTrip: Self.trip, at: now) }
    window.lost(flight: window.size)
    window.lost(flight: window.size)
    // W_max is 0.85 of the second loss's window, which was 0.7 of the first's: back there after K.
    let most = 0.85 * 0.7 * 1_000_000
    let plateau = cbrt((most - 490_000) / 1460 / 0.4)
    for _ in 0..<Int(plateau * 1000) {
      now = now + .milliseconds(1)
      for _ in 0..<3 { window.acknowledged(2920, roundTrip: Self.trip, at: now) }
    }
    #expect(abs(Double(window.size) - most) < most * 0.03, "\(window.size) of \(most)")
  }
}
