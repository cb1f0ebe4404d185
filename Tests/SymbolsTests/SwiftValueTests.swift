// Values of Swift types taken apart: a program that knows them, stopped by gdb. The types are those
// of an Embedded build, whose debug information names fields, as the kernel's is.

internal import Bytes
@testable internal import Symbols
internal import Testing

@Suite("Swift values")
struct SwiftValueTests {
  static let fixture = Fixture(
    name: "values.swift -Onone", source: "values.swift",
    command: """
      swiftc -g -Onone -enable-experimental-feature Embedded -wmo \
      -Xfrontend -no-clang-module-breadcrumbs -parse-as-library -module-name Values -o OUT SOURCE
      """)

  /// What Swift itself would say of each variable of the program, as the tree of it.
  static let expected: [String: ValueTree] = {
    func int(_ number: Int, _ size: Int = 8) -> ValueTree {
      .scalar(.signed, bits: UInt64(bitPattern: Int64(number)), size: size)
    }
    func tuple(_ fields: (String, ValueTree)...) -> ValueTree {
      .structure(fields.map { ValueTree.Field(name: $0.0, value: $0.1) })
    }
    func text(_ text: String, isCut: Bool = false) -> ValueTree {
      .text(Array(text.utf8), isCut: isCut)
    }
    let point = tuple(("x", int(-7, 4)), ("y", .scalar(.float, bits: 2.5.bitPattern, size: 8)))
    return [
      "some": int(5), "no": .absent, "point": point, "maybePoint": point, "noPoint": .absent,
      "color": .enumeration("green"), "plain": .enumeration("three"),
      "maybePlain": .enumeration("two"), "noPlain": .absent, "short": text("small"),
      "empty": text(""), "exact": text("fifteen bytes!!"),
      "long": text("a text that is too long for sixteen bytes"),
      "huge": text(String(repeating: "0123456789", count: 20), isCut: true),
      "accents": text("né \"quoted\"\n"), "maybeText": text("there"), "noText": .absent,
      "line": tuple(("from", point), ("to", point), ("name", text("line"))),
      "noBox": .absent, "flag": .scalar(.boolean, bits: 1, size: 1), "noFlag": .absent,
      "pair": tuple(("", int(4)), ("", .scalar(.boolean, bits: 1, size: 1))),
      "list": .array([int(1), int(2), int(3)], count: 3), "nothing": .array([], count: 0),
      "many": .array((0..<16).map { int($0) }, count: 40), "noPointer": .absent,
      "byte": .scalar(.unsigned, bits: 200, size: 1), "noByte": .absent,
      "range": tuple(("lowerBound", int(3)), ("upperBound", int(9))),
      "points": .array([point, point], count: 2),
    ]
  }()

  @Test("structures, optionals, cases, strings and arrays read as they were written")
  func values() throws {
    let path = Self.fixture.build()
    let run = GDBRun(path, ["break values.swift:7", "run", "MARK"], atMark: ["bt 3"])
    let core = try #require(run.cores.first)
    try #require(core.registers[16] != nil)
    let file = try SymbolFile(path: path)
    file.bias = run.bias
    let caller = try #require(file.unwind(core.frame) { core.read($0, $1) })
    let found = file.variables(at: caller, inlineDepth: 0) { core.read($0, $1) }
    for (name, tree) in Self.expected {
      let variable = try #require(found.first { $0.name == name }, "\(name) in \(found)")
      #expect(variable.tree == tree, "\(name): \(variable)")
    }
  }

  @Test("damaged bytes are shown as bytes, and no text of any length is read")
  func damaged() {
    var reader = SwiftValueReader { _, count in [UInt8](repeating: 0x41, count: count) }
    let cases = SwiftLayout.cases(["a", "b"], size: 1)
    #expect(reader.read([7], as: cases) == .bytes([7]))
    #expect(reader.read([], as: cases) == .bytes([]))
    var word = [UInt8](repeating: 0xff, count: 16)
    word[15] = 0x80
    let text = reader.read(word, as: .string)
    #expect(text == .text([UInt8](repeating: 0x41, count: ValueTree.textLimit), isCut: true))
    // A string that is not UTF-8 in one piece is left alone.
    word[15] = 0x10
    #expect(reader.read(word, as: .string) == .bytes(word))
    // A count that no array has.
    #expect(
      reader.read([UInt8](repeating: 0, count: 8), as: .array(cases))
        == .bytes([UInt8](repeating: 0, count: 8)))
    var deep = SwiftLayout.scalar(.signed, size: 8)
    for _ in 0..<100 { deep = .structure([("next", deep)]) }
    var depth = 0
    var tree = reader.read([UInt8](repeating: 1, count: 8), as: deep)
    while case .structure(let fields) = tree, let first = fields.first {
      depth += 1
      tree = first.value
    }
    #expect(depth == ValueTree.depthLimit)
    let wide = SwiftLayout.structure(
      (0..<1000).map { ("f\($0)", SwiftLayout.scalar(.unsigned, size: 1)) })
    guard case .structure(let fields) = reader.read([UInt8](repeating: 0, count: 1000), as: wide)
    else {
      Issue.record("no structure")
      return
    }
    #expect(fields.count <= ValueTree.fieldLimit + 1)
  }

  @Test("fields lie as the compiler lays them out")
  func layout() {
    let byte = SwiftLayout.scalar(.unsigned, size: 1)
    let word = SwiftLayout.scalar(.signed, size: 8)
    let short = SwiftLayout.scalar(.signed, size: 2)
    let mixed = SwiftLayout.structure([("a", byte), ("b", word), ("c", short)])
    // The same as MemoryLayout says of such a structure.
    struct Mixed {
      var a: UInt8 = 0
      var b = 0
      var c: Int16 = 0
    }
    #expect(mixed.size == MemoryLayout<Mixed>.size && mixed.stride == MemoryLayout<Mixed>.stride)
    #expect(mixed.alignment == MemoryLayout<Mixed>.alignment)
  }
}
