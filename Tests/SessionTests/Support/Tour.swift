// A program in C that has something of everything a stepper meets, gdb's own walk through it, and
// ours through gdbserver.

import Bytes
import Glibc
import Inspect
import RemoteTarget
import Session
import Symbols
import Synchronization
import Testing

enum Tour {
  static let source = """
    #include <stdlib.h>
    volatile int sink;
    int leaf(int n) {
      sink += n;
      return n + 1;
    }
    static inline __attribute__((always_inline)) int twice(int n) {
      int m = n * 2;
      sink += m;
      return m + 1;
    }
    int fact(int n) {
      if (n < 2)
        return 1;
      int rest = fact(n - 1);
      return n * rest;
    }
    int apply(int (*f)(int), int n) {
      return f(n) + 1;
    }
    int main(void) {
      int a = leaf(1);
      int b = leaf(2) + leaf(3);
      int c = twice(a) + b;
      int d = fact(4);
      for (int i = 0; i < 3; i++)
        sink += i;
      int e = apply(leaf, d);
      return (a + b + c + d + e) & 1;
    }
    """

  private static let built = Mutex<[String: String]>([:])

  /// Compiles the program with some flags, once; its path.
  static func build(_ flags: String) -> String {
    built.withLock { known in
      if let path = known[flags] { return path }
      let folder = shell("mktemp -d /tmp/porthole-tour-XXXXXX").trimmed
      let file = "\(folder)/tour.c"
      if let stream = fopen(file, "w") {
        fputs(source, stream)
        fclose(stream)
      }
      let path = "\(folder)/tour"
      _ = shell("cd \(folder) && clang \(flags) -Wl,--build-id -o \(path) tour.c")
      known[flags] = path
      return path
    }
  }

  /// Where gdb stands after each of some commands: `function:line`.
  static func walkOfGDB(_ program: String, _ commands: [String]) -> [String] {
    let steps = commands.map { " -ex '\($0)' -ex 'frame'" }.joined()
    let output = shell(
      "exec </dev/null; timeout -s KILL 60 gdb -nx -q -batch -ex 'set width 0'\(steps) \(program)")
    return output.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("#0 ") else { return nil }
      return place(String(line))
    }
  }

  /// Reads `#0  0x55.. in leaf (n=1) at tour.c:4`.
  private static func place(_ line: String) -> String? {
    var words = line.split(separator: " ").dropFirst().map(String.init)
    if words.first?.hasPrefix("0x") == true, words.count > 2 { words.removeFirst(2) }
    guard let function = words.first else { return nil }
    let last = words.last ?? ""
    let number = last.contains(":") ? last.split(separator: ":").last.map(String.init) : nil
    return "\(function):\(number ?? "0")"
  }

  /// Runs a shell command and returns what it printed; its errors are dropped.
  static func shell(_ command: String) -> String {
    // The test runner's threads block all signals, and children inherit that: gdb and gdbserver
    // would wait for their children for ever.
    var none = sigset_t()
    var old = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &old)
    defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
    // Safety: the stream is popen's own, read to its end and closed once.
    guard let stream = popen("(" + command + ") 2>/dev/null", "r") else { return "" }
    defer { pclose(stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, stream)
      if count == 0 { break }
      output.append(contentsOf: chunk[..<count])
    }
    return String(decoding: output, as: UTF8.self)
  }
}

/// A program under gdbserver, and a session on it.
final class TourSession {
  let session: Session
  let target: RemoteTarget
  private let server: pid_t
  /// Whether the program was let go; before, gdb has no process and so no frame.
  private var hasRun = false

  init(_ program: String) throws {
    let log = Tour.shell("mktemp /tmp/porthole-tour-log-XXXXXX").trimmed
    let id = Tour.shell(
      "gdbserver localhost:0 \(program) >/dev/null 2>\(log) </dev/null & echo $!")
    server = try #require(pid_t(id.trimmed))
    var port: UInt16?
    for _ in 0..<1000 where port == nil {
      let words = Tour.shell("grep -o 'port [0-9]*' \(log)").trimmed.split(separator: " ")
      port = words.last.flatMap { UInt16($0) }
      if port == nil { usleep(10_000) }
    }
    unlink(log)
    target = try RemoteTarget.attach(
      to: .tcp(host: "localhost", port: try #require(port)), name: "tour", guarding: .none)
    session = Session(
      target: target, symbols: try SymbolFile(path: String(program.prefix { $0 != " " })))
  }

  deinit {
    try? target.kill()
    kill(server, SIGKILL)
  }

  /// Does one of gdb's commands; where the target stands then.
  func perform(_ command: String) throws -> String? {
    let words = command.split(separator: " ").map(String.init)
    let rest = words.dropFirst().joined(separator: " ")
    let count = Int(rest) ?? 1
    switch words.first {
    case "break", "tbreak":
      _ = try session.add(.location(try .parse(rest)), isTemporary: words.first == "tbreak")
      return hasRun ? try place() : nil
    case "run", "continue": return try go(.cont(ignore: count))
    case "step": return try go(.stepLine(count))
    case "next": return try go(.nextLine(count))
    case "stepi": return try go(.stepInstruction(count))
    case "nexti": return try go(.nextInstruction(count))
    case "finish": return try go(.finish)
    case "until": return try go(.until(rest.isEmpty ? nil : try .parse(rest)))
    case "advance": return try go(.advance(try .parse(rest)))
    default: Issue.record("no such command: \(command)")
    }
    return nil
  }

  private func place() throws -> String {
    let frame = try session.backtrace(limit: 1).first
    return "\(frame?.function ?? "?"):\(frame?.line ?? 0)"
  }

  private func go(_ motion: Motion) throws -> String? {
    hasRun = true
    try session.start(motion)
    for _ in 0..<200 {
      guard let event = try session.pump(milliseconds: 50) else { continue }
      guard case .stopped = event else { return "\(event)" }
      return try place()
    }
    return "no stop"
  }
}

extension String {
  var trimmed: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
