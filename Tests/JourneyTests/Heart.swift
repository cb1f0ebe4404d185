// A beating guest, and whether it still beats.

import Launcher
import TestSupport
import Testing

/// Heartbeat, booted in the background through the tool.
struct Heart {
  let bench: Workbench
  let instance: Instance
  let image: TestImage

  init(_ bench: Workbench, agent: Bool = false) throws {
    self.bench = bench
    image = try #require(TestImage.build("Heartbeat", agent: agent))
    let result = bench.porthole("run", image.path, "--detach", "--name", "heart")
    try #require(result.status == 0, "\(result.talk)")
    instance = try bench.registry.instance(named: "heart")
    try #require(bench.waits { lines > 0 })
  }

  /// Lines on its console so far, one a second.
  var lines: Int {
    (Files.text(instance.consoleLog) ?? "").split(separator: "\n").count {
      $0.hasPrefix("beat ")
    }
  }

  /// Whether it goes on beating.
  var beats: Bool {
    let before = lines
    return bench.waits(milliseconds: 60_000) { lines >= before + 2 }
  }

  /// Whether QEMU has stopped it; one that its agent holds runs, as far as QEMU can tell.
  var isStopped: Bool { instance.status() == .stopped }
}
