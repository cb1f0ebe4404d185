// What a guest tells of itself, read by a client that was written from the specification alone
// (Tests/TelemetryTests/reader.py): over the agent's link and from the guest's memory, against what
// the guest prints.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

@Suite("Telemetry of a guest", .serialized, .timeLimit(.minutes(15)))
struct TelemetryGuestTests {
  /// What the reader has read.
  fileprivate struct Reading {
    let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    func entries(_ name: String) -> [JSONValue] {
      (json["entries"]?.array ?? []).compactMap { entry in
        guard let parts = entry.array, parts.count == 3, parts[0].string == name else { return nil }
        return parts[2]
      }
    }

    func value(_ name: String) -> Int? { entries(name).first?.integer }

    func rows(_ name: String) -> [JSONValue] { entries(name).flatMap { $0.array ?? [] } }

    func link(_ name: String) -> Int? { json["link"]?[name]?.integer }
  }

  /// Compares a reading with the lines that the guest has printed of itself.
  private func compare(_ reading: Reading, _ lines: [Substring]) {
    var handlers = reading.rows("handlers")[...]
    var known = 0
    for line in lines {
      let words = line.split(separator: " ")
      let numbers = words.dropFirst().compactMap { Int($0) }
      guard let name = words.first else { continue }
      switch name {
      case "handler":
        let row = handlers.popFirst()
        #expect(row?["name"]?.string == String(words[1]))
        var told = [row?["runs"]?.integer]
        for part in ["delay", "run"] {
          for figure in ["p50", "p99", "maximum", "total"] {
            told.append(row?[part]?[figure]?.integer)
          }
        }
        #expect(told == numbers, "\(line)")
      case "class":
        let row = reading.rows("heap.classes").first { $0["size"]?.integer == numbers[0] }
        #expect(row?["live"]?.integer == numbers[1], "\(line)")
      case "depth": #expect(reading.value("test.depth") == -numbers[0])
      case "fibers": #expect(reading.rows("fibers").count == numbers[0])
      default:
        guard let value = reading.value(String(name)) else { continue }
        #expect(value == numbers.first, "\(line)")
      }
      known += 1
    }
    #expect(known >= 14 && handlers.isEmpty)
  }

  @Test("over the link, from memory, and on the console the guest says the same")
  func told() throws {
    let guest = try ToldGuest()
    try guest.type("l", until: "logged")
    let idle = try guest.read("stream", "agent", "10", "2")
    #expect(idle.link("lost") == 0 && idle.link("unkept") == 0)
    #expect(idle.json["link"]?["silent"]?.bool == true, "frames after the client's leave")
    #expect((idle.link("longestFrame") ?? 9999) <= 1024)
    #expect(idle.rows("log").last?["text"]?.string == "line 9")
    #expect((idle.value("test.ticks") ?? 0) > 10)
    let names = Set(idle.rows("fibers").compactMap { $0["name"]?.string })
    #expect(names == ["sleeper", "waiter"])

    try guest.type("m", until: "many")
    let many = try guest.read("stream", "agent", "2", "6")
    #expect(many.entries("test.many").count == 200 && many.link("unkept") == 0)
    // BUDGETS A6: 4 kB a second at 2 Hz with 200 counters, all of which change.
    let rate = try #require(many.link("bytesPerSecond"))
    #expect(rate > 200 && rate <= 4000, "\(rate)")

    // It prints what it knows, then works for ever: nothing changes, and still it tells.
    try guest.type("p", until: "told\n")
    let lines = guest.console.split(separator: "\n")
    let begin = try #require(lines.lastIndex { $0.hasPrefix("test.ticks") })
    let hung = try guest.read("stream", "agent", "10", "4")
    compare(hung, Array(lines[begin...]))
    let memory = try guest.read("ram", "ram")
    compare(memory, Array(lines[begin...]))
    #expect(memory.json["buildID"]?.string == hung.json["buildID"]?.string)
    #expect(hung.value("core.0.handler") == 4)
  }
}

extension ToldGuest {
  /// Runs the reader: `stream` or `ram`, on the guest's file of this name.
  fileprivate func read(_ mode: String, _ file: String, _ options: String...) throws
    -> TelemetryGuestTests.Reading
  {
    let script = Workbench.root + "/Tests/TelemetryTests/reader.py"
    let path = bench.folder + "/run/porthole/told/" + file
    let result = bench.run(["python3", script, mode, path] + options)
    try #require(result.status == 0, "\(result.talk)")
    return TelemetryGuestTests.Reading(try JSONValue.parse(text: result.output))
  }
}
