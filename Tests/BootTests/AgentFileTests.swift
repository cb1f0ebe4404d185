// What stock gdb finds out by itself from the agent: which program runs, its symbols by build id,
// files to fetch; and that a fault is a signal, which can be mended or given to the machine.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("The agent's files, and faults as signals", .serialized, .timeLimit(.minutes(20)))
struct AgentFileTests {
  /// The build id that readelf finds.
  private func buildID(_ bench: Workbench, _ path: String) -> String {
    let notes = bench.run(["readelf", "-n", path]).output
    let line = notes.split(separator: "\n").first { $0.contains("Build ID: ") } ?? ""
    return String(line.split(separator: " ").last ?? "")
  }

  @Test("gdb without a file finds program and symbols, fetches files, mends a fault, passes one on")
  func gdb() throws {
    let bench = Workbench()
    let image = try #require(TestImage.build("Faults", agent: true))
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { ends.forEach { _ = close($0) } }
    let run = bench.start(
      [Workbench.tool, "run", image.path, "--name", "held", "--memory", "4"],
      input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err")
    try #require(run != nil)
    var console: String { Files.text(bench.folder + "/out") ?? "" }
    try #require(bench.waits { console.contains("ready") })

    // Where gdb looks for symbols by build id.
    let id = buildID(bench, image.path)
    try #require(id.count == 40)
    let folder = bench.folder + "/symbols/.build-id/" + id.prefix(2)
    _ = bench.run(["mkdir", "-p", folder])
    _ = bench.run(["ln", "-s", image.symbols, folder + "/" + id.dropFirst(2) + ".debug"])

    let got = bench.folder + "/got-"
    let commands = [
      "set confirm off", "set width 0", "set debug-file-directory \(bench.folder)/symbols",
      "set remote pid-to-exec-file-packet on",
      "target remote \(bench.folder)/run/porthole/held/agent", "info line cfaults_divide",
      "info files", "set trust-readonly-sections on", "echo of the file\\n", "x/8xg $pc",
      "set trust-readonly-sections off", "echo of memory\\n", "x/8xg $pc", "echo .\\n",
      "remote get log \(got)log",
      "remote get secret \(got)secret", "monitor profile start 1000", "echo planted\\n",
      "continue", "monitor profile stop", "remote get profile \(got)profile", "echo first\\n",
      "set $rcx = 1", "set $rsi = 1", "set $rdi = 1", "signal 0",
      "echo second\\n", "continue", "echo third\\n", "detach",
    ]
    let debugger = bench.folder + "/debugger"
    let gdb = try #require(
      bench.start(
        ["gdb", "-nx", "-batch"] + commands.flatMap { ["-ex", $0] }, output: debugger,
        talk: bench.folder + "/debugger-errors"))
    var text: String {
      (Files.text(debugger) ?? "") + (Files.text(bench.folder + "/debugger-errors") ?? "")
    }
    try #require(bench.waits(milliseconds: 60_000) { text.contains("planted") }, "\(text)")
    _ = Files.write(Array("d".utf8), to: ends[1])
    try #require(bench.waits(milliseconds: 60_000) { text.contains("first") }, "\(text)")
    _ = Files.write(Array("d".utf8), to: ends[1])
    _ = gdb.wait(milliseconds: 60_000)

    #expect(text.contains("Reading /\(id)/image from remote target"), "\(text)")
    #expect(text.contains("target:/\(id)/image"), "\(text)")
    #expect(text.contains("shim.h"), "no symbols: \(text)")
    #expect(text.contains("secret: No such file") || text.contains("No such file"), "\(text)")
    // The first fault was mended, or there would not have been a second one; that was passed on.
    #expect(text.split(separator: "SIGFPE").count >= 3, "\(text)")
    #expect(bench.waits { console.contains("*** panic: divide error") }, "\(console)\n\(text)")

    // Where the guest stands, as the file that gdb has read from it says and as its memory does.
    func dump(_ mark: String) -> [Substring] {
      text.firstRange(of: mark + "\n").map { text[$0.upperBound...].split(separator: "\n") }
        .map { Array($0.prefix(4)) } ?? []
    }
    #expect(dump("of the file").count == 4)
    #expect(dump("of the file") == dump("of memory"))
    let log = Files.text(got + "log") ?? ""
    #expect(log.contains(id), "\(log)")
    let profile = (Files.text(got + "profile") ?? "").split(separator: "\n")
    #expect(!profile.isEmpty)
    for line in profile {
      #expect(
        line.wholeMatch(of: /(running|idle|waiting)(;(\.\.\.|0x[0-9a-f]+))+ [1-9][0-9]*/) != nil)
    }
  }
}
