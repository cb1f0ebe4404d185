// A real terminal for the real tool: a tmux server of the test's own, with one shell in it.

import Glibc
import Launcher
import TestSupport
import Testing

/// A terminal with an interactive shell, driven by keys and read as text.
final class Tmux {
  private let bench: Workbench
  private let server: [String]

  init(_ bench: Workbench, columns: Int = 100, rows: Int = 32) throws {
    self.bench = bench
    server = ["tmux", "-S", bench.folder + "/tmux", "-f", "/dev/null"]
    let shell = "env PS1=READY: TERM=screen-256color LC_ALL=C.UTF-8 sh -i"
    let result = bench.run(
      server + ["new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", shell])
    try #require(result.status == 0, "\(result.talk)")
    try #require(shows("READY:"))
  }

  deinit { _ = bench.run(server + ["kill-server"]) }

  /// Types keys as tmux names them; text is typed as it stands.
  func type(_ keys: String...) { _ = bench.run(server + ["send-keys", "-t", ":0"] + keys) }

  /// The characters on the screen, without the spaces at line ends.
  var screen: String { bench.run(server + ["capture-pane", "-p", "-t", ":0"]).output }

  /// Whether a program shows its own screen instead of the shell's.
  var isAlternate: Bool {
    let answer = bench.run(server + ["display-message", "-p", "-t", ":0", "#{alternate_on}"])
    return answer.output == "1\n"
  }

  /// What the terminal is like for the shell: its settings, and the modes that a program set.
  var modes: String {
    let flags = [
      "alternate_on", "cursor_flag", "mouse_any_flag", "mouse_sgr_flag", "keypad_flag",
      "keypad_cursor_flag", "insert_flag",
    ]
    let format = flags.map { "\($0)=#{\($0)} " }.joined() + "#{pane_tty}"
    let answer = bench.run(server + ["display-message", "-p", "-t", ":0", format]).output
    let terminal = answer.split(whereSeparator: { $0 == " " || $0 == "\n" }).last ?? ""
    return answer + bench.run(["stty", "-a", "-F", String(terminal)]).output
  }

  /// Empties the screen and what was scrolled off it.
  func clear() {
    type("clear", "Enter")
    _ = bench.waits { screen.split(separator: "\n") == ["READY:"] }
  }

  func resize(columns: Int, rows: Int) {
    _ = bench.run(server + ["resize-window", "-t", ":0", "-x", "\(columns)", "-y", "\(rows)"])
  }

  /// Waits until the screen holds `text`.
  func shows(_ text: String, milliseconds: Int = 20_000) -> Bool {
    bench.waits(milliseconds: milliseconds) { screen.contains(text) }
  }

  /// Whether the shell is back and its terminal in order: what is typed is echoed and run.
  func isRestored(_ mark: String) -> Bool {
    guard bench.waits(until: { !isAlternate }) else { return false }
    type("echo $((6*7))\(mark)", "Enter")
    return shows("42\(mark)") && screen.contains("echo $((6*7))\(mark)")
  }
}
