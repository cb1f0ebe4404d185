// Arguments and locals of every frame against gdb's, `<optimized out>` included.

internal import Bytes
internal import Symbols
internal import Testing

@Suite("Variables against gdb")
struct VariableTests {
  private static let walk: [String] = {
    var commands = [
      "set print frame-arguments all", "set print address on", "break deep", "break many",
      "break leaf", "break handler", "run", "MARK",
    ]
    for index in 0..<14 { commands += [index % 3 == 2 ? "continue" : "stepi 7", "MARK"] }
    return commands
  }()

  @Test(
    "every argument and local of a scalar type has gdb's value",
    arguments: [
      Fixture.c("-g -O0 -gdwarf-5 -static"), .c("-g -O0 -gdwarf-4 -static"),
      .c("-g -O1 -gdwarf-5 -static"), .c("-g -O2 -gdwarf-4 -static"),
      .c("-g -O2 -gdwarf-5 -static"),
    ])
  func variables(_ fixture: Fixture) throws {
    let path = fixture.build()
    let run = GDBRun(path, Self.walk, atMark: ["bt -full"])
    try #require(run.output.count >= 10)
    let file = try SymbolFile(path: path)
    var values = 0
    for (text, core) in zip(run.output, run.cores) where core.registers[16] != nil {
      let expected = Self.parse(text)
      var ours: [[Variable]] = []
      var physical: UnwindFrame? = core.frame
      while let frame = physical, ours.count < 64 {
        for depth in 0..<max(1, file.frames(at: frame.lookupPC).count) {
          ours.append(
            file.variables(at: frame, inlineDepth: depth) { core.read($0, $1) })
        }
        physical = file.unwind(frame) { core.read($0, $1) }
      }
      try #require(ours.count == expected.count)
      for (mine, theirs) in zip(ours, expected) {
        #expect(
          mine.map(\.name).sorted() == theirs.map(\.name).sorted(), "\(mine) where \(theirs)")
        for other in theirs {
          let candidates = mine.filter { $0.name == other.name }
          values += 1
          #expect(
            candidates.contains { Self.agree($0, other.value) },
            "\(candidates) where gdb says \(other.name) = \(other.value)")
        }
      }
    }
    #expect(values > 100)
  }

  @Test("Swift's scalars are shown as numbers")
  func swiftScalars() throws {
    let path = Fixture.swift("-g -Onone").build()
    let name =
      "$s4Tour7scalars5small6signed4wide4flag5ratio4halfSis5UInt8V_s5Int16Vs6UInt64VSbSdSftF"
    let run = GDBRun(path, ["break tour.swift:46", "run", "MARK"], atMark: ["bt 1"])
    let core = try #require(run.cores.first)
    try #require(core.registers[16] != nil)
    let file = try SymbolFile(path: path)
    file.bias = run.bias
    #expect(file.frames(at: core.frame.pc).first?.linkageName == name)
    let found = file.variables(at: core.frame, inlineDepth: 0) { core.read($0, $1) }
    let values = found.map { "\($0.name): \($0.typeName)" }
    #expect(
      values == [
        "small: UInt8", "signed: Int16", "wide: UInt64", "flag: Bool", "ratio: Double",
        "half: Float", "tone: Tour.Tone", "sum: Int",
      ])
    func bits(_ name: String) -> (ScalarKind, UInt64)? {
      guard let variable = found.first(where: { $0.name == name }),
        case .scalar(let kind, let bits, _) = variable.value
      else { return nil }
      return (kind, bits)
    }
    #expect(try #require(bits("small")) == (.unsigned, 200))
    #expect(try #require(bits("signed")) == (.signed, UInt64(bitPattern: -300)))
    #expect(try #require(bits("wide")) == (.unsigned, .max))
    #expect(try #require(bits("flag")) == (.boolean, 1))
    #expect(try #require(bits("ratio")) == (.float, 2.5.bitPattern))
    #expect(try #require(bits("half")) == (.float, UInt64(Float(-0.5).bitPattern)))
    #expect(try #require(bits("sum")) == (.signed, UInt64(bitPattern: -100)))
    // Swift numbers the cases of an enumeration from zero, whatever their raw values.
    #expect(try #require(bits("tone")) == (.enumeration, 1))
  }

  private struct Line {
    var name: String
    var value: String
  }

  /// Reads the variables of each frame of `bt -full`.
  private static func parse(_ text: String) -> [[Line]] {
    var frames: [[Line]] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") {
        frames.append([])
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"),
          open < close
        else { continue }
        var rest = line[line.index(after: open)..<close]
        while let equal = rest.firstIndex(of: "=") {
          let name = rest[..<equal].split(separator: " ").last ?? ""
          let value = rest[rest.index(after: equal)...]
          frames[frames.count - 1].append(Line(name: String(name), value: String(value)))
          guard let comma = value.firstRange(of: ", ") else { break }
          rest = value[comma.upperBound...]
        }
      } else if line.hasPrefix("        "), let range = line.firstRange(of: " = ") {
        let name = line[..<range.lowerBound].drop { $0 == " " }
        if !frames.isEmpty {
          frames[frames.count - 1].append(
            Line(name: String(name), value: String(line[range.upperBound...])))
        }
      }
    }
    return frames
  }

  /// Whether our value is what gdb printed. The text may be followed by more of gdb's line.
  private static func agree(_ variable: Variable, _ text: String) -> Bool {
    if text.hasPrefix("<optimized out>") { return variable.value == .optimizedOut }
    guard case .scalar(let kind, let bits, let size) = variable.value else {
      // Structures are not taken apart: what is partly there is not shown at all.
      switch variable.value {
      case .bytes: return text.hasPrefix("{") || text.hasPrefix("\"")
      case .unavailable, .optimizedOut: return text.hasPrefix("{") && text.contains("<")
      default: return false
      }
    }
    let token = String(text.prefix { $0 != " " && $0 != "," })
    switch kind {
    case .signed: return token == String(Int64(bitPattern: bits))
    case .unsigned: return token == String(bits)
    case .character:
      return token == String(Int64(bitPattern: bits))
    case .boolean: return token == (bits == 0 ? "false" : "true")
    case .pointer: return token == Address(bits).hex
    case .float:
      let value =
        size == 8 ? Double(bitPattern: bits) : Double(Float(bitPattern: UInt32(bits)))
      return Double(token) == value
    case .enumeration:
      let names: [UInt64: String] = [0: "RED", 5: "GREEN", 6: "BLUE"]
      return token == names[bits] ?? String(bits)
    }
  }
}
