// The tool's entry point: parses the command line, runs one command, and turns whatever ends it
// into the exit status of the contract. Commands are in files of their own.

internal import ArgumentParser
internal import Glibc

@main
struct Porthole: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "porthole",
    abstract: "A window into running kernels: boot them, look inside, debug them.",
    discussion: """
      Porthole builds applications together with the library kernel they need,
      boots them in QEMU, and shows what goes on inside from a terminal.

        porthole new Blinker             a package for an application of your own
        porthole demo                    build a sample, boot it, look into it
        porthole run Heartbeat --detach  boot a sample in the background
        porthole attach heartbeat        open the dashboard on it
        porthole top heartbeat           where its time goes, undisturbed
        porthole profile heartbeat       the stacks that take it
        porthole log heartbeat           its log, dead or alive
        porthole dump heartbeat -o F     an ELF core of it, for core:F and for gdb
        porthole record heartbeat -o F   what it tells over time, for recording:F
        porthole lint heartbeat          what looks wrong
        porthole repl heartbeat          only the prompt, with gdb's commands
        porthole stop heartbeat          end it

      Exit status: 0 done, 1 asked and the answer is no (or it failed), 2 usage,
      3 nothing there to attach to, 4 the target died or panicked, 5 refused by the
      target, 124 time-out, 130 interrupted.
      """,
    version: "porthole 0.1",
    subcommands: [
      DemoCommand.self, NewCommand.self, BuildCommand.self, RunCommand.self, PsCommand.self,
      StopCommand.self,
      AttachCommand.self, ReplCommand.self, BacktraceCommand.self,
      TopCommand.self, CountersCommand.self, EventsCommand.self, MemoryCommand.self,
      NetCommand.self,
      LogCommand.self, ProfileCommand.self, TraceCommand.self, LintCommand.self,
      WaitForCommand.self, ExportCommand.self, DumpCommand.self, RecordCommand.self,
      ManualCommand.self,
    ])

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      finish(with: error)
    }
    Glibc.exit(0)
  }

  /// Prints what an error has to say and exits with its status.
  private static func finish(with error: any Error) -> Never {
    if let failure = Failure(error) {
      if !failure.message.isEmpty { Talk.line("porthole: \(failure.message)") }
      Glibc.exit(failure.status.rawValue)
    }
    let message = fullMessage(for: error)
    guard exitCode(for: error) == .success else {
      Talk.line(message)
      Glibc.exit(ExitStatus.usage.rawValue)
    }
    Output.text(message + "\n")
    Glibc.exit(0)
  }
}
