// Each format is read back by a program that is not ours (readers.py says which).

import Exchange
import Glibc
import JSON
import Profiling
import TestSupport
import Testing

@Suite("Profile formats")
struct ProfileFormatTests {
  /// Names that could break a format, and frames of every kind.
  static let hostile = "a;b \"c\"\n\u{1b}[31m\u{202e}é😀(x) 7"

  static let leaf = ProfileFrame(
    function: "squeeze(_:)", file: "/src/Heart.swift", line: 41, isInlined: true,
    address: 0x10_e836, start: 0x10_e830)
  static let around = ProfileFrame(
    function: "contract(_:)", file: "/src/Heart.swift", line: 40, address: 0x10_e836,
    start: 0x10_e7e0)
  static let outer = ProfileFrame(function: hostile, address: 0x10_0010, start: 0x10_0000)
  static let nameless = ProfileFrame(function: "0x123456", address: 0x12_3456)

  static let profile = ExportedProfile(
    name: "heart beat", buildID: "630d2fe0", rate: 1000,
    stacks: [
      ExportedStack(activity: .running, count: 70, frames: [leaf, around, outer]),
      ExportedStack(activity: .running, count: 5, frames: [nameless, .missing, outer]),
      ExportedStack(activity: .idle, count: 30, frames: [around, outer]),
      ExportedStack(activity: .waiting, count: 9, frames: [outer, .missing]),
    ])

  struct Reader {
    static let python =
      access(Workbench.root + "/.build/readers/bin/python3", X_OK) == 0
      ? Workbench.root + "/.build/readers/bin/python3" : "/usr/bin/python3"

    /// What the reader of a format finds in these bytes.
    static func objects(_ format: ProfileFormat, _ bytes: [UInt8]) throws -> [JSONValue] {
      try objects(format.rawValue, bytes)
    }

    /// What the reader of this name finds.
    static func objects(_ format: String, _ bytes: [UInt8]) throws -> [JSONValue] {
      let bench = Workbench()
      let path = bench.folder + "/profile"
      let file = try #require(fopen(path, "w"))
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
      let result = bench.run(
        [python, Workbench.root + "/Tests/ExchangeTests/readers.py", format, path])
      try #require(result.status == 0, "\(result.talk)")
      return try result.output.split(separator: "\n").map { try JSONValue.parse(text: String($0)) }
    }
  }

  /// Own samples and all samples by function, as gprof2dot adds them up.
  private func sums(_ format: ProfileFormat) throws -> [String: [Int]] {
    var sums: [String: [Int]] = [:]
    for object in try Reader.objects(format, format.bytes(of: Self.profile)) {
      let name = try #require(object["name"]?.string)
      sums[name] = [object["own"]?.integer ?? -1, object["all"]?.integer ?? -1]
    }
    return sums
  }

  @Test("collapsed stacks: sums by function, inlined marked, idle one frame, waiting left out")
  func collapsed() throws {
    let sums = try sums(.collapsed)
    let hostile = try #require(sums.keys.first { $0.hasPrefix("a:b") })
    #expect(!hostile.contains("\u{1b}") && !hostile.contains("\n"))
    #expect(
      sums == [
        "squeeze(_:)_[i]": [70, 70], "contract(_:)": [0, 70], hostile: [0, 75], "[idle]": [30, 30],
        "0x123456": [5, 5], "[...]": [0, 5],
      ])
    let waiting = ProfileFormat.collapsed.bytes(of: Self.profile, [.waiting])
    #expect(String(decoding: waiting, as: UTF8.self).hasPrefix("[...];a:b"))
  }

  @Test("perf script: an event a sample, three threads, inlined frames as perf writes them")
  func perf() throws {
    let sums = try sums(.perf)
    let hostile = try #require(sums.keys.first { $0.hasPrefix("a;b") })
    #expect(
      sums == [
        "squeeze(_:)": [70, 70], "contract(_:)": [30, 100], hostile: [9, 114],
        "123456": [5, 5], "[...]": [0, 14],
      ])
    let text = String(decoding: ProfileFormat.perf.bytes(of: Self.profile), as: UTF8.self)
    for line in [
      "heart_beat-running 1/1 [000] 0.000000: 1000000 cpu-clock:",
      "heart_beat-idle 1/2 [000] 0.029000: 1000000 idle:",
      "\t          10e836 squeeze(_:) (inlined)",
      "\t          10e836 contract(_:)+0x56 (image)",
    ] { #expect(text.contains(line + "\n"), "\(line) in \(text.prefix(600))") }
  }

  @Test("perf script of a long profile: events stand for several samples, and their periods say so")
  func longPerf() {
    var long = Self.profile
    long.stacks = [ExportedStack(activity: .running, count: 1_000_001, frames: [Self.nameless])]
    let text = String(decoding: ProfileFormat.perf.bytes(of: long), as: UTF8.self)
    let periods = text.split(separator: "\n").filter { $0.hasSuffix("cpu-clock:") }
      .compactMap { Int($0.split(separator: " ").dropLast().last ?? "") }
    #expect(periods.count <= 200_000)
    #expect(periods.reduce(0, +) == 1_000_001 * 1_000_000)
  }

  /// The stacks that a reader found: activity, frames innermost first as name, file, line.
  private func stacks(_ objects: [JSONValue]) -> [String] {
    objects.filter { $0["activity"] != nil }.map { object in
      let frames = (object["frames"]?.array ?? []).map { frame in
        (frame.array ?? []).prefix(3).map { $0.string ?? "\($0.integer ?? -1)" }
          .joined(separator: "|")
      }
      return (object["activity"]?.string ?? "") + ": " + frames.joined(separator: " < ")
    }
    .sorted()
  }

  private static func expected(inlined mark: String = "") -> [String] {
    [
      "running: squeeze(_:)\(mark)|/src/Heart.swift|41 < contract(_:)|/src/Heart.swift|40 < \(hostile)||0",
      "running: 0x123456||0 < [...]||0 < \(hostile)||0",
      "idle: contract(_:)|/src/Heart.swift|40 < \(hostile)||0",
      "waiting: \(hostile)||0 < [...]||0",
    ].sorted()
  }

  @Test("pprof: locations with inlined functions, a value for each activity")
  func pprof() throws {
    let bytes = ProfileFormat.pprof.bytes(of: Self.profile)
    let objects = try Reader.objects(.pprof, bytes)
    #expect(objects.first?["period"]?.integer == 1_000_000)
    #expect(objects.first?["build"]?.string == "630d2fe0")
    #expect(stacks(objects) == Self.expected())
    let values = objects.dropFirst().map { ($0["values"]?.array ?? []).map { $0.integer ?? -1 } }
    #expect(
      values.sorted { $0[0] > $1[0] } == [
        [70, 0, 0, 70_000_000], [30, 30_000_000, 0, 0], [5, 0, 0, 5_000_000], [0, 0, 9, 0],
      ])
    let hot = objects.first { $0["values"]?.array?.first?.integer == 70 }
    let leaf = hot?["frames"]?.array?.first?.array
    #expect(leaf?[3].bool == true && leaf?[4].integer == 0x10_e836)
  }

  @Test("speedscope: a profile for each activity")
  func speedscope() throws {
    let objects = try Reader.objects(.speedscope, ProfileFormat.speedscope.bytes(of: Self.profile))
    #expect(stacks(objects) == Self.expected(inlined: " [inlined]"))
    let weights = objects.compactMap { $0["weight"]?.integer }.sorted()
    #expect(weights == [9, 5_000_000, 30_000_000, 70_000_000])
  }

  @Test("Firefox: the core and who waits are threads, categories tell idle from running")
  func firefox() throws {
    let objects = try Reader.objects(.firefox, ProfileFormat.firefox.bytes(of: Self.profile))
    #expect(stacks(objects) == Self.expected())
    #expect(objects.compactMap { $0["weight"]?.integer }.sorted() == [5, 9, 30, 70])
    let hot = objects.first { $0["weight"]?.integer == 70 }
    let depths = hot?["frames"]?.array?.map { $0.array?[3].integer }
    #expect(depths == [1, 0, 0])
    #expect(
      Set(objects.compactMap { $0["thread"]?.string }) == ["core 0", "waiting"])
  }

  @Test(
    "a profile without samples is a file that its readers take", arguments: ProfileFormat.allCases)
  func empty(_ format: ProfileFormat) throws {
    let none = ExportedProfile(name: "none", rate: 0, stacks: [])
    let objects = try Reader.objects(format, format.bytes(of: none))
    #expect(objects.filter { $0["activity"] != nil }.isEmpty)
  }
}
