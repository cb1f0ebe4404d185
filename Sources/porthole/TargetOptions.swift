internal import ArgumentParser
internal import Launcher

extension CompletionKind {
  /// The names of the instances that are there.
  static var instances: CompletionKind {
    .custom { _, _, prefix in
      Registry().instances().map(\.name).filter { $0.hasPrefix(prefix) }.sorted()
    }
  }
}

/// Which target a command means, and how far it may go there.
struct TargetOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "An instance's name (default: the only one; its agent, or QEMU's stub where that does "
        + "not answer), unix:PATH, tcp:HOST:PORT or serial:DEVICE[@BAUD] (an agent; 115200 baud), "
        + "qemu:NAME, qemu:PATH, qemu:HOST:PORT (QEMU's stub), gdb:PATH, gdb:HOST:PORT, "
        + "core:FILE (a dump, or core:NAME of an instance that ended) or "
        + "recording:FILE (what porthole record wrote).",
      valueName: "TARGET"), completion: .instances)
  var target: String?

  @Option(
    help: ArgumentHelp(
      "The ELF file with symbols, where the build id does not find them.", valueName: "FILE"),
    completion: .file())
  var symbols: String?
}
