// The guest Told while it runs: it prints of itself what it also publishes (Tests/Guests/Told).

import Glibc
import Launcher
import TestSupport
import Testing

/// One guest, obeying keys; it ends with its workbench.
final class ToldGuest {
  let bench = Workbench()
  let symbols: String
  private let input: Int32

  init() throws {
    let image = try #require(TestImage.build("Told", agent: true))
    symbols = image.symbols
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    input = ends[1]
    _ = try #require(
      bench.start(
        [Workbench.tool, "run", image.path, "--name", "told", "--memory", "32"],
        input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err"))
    try #require(bench.waits { self.console.contains("ready") })
  }

  deinit { close(input) }

  var console: String { Files.text(bench.folder + "/out") ?? "" }

  /// Types a key, and waits for what the guest answers.
  func type(_ key: String, until answer: String) throws {
    _ = Files.write(Array(key.utf8), to: input)
    try #require(bench.waits { self.console.contains(answer) }, "\(console)")
  }
}
