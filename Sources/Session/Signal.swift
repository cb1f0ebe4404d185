/// Names of the GDB remote protocol's signal numbers, which are its own on every target.
enum Signal {
  private static let names: [Int: (String, String)] = [
    1: ("SIGHUP", "Hangup"), 2: ("SIGINT", "Interrupt"), 3: ("SIGQUIT", "Quit"),
    4: ("SIGILL", "Illegal instruction"), 5: ("SIGTRAP", "Trace/breakpoint trap"),
    6: ("SIGABRT", "Aborted"), 7: ("SIGEMT", "Emulation trap"),
    8: ("SIGFPE", "Arithmetic exception"), 9: ("SIGKILL", "Killed"), 10: ("SIGBUS", "Bus error"),
    11: ("SIGSEGV", "Segmentation fault"), 12: ("SIGSYS", "Bad system call"),
    13: ("SIGPIPE", "Broken pipe"), 14: ("SIGALRM", "Alarm clock"),
    15: ("SIGTERM", "Terminated"), 16: ("SIGURG", "Urgent I/O condition"),
    17: ("SIGSTOP", "Stopped (signal)"), 18: ("SIGTSTP", "Stopped (user)"),
    19: ("SIGCONT", "Continued"), 20: ("SIGCHLD", "Child status changed"),
    30: ("SIGUSR1", "User defined signal 1"), 31: ("SIGUSR2", "User defined signal 2"),
  ]

  /// Returns `SIGSEGV, Segmentation fault`, or `59` for a number without a name here.
  static func description(of number: Int) -> String {
    guard let (name, text) = names[number] else { return "\(number)" }
    return "\(name), \(text)"
  }
}
