// Whole stacks, frame by frame, against gdb's of the same stopped process.

internal import Bytes
internal import Symbols
internal import Testing

@Suite("Stacks against gdb")
struct StackTests {
  /// Stops at functions, then at random instructions from there on, through prologues, epilogues,
  /// library code, inlined code and a signal handler.
  private static func walk(_ functions: [String], steps: Int) -> [String] {
    var commands = functions.map { "tbreak \($0)" } + ["run", "MARK"]
    var random = 12345
    var ahead = functions.count - 1
    for index in 0..<steps {
      random = (random &* 1_103_515_245 &+ 12345) & 0x7fff_ffff
      if index % 8 == 7 && ahead > 0 {
        ahead -= 1
        commands.append("continue")
      } else {
        commands.append("stepi \(1 + random / 65536 % 23)")
      }
      commands.append("MARK")
    }
    return commands
  }

  @Test(
    "every frame has gdb's function and line",
    arguments: [
      (Fixture.c("-g -O0 -gdwarf-5 -static"), ["main", "deep", "leaf", "handler"]),
      (.c("-g -O2 -gdwarf-4 -static"), ["main", "deep", "leaf", "handler"]),
      (.c("-g -O2 -gdwarf-5 -static -momit-leaf-frame-pointer"), ["deep", "leaf", "handler"]),
      (.c("-g -O0 -gdwarf-5 -fno-asynchronous-unwind-tables"), ["main", "deep", "leaf"]),
      (.swift("-g -Onone"), ["main", "$s4Tour7CounterV4beat2byS2i_tF"]),
      (.swift("-g -O"), ["main", "$s4Tour7CounterV4beat2byS2i_tF"]),
    ])
  func backtraces(_ fixture: Fixture, _ functions: [String]) throws {
    let path = fixture.build()
    let run = GDBRun(path, Self.walk(functions.map { "'\($0)'" }, steps: 40))
    try #require(run.output.count >= 15)
    let file = try SymbolFile(path: path)
    file.bias = run.bias
    var deepest = 0
    var compared = 0
    for (text, core) in zip(run.output, run.cores) where core.registers[16] != nil {
      let expected = GDBFrame.parse(text)
      var ours: [GDBFrame] = []
      var physical: UnwindFrame? = core.frame
      var leftImage = false
      while let frame = physical, ours.count < 64 {
        let locations = file.frames(at: frame.lookupPC)
        if locations.isEmpty { leftImage = true }
        if file.isSignalFrame(frame) {
          ours.append(GDBFrame(function: "<signal handler called>", line: 0))
        } else {
          ours += locations.map { GDBFrame(function: $0.linkageName, line: $0.line) }
        }
        if locations.isEmpty { ours.append(GDBFrame(function: "??", line: 0)) }
        physical = file.unwind(frame) { core.read($0, $1) }
      }
      // Shared libraries have symbols that only gdb reads.
      if leftImage { continue }
      compared += 1
      deepest = max(deepest, ours.count)
      #expect(ours == expected)
    }
    #expect(compared >= 8)
    #expect(deepest >= 2)
  }
}
