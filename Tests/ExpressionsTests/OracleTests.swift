// What gdb prints for a table of expressions, asked of the gdb that is installed.

internal import Expressions
internal import Testing

@Suite("Expressions beside gdb", .enabled(if: GDBOracle.isAvailable))
struct OracleTests {
  static let expressions = [
    // Integers, their types and their overflow.
    "1+2*3", "0xffffffff", "2147483647+1", "2147483648", "3000000000", "010", "08", "0b101",
    "12q", "10ul", "0x7fffffffffffffff", "0x8000000000000000", "18446744073709551615",
    "18446744073709551616", "9223372036854775808", "4294967296*4294967296", "65536*65536",
    "100000*100000", "(unsigned)3000000000", "7/2", "-7/2", "-7%3", "7%0", "7/0", "0x",
    "-2147483647-1", "(-2147483647-1)/-1", "-(-128)", "1u-2", "1ul-2", "2147483647*2u",
    // Shifts.
    "1<<31", "1<<32", "1<<63", "1L<<63", "1L<<64", "-1>>1", "-1>>40", "1u<<31", "1<<-1",
    "1<<1L", "0x80000000>>31", "-5>>1", "(char)1<<9", "1u>>32",
    // Floats.
    "1.0/3", "0.1", "1.5f", "1e10", "1e100", "3.0", "1.0f/3", "1.5+1", "1.0f+1", "1/0.0",
    "-1/0.0", "0.0/0.0", "1e-5", "123456789.0", "1234567890123456789.0", "1e16", "1e17",
    "5.0e-324", "1.7976931348623157e308", "(float)16777217", "(float)3.14", "3.14", "2.5e-7",
    "2.2250738585072014e-308", "99999999999999999.0", "999999999.95f", "0.1f", "1e22", "1e23",
    "(double)7", "-0.0", "1.0l", "(int)3.7", "(long)-3.7", "(float)1/3", "1 == 1.0", "1.0 % 2",
    "1.0 << 2", "~1.0", "!0.0", "1.5 < 2", "4503599627370497.5", "9007199254740993.0",
    // Characters and strings.
    "'a'", "'a'+1", "'\\n'", "'\\033'", "'\\377'", "'\\''", "'\"'", "'\\\\'", "'\\0'", "'\\x41'",
    "(char)200", "(unsigned char)200", "(char)65", "-'a'", "~'a'", "\"abc\"", "sizeof(\"abc\")",
    "\"a\\\"b\\n\"", "\"\"", "\"aaaaaaaaaaaaaaaab\"", "\"\\001\\002z\"",
    // Casts, sizes, types.
    "(short)70000", "(unsigned short)-1", "(unsigned long)-1", "(unsigned char)-1 + 1",
    "sizeof(int)", "sizeof(long)", "sizeof(1+1L)", "sizeof 1", "sizeof('a')", "sizeof(char*)",
    "(char)-1 == (unsigned char)255", "(int)'a'", "(long)1 << 40", "(unsigned int)-1 / 2",
    // Logic and comparison.
    "!5", "~5", "~5u", "-5u", "1==1", "5>3 && 2>1", "0||0", "1?2:3", "0?2:3", "1 > 2 > 3",
    "5 & 3 == 3", "10 - 5 - 2", "2 + 3 << 1", "0x10 | 0x01 ^ 0x11", "-1 < 1u", "-1L < 1u",
    "1,2", "1 ? 0 ? 1 : 2 : 3", "!1 == 0", "1 || 1/0", "0 && 1/0", "- - 5", "!!7",
    // Pointers.
    "(char*)0", "(void*)16", "(int*)16", "(int*)16+1", "(void*)16+1", "(long)(int*)16",
    "(int*)32-(int*)16", "(long*)16 == 16", "(char*)16", "(int**)16", "&*(int*)16", "*0", "1[0]",
    "(int*)64 > (int*)16", "(int*)16 - 1", "&((int*)16)[3]",
    // Errors.
    "1+", ")", "1 2", "5@2", "&1", "1=2", "3 = 4", "*(void*)16", "(1", "1 + * 2", "$999", "",
    // Convenience variables; they build on each other.
    "$foo", "$foo=5", "$foo*2", "$foo += 3", "$foo++", "++$foo", "$foo--", "$foo", "sizeof $foo",
    "$foo <<= 2", "$foo |= 1", "$bar = $foo = 3", "$bar + $foo", "$bar + $unset",
  ].filter { !$0.isEmpty }

  @Test("print shows what gdb shows")
  func values() {
    let commands = Self.expressions.map { "print " + $0 }
    let expected = GDBOracle.answers(to: commands)
    #expect(expected.count == commands.count)
    let context = FakeContext()
    for (text, answer) in zip(Self.expressions, expected) {
      #expect(context.printed(text) == answer, "print \(text)")
    }
  }

  @Test("the history's references mean what they mean in gdb")
  func history() {
    let texts = ["10", "20", "30", "$", "$$", "$$2", "$1", "$2 + $", "$0", "$$0", "$77"]
    let expected = GDBOracle.answers(to: texts.map { "print " + $0 })
    let context = FakeContext()
    for (text, answer) in zip(texts, expected) {
      #expect(context.printed(text) == answer, "print \(text)")
    }
  }

  static let formatted = [
    "255", "-1", "-1L", "(char)-1", "8", "0", "10", "0xffffffff", "5", "5L", "65", "321", "0x1000",
    "1", "3.5", "1078530011", "1.5", "'a'", "(short)-1", "(unsigned char)200", "(char)-56",
    "18446744073709551615", "-5", "27", "34", "39", "(char)5", "0x3ff8000000000000", "1.5f",
    "0x1234567890abcdef", "(int*)16", "\"abc\"", "0x40490fdb", "(float)-2",
  ]

  @Test(
    "print/F shows what gdb shows", arguments: ["x", "d", "u", "o", "t", "z", "a", "c", "f", "s"])
  func formats(letter: String) throws {
    let format = try #require(ValueFormat(rawValue: letter))
    // The default format of an earlier command must not reach `print/s`, so each is asked alone.
    let expected = GDBOracle.answers(to: Self.formatted.map { "print/\(letter) " + $0 })
    let context = FakeContext()
    for (text, answer) in zip(Self.formatted, expected) {
      #expect(context.printed(text, format: format) == answer, "print/\(letter) \(text)")
    }
  }

  @Test("results have gdb's types")
  func types() {
    let texts = [
      "1", "1L", "'a'", "1.0f", "1.0", "1==1", "1<<1", "1L<<1", "1<<1L", "(char)1<<(char)1",
      "(char)1+(char)1", "1u+1", "0xffffffff", "(void*)0+1", "(int*)0-(int*)0", "1.0f+1",
      "1.0f+1.0f", "1.0f+1.0", "sizeof(int)", "!1", "~'a'", "-'a'", "1?2:3L", "(unsigned char)1",
      "(short)1", "(unsigned short)1", "(char**)0", "\"ab\"", "+'a'", "(long)1+1u", "-1u",
    ]
    let expected = GDBOracle.answers(to: texts.map { "whatis " + $0 })
    let context = FakeContext()
    for (text, answer) in zip(texts, expected) {
      let value = try? Expression.parse(text).evaluate(in: context)
      #expect("type = " + (value?.type.name ?? "?") == answer, "whatis \(text)")
    }
  }
}
