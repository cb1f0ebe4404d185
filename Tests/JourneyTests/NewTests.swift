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

    // Run from within, it is named after its folder.
    let started = bench.run(
      ["sh", "-c", "cd \"$0\" && exec \"$1\" run . --detach", package, Workbench.tool],
      milliseconds: 900_000)
    #expect(started.status == 0 && started.output == "blinker\n", "\(started.talk)")
    let looked = bench.porthole(
      "repl", "blinker", "--batch", "-ex", "break Blinker.report", "-ex", "continue", "-ex", "bt")
    #expect(looked.output.contains("Blinker.report"), "\(looked.output)\(looked.talk)")
    #expect(looked.output.contains("\(package)/Sources/Blinker.swift:"), "\(looked.output)")
    #expect(bench.porthole("counters", "blinker").output.contains("application.ticks"))

    // An edited source is noticed; now it ends by itself.
    let source = package + "/Sources/Blinker.swift"
    let sooner = "s/seconds(1)/milliseconds(10)/"
    let ending = "s/report(ticks.value)/&; if ticks.value == 3 { System.powerOff() }/"
    #expect(bench.run(["sed", "-i", "-e", sooner, "-e", ending, source]).status == 0)
    let ran = bench.porthole("run", package, "--memory", "8", milliseconds: 900_000)
    #expect(ran.output == "Blinker: 1\nBlinker: 2\nBlinker: 3\n", "\(ran.talk)")
    #expect(ran.status == 0)

    // As a Linux process it does the same; one of the two is enough of building.
    if isAsync {
      let process = bench.porthole("run", package, "--arch", "host", milliseconds: 900_000)
      #expect(process.output == ran.output && process.status == 0, "\(process.talk)")
    }
  }
}
