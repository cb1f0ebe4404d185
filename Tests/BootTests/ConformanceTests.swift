// The quick part of what `make conformance` does in full: stock debuggers and our own on the agent
// over a serial line, one after the other on one guest, and on gdbserver, which says what is right.

import Launcher
import TestSupport
import Testing

@Suite("Debuggers and stubs", .serialized, .timeLimit(.minutes(15)))
struct ConformanceTests {
  @Test("gdb, lldb and our prompt do all that they must on the agent, one after the other")
  func quick() throws {
    let image = try #require(TestImage.build("Subject", agent: true))
    let bench = Workbench()
    let result = bench.run(
      [
        "PORTHOLE=\(Workbench.tool)", "python3", Workbench.root + "/Tests/Conformance/run.py",
        "--quick", "--image", image.path, "--keep", bench.folder + "/conformance",
      ], milliseconds: 800_000)
    #expect(result.status == 0, "\(result.output)\n\(result.talk)")
    for client in ["gdb-13", "ours"] {
      #expect(
        result.output.split(separator: "\n").contains {
          $0.hasPrefix(client) && $0.contains("agent") && !$0.contains("FAIL")
        }, "\(result.output)")
    }
  }
}
