import TerminalText
import Testing

@Suite("Quantities")
struct QuantityTests {
  @Test(
    "durations have three digits and the unit that fits",
    arguments: [
      (0, "0 ns"), (999, "999 ns"), (1000, "1.00 us"), (1049, "1.04 us"), (99_999, "99.9 us"),
      (100_000, "100 us"), (1_999_999, "1.99 ms"), (4_070_000_000, "4.07 s"),
      (312_000_000_000, "312 s"), (.max, "18446744073 s"),
    ] as [(UInt64, String)])
  func durations(nanoseconds: UInt64, text: String) {
    #expect(Quantity.duration(nanoseconds: nanoseconds) == text)
  }

  @Test(
    "bytes come in powers of 1,024",
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (10_240, "10.0 KiB"),
      (65_115_136, "62.0 MiB"),
      (1 << 40, "1.00 TiB"), (.max, "16777215 TiB"),
    ] as [(UInt64, String)])
  func bytes(count: UInt64, text: String) {
    #expect(Quantity.bytes(count) == text)
  }

  @Test("no digit is ever ten", arguments: [1, 1000, 1024, 1 << 20, 1 << 30] as [UInt64])
  func digits(size: UInt64) {
    for part in stride(from: size, to: size * 100, by: Int(max(1, size / 37))) {
      for text in [Quantity.duration(nanoseconds: part), Quantity.bytes(part)] {
        let number = text.split(separator: " ")[0].split(separator: ".")
        #expect(number.count == 1 || number[0].count + number[1].count == 3, "\(text)")
      }
    }
  }

  @Test("shares of nothing are none, and of all are all")
  func shares() {
    #expect(Quantity.share(1, of: 0) == "-" && Quantity.share(5, of: 5) == "100.0%")
    #expect(Quantity.share(1, of: 8) == "12.5%" && Quantity.share(.max, of: .max) == "99.9%")
  }
}
