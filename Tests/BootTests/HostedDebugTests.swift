// Stock gdb and perf, and our own prompt, find their way in applications that are Linux processes.

import Foundation
import Launcher
import TestSupport
import Testing

@Suite("Debugging a process", .serialized, .timeLimit(.minutes(20)))
struct HostedDebugTests {
  let bench = Workbench()

  @Test("gdb breaks in a fiber by name and shows its whole stack")
  func fiber() throws {
    let path = try #require(HostedImage.build("FiberChecks")).symbols
    let result = bench.shell(
      """
      printf p | gdb -nx -batch -ex 'set breakpoint pending off' \
        -ex 'rbreak ^.*FiberChecks.*badInner' -ex run -ex bt '\(path)' 2>&1
      """)
    let rows = result.output.split(separator: "\n").filter { $0.hasPrefix("#") }
    #expect(rows.first?.contains("badInner") == true, "\(result.output)")
    #expect(rows.dropFirst().first?.contains("badOuter") == true)
    #expect(rows.last?.contains("fiber_entry") == true)
    #expect(rows.count >= 5 && !result.output.contains("Backtrace stopped"))
  }

  @Test("gdb breaks by name and by line; each frame of the application has its line")
  func frames() throws {
    let path = try #require(HostedImage.build("Heartbeat")).symbols
    let line = try #require(Self.line(of: "func squeeze("))
    for place in ["rbreak Heart.*squeeze", "break Heartbeat.swift:\(line)"] {
      let result = bench.run([
        "gdb", "-nx", "-batch", "-ex", "set breakpoint pending off", "-ex", place, "-ex", "run",
        "-ex", "bt", path,
      ])
      let rows = result.output.split(separator: "\n").filter { $0.hasPrefix("#") }
      for (row, function) in zip(rows, ["squeeze", "contract", "systole", "cycle", "beat"]) {
        let place = try #require(Self.line(of: "func \(function)("))
        // The function's first line or one soon after it.
        let after = row.components(separatedBy: "/Samples/Heartbeat/Heartbeat.swift:").last ?? ""
        #expect(row.contains(function), "\(row)")
        #expect(Int(after).map { (place...place + 3).contains($0) } == true, "\(row)")
      }
      #expect(rows.count >= 10 && rows.last?.contains("Heartbeat_main") == true, "\(rows)")
    }
  }

  @Test("our prompt does so through gdbserver, with the stripped program's symbols from the cache")
  func ours() throws {
    let built = bench.porthole("build", "Heartbeat", "--arch", "host", milliseconds: 900_000)
    let path = String(built.output.dropLast())
    let socket = bench.folder + "/port"
    let server = try #require(
      bench.start(
        ["gdbserver", "--once", "localhost:0", path], output: bench.folder + "/out", talk: socket))
    var port: Substring?
    #expect(
      bench.waits {
        port =
          Files.text(socket)?.split(separator: "\n")
          .first { $0.hasPrefix("Listening on port ") }?.split(separator: " ").last
        return port != nil
      })
    let result = bench.porthole(
      "repl", "gdb:localhost:\(port ?? "")", "--batch", "-ex", "break Heart.squeeze",
      "-ex", "continue", "-ex", "bt", "-ex", "kill")
    #expect(
      result.output.contains("#1") && result.output.contains(" in Heart.contract(_:) "),
      "\(result.output)\(result.talk)")
    kill(server.pid, SIGTERM)
  }

  /// Why perf cannot be tried here; nil if it can.
  static let perfIsRefused: String? = {
    let bench = Workbench()
    let tried = bench.run(
      ["perf", "record", "-q", "-e", "cpu-clock", "-o", bench.folder + "/data", "true"])
    return tried.status == 0 ? nil : "perf cannot record here: \(tried.talk)"
  }()

  @Test(
    "perf names the functions in proportion to their work, with the stack above",
    .disabled(if: perfIsRefused != nil, "\(perfIsRefused ?? "")"))
  func perf() throws {
    let path = try #require(HostedImage.build("Heartbeat")).symbols
    let data = bench.folder + "/data"
    _ = bench.shell(
      "perf record -q -e cpu-clock -F 999 -g -o '\(data)' timeout -s INT 3 '\(path)' 2>&1")
    let report = bench.run(
      [
        "perf", "report", "-i", data, "--stdio", "--no-children", "-g", "none", "--comm",
        "Heartbeat.elf",
      ])
    // The sample's known answer, of the time that is its own: 70, 20 and 10 of a hundred.
    let shares = ["ventricles", "squeeze", "circulate"].map { name in
      report.output.split(separator: "\n").first { $0.contains(name) }?
        .split(separator: "%").first.flatMap { Double($0.filter { $0 != " " }) } ?? 0
    }
    let sum = shares.reduce(0, +)
    #expect(sum > 80, "\(report.output.prefix(2000))")
    for (share, known) in zip(shares, [70.0, 20, 10]) {
      #expect(abs(share * 100 / sum - known) < 5, "\(shares)")
    }
    let stacks = bench.run(["perf", "script", "-i", data, "-F", "ip,sym"]).output
    let beats = stacks.components(separatedBy: "\n\n").filter { $0.contains("ventricles") }
    #expect(beats.count > 100)
    let whole = beats.filter { $0.contains("4beat") && $0.contains("Heartbeat_main") }
    #expect(whole.count * 10 > beats.count * 9, "\(beats.first ?? "")")
  }

  /// The line of Heartbeat's source on which a text first stands.
  private static func line(of text: String) -> Int? {
    let source = Files.text(Workbench.root + "/Samples/Heartbeat/Heartbeat.swift") ?? ""
    return source.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.contains(text) }.map { $0 + 1 }
  }
}
