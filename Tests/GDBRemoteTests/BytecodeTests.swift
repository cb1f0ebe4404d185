internal import Bytes
internal import GDBRemote
internal import Testing

/// Agent bytecode, by the table of operations in gdb's manual, appendix F.2.
@Suite("Agent bytecode")
struct BytecodeTests {
  /// What the code, in hexadecimal, gives on a toy machine with known registers and memory.
  private func run(_ code: String) -> Result<UInt64, BytecodeFailure> {
    var machine = ToyMachine()
    machine.values[3] = 0x1122_3344_5566_7788
    machine.memory.replaceSubrange(0x100..<0x108, with: [1, 2, 3, 4, 5, 6, 7, 0x88])
    var scratch: [UInt8] = []
    var text: [UInt8] = []
    do throws(BytecodeFailure) {
      return .success(
        try BytecodeEvaluation.value(
          of: hex(code)[...], in: 1, machine, scratch: &scratch, text: &text))
    } catch {
      return .failure(error)
    }
  }

  private func hex(_ text: String) -> [UInt8] {
    text.split(separator: " ").flatMap { word in
      stride(from: 0, to: word.count, by: 2).map { offset in
        let start = word.index(word.startIndex, offsetBy: offset)
        return UInt8(word[start..<word.index(start, offsetBy: 2)], radix: 16) ?? 0
      }
    }
  }

  @Test(
    "every operation does what the manual says",
    arguments: [
      // const8 7, const8 3, OP, end
      ("2207 2203 02 27", 10), ("2207 2203 03 27", 4), ("2207 2203 04 27", 21),
      ("2207 2203 05 27", 2), ("2207 2203 06 27", 2), ("2207 2203 07 27", 1),
      ("2207 2203 08 27", 1), ("2207 2203 09 27", 56), ("22f7 2203 0b 27", 30),
      ("2207 2203 0f 27", 3), ("2208 2203 10 27", 11), ("2207 2203 11 27", 4),
      ("2207 2207 13 27", 1), ("2207 2203 13 27", 0), ("2207 2203 14 27", 0),
      ("2203 2207 15 27", 1), ("2200 0e 27", 1), ("2205 0e 27", 0), ("2200 12 27", UInt64.max),
      // Signed ones, on -7 made by extending f9 from 8 bits.
      ("22f9 1608 2202 05 27", UInt64(bitPattern: -3)), ("22f9 1608 2202 07 27", UInt64.max),
      ("22f9 1608 2201 0a 27", UInt64(bitPattern: -4)), ("22f9 1608 2201 14 27", 1),
      ("22f9 1608 2201 15 27", 0), ("22f9 1608 2a10 27", 0xfff9),
      // Constants of all widths, most significant byte first.
      ("231234 27", 0x1234), ("2412345678 27", 0x1234_5678),
      ("25 0123456789abcdef 27", 0x0123_4567_89ab_cdef),
      // Registers and memory, least significant byte first.
      ("260003 27", 0x1122_3344_5566_7788), ("231100 17 27", 1), ("231100 18 27", 0x201),
      ("231100 19 27", 0x0403_0201), ("231100 1a 27", 0x8807_0605_0403_0201),
      // dup, pop, swap, pick 2, rot.
      ("2205 28 02 27", 10), ("2205 2206 29 27", 5), ("2205 2206 2b 03 27", 1),
      ("2201 2202 2203 3202 27", 1), ("2201 2202 2203 33 27", 2), ("2201 2202 2203 33 29 29 27", 3),
      // if_goto over a constant, taken and not; goto.
      ("2201 200008 2211 27 2222 27", 0x22), ("2200 200008 2211 27 2222 27", 0x11),
      ("210006 2211 27 2222 27", 0x22), ("27", 0),
    ] as [(String, UInt64)])
  func operations(_ code: String, _ value: UInt64) {
    #expect(run(code) == .success(value))
  }

  @Test(
    "what is wrong fails, and only that",
    arguments: [
      ("", .truncated), ("22", .truncated), ("2201", .truncated), ("210100", .truncated),
      ("02 27", .stack), ("2201 3201 27", .stack), ("01 27", .unknown), ("34", .truncated),
      ("2201 2200 05 27", .divisionByZero), ("2201 2200 08 27", .divisionByZero),
      ("2607ff 27", .register), ("25 ffffffffffffffff 1a 27", .unreadable),
      ("2200 17 27", .unreadable),
      ("210000", .bounds), ("2201 210000", .stack), ("2201 1600 27", .unknown),
      // Reads 8 bytes again and again, until it has had its share.
      ("231100 1a 29 210000", .bounds), ("0c 27", .unknown), ("2c0001 27", .unknown),
      ("2200 2200 34 00 0002 2564 27", .format), ("2200 2200 34 00 0003 256400 27", .format),
      ("2200 2200 34 01 0003 256400 27", .stack), ("2201 2200 2200 34 01 0003 256600 27", .format),
    ] as [(String, BytecodeFailure)])
  func failures(_ code: String, _ failure: BytecodeFailure) {
    #expect(run(code) == .failure(failure))
  }

  @Test("the one quotient that overflows is no trap")
  func overflow() {
    let smallest = "25 8000000000000000 22ff 1608 "
    #expect(run(smallest + "05 27") == .success(1 << 63))
    #expect(run(smallest + "07 27") == .success(0))
  }

  // MARK: Printing

  /// A machine with some text, made once: thousands of numbers are printed.
  private static let machine: ToyMachine = {
    var machine = ToyMachine()
    machine.memory.replaceSubrange(0x200..<0x209, with: bytes("Porthole\0"))
    machine.memory.replaceSubrange(0x300..<0x304, with: [0x1b, 0x5b, 0x41, 0])
    return machine
  }()

  /// What a format prints of values, by the operation `printf`.
  private func printed(_ format: String, _ values: UInt64...) -> String? {
    var code: [UInt8] = []
    for value in values.reversed() + [0, 0] {
      code.append(0x25)
      for shift in stride(from: 56, through: 0, by: -8) {
        code.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
      }
    }
    let text = bytes(format) + [0]
    code += [0x34, UInt8(values.count), UInt8(text.count >> 8), UInt8(text.count & 255)]
    code += text + [0x27]
    var scratch: [UInt8] = []
    var output: [UInt8] = []
    do throws(BytecodeFailure) {
      _ = try BytecodeEvaluation.value(
        of: code[...], in: 1, Self.machine, scratch: &scratch, text: &output)
    } catch {
      return nil
    }
    return String(decoding: output, as: UTF8.self)
  }

  @Test("whole numbers are printed as C's printf does, which the C library says")
  func numbers() {
    let values: [UInt64] = [0, 42, 0x8000_0000, 0x8000_0000_0000_0000, .max]
    let conversions = ["d", "u", "x", "X", "o"]
    for flags in ["", "-", "0", "+", " ", "#0"] {
      for width in ["", "12", "30"] {
        for precision in ["", ".0", ".5"] {
          for length in ["hh", "h", "", "l"] {
            for conversion in conversions {
              let format = "%" + flags + width + precision + length + conversion
              for value in values {
                let ours = printed(format, value)
                let theirs = reference(format, value)
                if ours != theirs {
                  Issue.record("\(format) of \(value): \(ours ?? "nothing"), not \(theirs)")
                }
              }
            }
          }
        }
      }
    }
  }

  @Test("text, escapes, pointers and what is hostile")
  func text() {
    #expect(printed("n=%d\\n", 5) == "n=5\n")
    #expect(printed("\\t\\\"%s\\\"\\101%%\\\\", 0x1200) == "\t\"Porthole\"A%\\")
    #expect(printed("[%10s][%-10.4s]", 0x1200, 0x1200) == "[  Porthole][Port      ]")
    #expect(printed("%c%5c|%-3c|", 65, 66, 67) == "A    B|C  |")
    #expect(printed("%p", 0x1f) == "0x1f")
    #expect(printed("%s", 0x10) == "<no memory at 0x10>")
    // What stands in memory must not reach a terminal as it is.
    #expect(printed("%s%c", 0x1300, 0x9) == "\\033[A\t")
    #expect(printed("%c", 0x1b) == "\\033")
    #expect(printed("%f", 1) == nil)
    #expect(printed("%n", 1) == nil)
    #expect(printed("%ls", 1) == nil)
    #expect(printed("%*d", 1) == nil)
    #expect(printed("%99999d", 1) == nil)
    #expect(printed("%") == nil)
    #expect(printed("\\q") == nil)
    // Wide fields end at the bound.
    let wide = printed(String(repeating: "%256d", count: 8), 1, 2, 3, 4, 5, 6, 7, 8)
    #expect(wide?.count == 1024)
  }
}
