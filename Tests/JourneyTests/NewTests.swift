// An application of one's own: made, built, run and looked into, outside this repository.

import Launcher
import TestSupport
import Testing

@Suite("A package of one's own", .serialized, .timeLimit(.minutes(30)))
struct NewTests {
  @Test("new, build, run and attach are four commands", arguments: [false, true])
  func journey(isAsync: Bool) throws {
    let bench = Workbench()
    let package = bench.folder + "/Blinker"
    let made = bench.run([Workbench.tool, "new", package] + (isAsync ? ["--async"] : []))
    #expect(made.status == 0 && made.output == package + "\n", "\(made.talk)")
    #expect(bench.porthole("new", package).status == 2)

    let built = bench.porthole("build", package, milliseconds: 900_000)
    #expect(built.status == 0, "\(built.talk)")
    #expect(built.output.hasPrefix(package + "/"))

    let ran = bench.porthole("run", package, "--memory", "8", milliseconds: 900_000)
    #expect(ran.output == "Blinker: 1\nBlinker: 2\nBlinker: 3\n", "\(ran.talk)")
    #expect(ran.status == 0)

    // As a Linux process it does the same; one of the two is enough of building.
    if isAsync {
      let process = bench.porthole("run", package, "--arch", "host", milliseconds: 900_000)
      #expect(process.output == ran.output && process.status == 0, "\(process.talk)")
    }

    // An edited source is noticed; now it runs for minutes, and its own lines are to be seen.
    let source = package + "/Sources/Blinker.swift"
    let longer = ["s/count == 3/count == 3000/; s/1[.][.][.]3 /1...3000 /", source]
    #expect(bench.run(["sed", "-i"] + longer).status == 0)
    let started = bench.porthole(
      "run", package, "--detach", "--name", "own", milliseconds: 900_000)
    #expect(started.status == 0, "\(started.talk)")
    let looked = bench.porthole(
      "repl", "own", "--batch", "-ex", "break Blinker.report", "-ex", "continue", "-ex", "bt")
    #expect(looked.output.contains("Blinker.report"), "\(looked.output)\(looked.talk)")
    #expect(looked.output.contains("\(package)/Sources/Blinker.swift:"), "\(looked.output)")
  }
}
