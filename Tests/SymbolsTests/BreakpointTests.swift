// Where breakpoints go, against gdb: on functions, on lines, on inlined functions.

internal import Bytes
internal import Symbols
internal import Testing

@Suite("Breakpoint addresses against gdb")
struct BreakpointTests {
  /// Asks gdb where it would put breakpoints; one set of addresses for each place.
  private static func oracle(_ program: String, _ places: [String]) -> [Set<UInt64>] {
    var script = ["set confirm off", "set width 0", "set debuginfod enabled off"]
    script.append("set breakpoint pending off")
    for place in places {
      // A command that fails ends a script, but not the commands sourced by another.
      write("break \(place)\n", to: program + ".break")
      script += ["echo @@\\n", "python", "try:", " gdb.execute(\"break \(place)\")"]
      script += ["except gdb.error: pass", "end", "info breakpoints", "delete"]
    }
    write(script.joined(separator: "\n") + "\n", to: program + ".places")
    let text = shell("timeout -s KILL 60 gdb -nx -batch -x \(program).places \(program)")
    return text.split(separator: "@@\n", omittingEmptySubsequences: false).dropFirst().map {
      part in
      var found: Set<UInt64> = []
      for line in part.split(separator: "\n") where line.contains(" in ") || line.contains(" <") {
        for word in line.split(separator: " ") where word.hasPrefix("0x") {
          if let address = UInt64(word.dropFirst(2), radix: 16) { found.insert(address) }
        }
      }
      return found
    }
  }

  @Test(
    "functions and inlined copies",
    arguments: [
      (
        Fixture.c("-g -O0 -gdwarf-5 -static"),
        ["leaf", "many", "deep", "handler", "oneLine", "main", "twice", "fourfold"]
      ),
      (
        .c("-g -O2 -gdwarf-4 -static"),
        ["leaf", "many", "deep", "oneLine", "main", "twice", "fourfold"]
      ),
      (
        .c("-g -O2 -gdwarf-5 -no-pie -ffunction-sections"),
        ["leaf", "many", "deep", "oneLine", "twice"]
      ),
      (
        .swift("-g -Onone"),
        [
          "$s4Tour7CounterV4beat2byS2i_tF", "$s4Tour3BoxC3add_5twiceySi_SbtF",
          "$s4Tour4MainV4mainyyFZ", "$s4Tour3BoxCfd",
        ]
      ),
      (
        .swift("-g -O"),
        ["$s4Tour7CounterV4beat2byS2i_tF", "$s4Tour3BoxC3add_5twiceySi_SbtF", "$s4Tour3BoxCfd"]
      ),
    ])
  func functions(_ fixture: Fixture, _ names: [String]) throws {
    let path = fixture.build()
    let file = try SymbolFile(path: path)
    let expected = Self.oracle(path, names.map { "'\($0)'" })
    try #require(expected.count == names.count)
    for (name, addresses) in zip(names, expected) {
      var ours = Set(file.functions(named: name).map { file.breakpointAddress(of: $0).value })
      ours.formUnion(file.inlinedInstances(named: name).map(\.value))
      #expect(ours == addresses, "\(name)")
      #expect(!addresses.isEmpty)
    }
  }

  @Test(
    "every line of a file",
    arguments: [
      Fixture.c("-g -O0 -gdwarf-5 -static"), .c("-g -O2 -gdwarf-4 -static"), .swift("-g -Onone"),
    ])
  func lines(_ fixture: Fixture) throws {
    let path = fixture.build()
    let file = try SymbolFile(path: path)
    let source = fixture.source
    let count = (Sources.text[source] ?? "").split(
      separator: "\n", omittingEmptySubsequences: false
    ).count
    let numbers = Array(1...count)
    let expected = Self.oracle(path, numbers.map { "\(source):\($0)" })
    try #require(expected.count == count)
    var withCode = 0
    for (number, addresses) in zip(numbers, expected) {
      let found = file.locations(file: source, line: number)
      // gdb refuses lines in front of a function; these find the function here.
      if addresses.isEmpty && found?.line != number { continue }
      withCode += 1
      #expect(Set(found?.addresses.map(\.value) ?? []) == addresses, "line \(number)")
    }
    #expect(withCode > 20)
  }
}
