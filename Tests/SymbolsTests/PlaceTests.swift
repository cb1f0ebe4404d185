// Where variables are, said in advance, against places that were written down beside their DW_OP
// expressions (DWARF 4, 2.5 and 2.6): a program in assembly has them as its debug information.

internal import Bytes
internal import Symbols
internal import Testing

@Suite("Places of variables")
struct PlaceTests {
  @Test("an expression gives the place that holds for every visit, or none")
  func places() throws {
    let path = Fixture(
      name: "places.s", source: "places.s",
      command: "clang -static -nostdlib -no-pie -Wl,-e,main -o OUT SOURCE"
    ).build()
    let file = try SymbolFile(path: path)
    let main = try #require(file.functions(named: "main").first)
    let found = file.variablePlaces(at: main.start)
    #expect(found.count == PlacedVariable.all.count)
    for variable in PlacedVariable.all {
      let place = found.first { $0.name == variable.name }?.place
      #expect(place == variable.place, "\(variable.name)")
    }
  }
}

/// A variable of that program.
struct PlacedVariable {
  let name: String
  /// Its location; nil for one that is a constant, 42.
  let expression: [UInt8]?
  let place: VariablePlace.Place

  init(_ name: String, _ expression: [UInt8]?, _ place: VariablePlace.Place = .unknown) {
    (self.name, self.expression, self.place) = (name, expression, place)
  }

  private static func word(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  static let all: [PlacedVariable] = [
    // The frame's base is rbp, DWARF's register 6.
    .init("slot", [0x91, 0x68], .memory(register: 6, offset: 0 &- 24)),  // fbreg -24
    .init("near", [0x73, 0x10], .memory(register: 3, offset: 16)),  // breg3 16
    .init("far", [0x73, 0, 0x23, 0x80, 2], .memory(register: 3, offset: 256)),  // plus_uconst
    .init("back", [0x7f, 0, 0x38, 0x1c], .memory(register: 15, offset: 0 &- 8)),  // lit8, minus
    .init("held", [0x55], .register(5)),
    .init("seven", [0x37, 0x9f], .constant(7)),
    .init("fixed", nil, .constant(42)),
    .init("global", [0x03] + word(0x40_3000), .memory(register: nil, offset: 0x40_3000)),
    // A part of a register, as a value.
    .init("low", [0x73, 0, 0x08, 0xff, 0x1a, 0x9f]),  // const1u 0xff, and
    .init("middle", [0x73, 0, 0x0e] + word(0xff << 24) + [0x1a, 0x9f]),
    .init("high", [0x73, 0, 0x08, 0x20, 0x25, 0x9f]),  // const1u 32, shr
    .init("none", [0x73, 0, 0x30, 0x1a, 0x9f]),  // lit0, and
    // A register with bits set, cleared or turned over, as an address: no sum.
    .init("aligned", [0x77, 0, 0x09, 0xf0, 0x1a]),  // const1s -16, and
    .init("odd", [0x73, 0, 0x31, 0x21]),  // lit1, or
    .init("tagged", [0x73, 0, 0x0e] + word(1 << 28) + [0x21]),
    .init("untagged", [0x73, 0, 0x0e] + word(.max >> 1) + [0x1a]),
    .init("cleared", [0x74, 0, 0x0e] + word(~(0xff << 24)) + [0x1a]),
    .init("turned", [0x73, 0, 0x0e] + word(1 << 40) + [0x27]),  // xor
    // Made of more than one register, of a register more than once, or of memory.
    .init("sum", [0x73, 0, 0x76, 0, 0x22]),
    .init("twice", [0x73, 0, 0x32, 0x1e]),  // lit2, mul
    .init("behind", [0x73, 8, 0x06]),  // deref
    .init("parts", [0x50, 0x93, 4, 0x51, 0x93, 4]),  // reg0, piece, reg1, piece
    .init("gone", []),
  ]

  /// The program, with the debug information written out.
  static let program: String = {
    var entries = ""
    for variable in all {
      if let expression = variable.expression {
        let bytes = expression.map(String.init).joined(separator: ",")
        entries += ".uleb128 4\n .asciz \"\(variable.name)\"\n .long .Ltype-.Lunit\n"
        entries += ".uleb128 \(expression.count)\n" + (bytes.isEmpty ? "" : ".byte \(bytes)\n")
      } else {
        entries += ".uleb128 5\n .asciz \"\(variable.name)\"\n .long .Ltype-.Lunit\n .sleb128 42\n"
      }
    }
    return """
      .text
      .globl main
      .type main,@function
      main:
        nop
        ret
      .Lend:
      .size main, .-main
      .section .debug_abbrev,"",@progbits
        # unit: language, name, low_pc, high_pc
        .byte 1, 0x11, 1, 0x13, 0x0b, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0
        # base type: byte_size, encoding, name
        .byte 2, 0x24, 0, 0x0b, 0x0b, 0x3e, 0x0b, 0x03, 0x08, 0, 0
        # subprogram: external, name, low_pc, high_pc, frame_base
        .byte 3, 0x2e, 1, 0x3f, 0x19, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0x40, 0x18, 0, 0
        # variable: name, type, location; and the same with a const_value
        .byte 4, 0x34, 0, 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0
        .byte 5, 0x34, 0, 0x03, 0x08, 0x49, 0x13, 0x1c, 0x0d, 0, 0
        .byte 0
      .section .debug_info,"",@progbits
      .Lunit:
        .long .Lunitend-.Lversion
      .Lversion:
        .short 4
        .long 0
        .byte 8
        .uleb128 1
        .byte 12
        .asciz "places.c"
        .quad main
        .quad .Lend-main
      .Ltype:
        .uleb128 2
        .byte 8, 5
        .asciz "long"
        .uleb128 3
        .asciz "main"
        .quad main
        .quad .Lend-main
        .byte 1, 0x56
      \(entries)
        .byte 0
        .byte 0
      .Lunitend:
      """
  }()
}
