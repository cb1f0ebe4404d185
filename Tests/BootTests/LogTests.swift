// The log ring survives a reset: the next boot says how the one before it ended, and the records
// in guest memory are what was logged. The records are read here by the layout's page, from the
// RAM that QEMU shares, on the page behind the image that begins with the magic bytes.

import Bytes
import Glibc
import Launcher
import TestSupport
import Testing

/// A valid record of a log ring.
struct FoundRecord {
  var number: UInt64
  var kind: UInt8
  var level: UInt8
  var boot: UInt32
  var nanoseconds: UInt64
  var value: UInt32
  var text: String

  /// All valid records of the ring in a guest's memory, in order.
  static func all(in memory: [UInt8]) -> [FoundRecord] {
    func number<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
      memory[offset..<(offset + T.bitWidth / 8)].reversed().reduce(0) { $0 << 8 | T($1) }
    }
    let pages = stride(from: 0x10_0000, to: memory.count, by: 4096)
    let magic = Array("PORTHLOG".utf8)
    guard let start = pages.first(where: { memory[$0...].starts(with: magic) }) else { return [] }
    let count = Int(number(start + 12, UInt32.self))
    let slots = (0..<count).map { start + 256 + $0 * 128 }
    return slots.compactMap { at -> FoundRecord? in
      let length = Int(memory[at + 6])
      guard length <= 96 else { return nil }
      let hash = memory[(at + 4)..<(at + 32 + length)].reduce(2_166_136_261 as UInt32) {
        ($0 ^ UInt32($1)) &* 16_777_619
      }
      guard hash == number(at, UInt32.self) else { return nil }
      let text = String(decoding: memory[(at + 32)..<(at + 32 + length)], as: UTF8.self)
      return FoundRecord(
        number: number(at + 8, UInt64.self), kind: memory[at + 4], level: memory[at + 5],
        boot: number(at + 24, UInt32.self), nanoseconds: number(at + 16, UInt64.self),
        value: number(at + 28, UInt32.self), text: text)
    }.sorted { $0.number < $1.number }
  }
}

@Suite("Log over a reset", .serialized, .timeLimit(.minutes(20)))
struct LogTests {
  /// A faulting guest that boots again after a panic or reset, and the pipe to its console.
  private final class Guest {
    let bench = Workbench()
    let image: TestImage
    private var input: Int32 = -1
    private(set) var instance: Instance

    init(_ machine: MachineType) throws {
      image = try #require(TestImage.build("Faults"))
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      defer { close(ends[0]) }
      let run = bench.start(
        [
          Workbench.tool, "run", image.path, "--name", "mortal", "--memory", "8",
          "--machine", machine.rawValue, "--on-panic", "reboot",
        ], input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err")
      _ = try #require(run)
      let folder = bench.folder
      #expect(bench.waits { Files.text(folder + "/out")?.contains("ready") == true })
      instance = try bench.registry.instance(named: "mortal")
      input = ends[1]
    }

    deinit { close(input) }

    var text: String { Files.text(bench.folder + "/out") ?? "" }

    /// Waits until the `count`th boot is ready.
    func waitForBoot(_ count: Int) -> Bool {
      bench.waits { text.split(separator: "\n").count { $0 == "ready" } == count }
    }

    func type(_ keys: String) { #expect(Files.write(Array(keys.utf8), to: input)) }

    /// What the console says to `keys`, once it says `expected`.
    func says(_ keys: String, _ expected: String) -> Bool {
      type(keys)
      return bench.waits { text.contains(expected) }
    }

    func records() throws -> [FoundRecord] {
      FoundRecord.all(in: try #require(Files.read(instance.memoryFile)))
    }

    func reset() throws {
      _ = try instance.withMonitor(milliseconds: 5000) { monitor throws(LaunchError) in
        try monitor.execute("system_reset", milliseconds: 5000)
      }
    }
  }

  @Test("the boot after a panic tells its cause", arguments: MachineType.allCases)
  func panic(machine: MachineType) throws {
    let guest = try Guest(machine)
    #expect(guest.says("e", "previous end: none"))
    guest.type("n")
    #expect(guest.waitForBoot(2))
    let cause = "page fault (vector 14, error 0x0000): read from 0x0000000000000008, null page"
    #expect(guest.text.contains("previous boot ended by panic: \(cause)\n"))
    #expect(guest.says("e", "previous end: panic \(cause)"))
    // The report itself is in the ring: the cause, then the registers and every row of the stack.
    let records = try guest.records()
    let panics = records.filter { $0.kind == 4 }
    #expect(panics.map(\.text) == [cause] && panics.map(\.boot) == [1])
    #expect(panics.allSatisfy { $0.nanoseconds > 1_000_000 })
    let details = records.filter { $0.kind == 5 }.map(\.text).joined(separator: " ")
    let report = guest.text.split(separator: "\n", omittingEmptySubsequences: true)
    let rows = report.filter { $0.hasPrefix("  #") || $0.hasPrefix(" #") || $0.hasPrefix("rip ") }
    #expect(rows.count > 4)
    for row in rows { #expect(details.contains(row), "“\(row)” is not in: \(details)") }
    #expect(records.filter { $0.kind == 1 }.map(\.boot) == [1, 2])
    #expect(records.first?.text == guest.instance.buildID?.description)
  }

  @Test("a hang that is reset from outside ended without saying", arguments: MachineType.allCases)
  func hang(machine: MachineType) throws {
    let guest = try Guest(machine)
    #expect(guest.says("A", "echo 65"))
    #expect(guest.says("zh", "echo 122"))
    usleep(50_000)
    try guest.reset()
    #expect(guest.waitForBoot(2))
    #expect(guest.text.contains("previous boot ended without saying why\n"))
    #expect(guest.says("e", "previous end: unknown"))
  }

  @Test(
    "a guest that resets itself boots again, and nothing was wrong", arguments: MachineType.allCases
  )
  func reset(machine: MachineType) throws {
    let guest = try Guest(machine)
    guest.type("R")
    #expect(guest.waitForBoot(2))
    #expect(guest.says("e", "previous end: reset"))
    #expect(!guest.text.contains("previous boot ended"))
  }

  @Test("lines of all levels are in the ring, those that matter on the console")
  func levels() throws {
    let guest = try Guest(.microvm)
    #expect(guest.says("l", "echo 108"))
    let records = try guest.records().filter { $0.kind == 0 }
    let texts = ["all 108 is lost", "beware", "take note", "you may know", "nobody cares"]
    #expect(records.map(\.text) == texts)
    #expect(records.map(\.level) == [0, 1, 2, 3, 4])
    let lines = guest.text.split(separator: "\n").filter { $0.hasPrefix("[") }
    #expect(lines.count == 3)
    for (line, words) in zip(
      lines, ["error: all 108 is lost", "warning: beware", "notice: take note"])
    {
      #expect(line.hasSuffix("] " + words))
      let seconds = line.dropFirst().prefix { $0 != "]" }
      #expect(seconds.split(separator: ".").last?.count == 6 && Double(seconds) != nil, "\(line)")
    }
  }
}
