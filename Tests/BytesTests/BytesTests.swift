internal import Bytes
internal import Testing

@Suite("Bytes")
struct BytesTests {
  @Test("hexadecimal text goes there and back, in either case")
  func hex() {
    let all = (0...255).map { UInt8($0) }
    #expect(Hex.encode([0, 0x0f, 0xa5, 0xff]) == "000fa5ff")
    #expect(Hex.decode(Hex.encode(all).utf8) == all)
    #expect(Hex.decode("DEadBEef".utf8) == [0xde, 0xad, 0xbe, 0xef])
    #expect(Hex.decode("".utf8) == [])
  }

  @Test("what is no hexadecimal text is nil", arguments: ["0", "0g", "0x00", " 00", "00 ", "é"])
  func malformed(text: String) {
    #expect(Hex.decode(text.utf8) == nil)
  }

  @Test("numbers have one to sixteen digits")
  func numbers() {
    #expect(Hex.number("0".utf8) == 0)
    #expect(Hex.number("ffffffffffffffff".utf8) == .max)
    #expect(Hex.number("10000000000000000".utf8) == nil)
    #expect(Hex.number("".utf8) == nil)
    #expect(Hex.number("-1".utf8) == nil)
    #expect(Hex.digits(of: 0) == "0")
    #expect(Hex.digits(of: 0xabc, width: 8) == "00000abc")
    #expect(Hex.digits(of: .max, width: 2) == "ffffffffffffffff")
  }

  @Test("addresses wrap and never trap")
  func addresses() {
    #expect(Address(.max).advanced(by: 2) == Address(1))
    #expect(Address(1).retreated(by: 2) == Address(.max))
    #expect(Address(1).offset(from: Address(.max)) == 2)
    #expect(Address(0x10).hex == "0x10")
    #expect("\(Address(.max))" == "0xffffffffffffffff")
    #expect(Address(.max) > Address(0))
  }

  @Test("a build id has one to 64 bytes")
  func buildIDs() {
    #expect(BuildID(hex: "0aff")?.bytes == [0x0a, 0xff])
    #expect(BuildID(hex: "0aff")?.hex == "0aff")
    #expect(BuildID(hex: "") == nil)
    #expect(BuildID(hex: "0") == nil)
    #expect(BuildID([UInt8](repeating: 1, count: 64)) != nil)
    #expect(BuildID([UInt8](repeating: 1, count: 65)) == nil)
  }
}
