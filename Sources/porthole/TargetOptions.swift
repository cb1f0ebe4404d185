internal import ArgumentParser
internal import Launcher

/// Which target a command means, and how far it may go there.
struct TargetOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "An instance's name (default: the only one), unix:PATH, tcp:HOST:PORT or "
        + "serial:DEVICE[@BAUD] (its agent; 115200 baud), qemu:PATH, qemu:HOST:PORT, gdb:PATH, "
        + "gdb:HOST:PORT, or core:FILE (a dump, or core:NAME of an instance that ended).",
      valueName: "TARGET"))
  var target: String?

  @Option(
    help: ArgumentHelp(
      "The ELF file with symbols, where the build id does not find them.", valueName: "FILE"))
  var symbols: String?
}
