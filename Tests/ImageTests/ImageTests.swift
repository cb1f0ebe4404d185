// What every image must be like, whatever the application: sealed, identified, stripped, small.

import Testing

@Suite("Images", .serialized)
struct ImageTests {
  static let images = ["Hello", "HelloAsync", "Heartbeat"].flatMap { product in
    ["debug", "release"].map { (product, $0) }
  }

  @Test("No page can be both written and executed", arguments: images)
  func rights(_ product: String, _ configuration: String) throws {
    let loaded = try BuiltImage.of(product, configuration).stripped.segments.filter(\.isLoaded)
    #expect(loaded.count == 3)
    for segment in loaded { #expect(!(segment.isWritable && segment.isExecutable)) }
    for (one, other) in zip(loaded, loaded.dropFirst()) {
      #expect(one.pages.upperBound <= other.pages.lowerBound, "segments share a page")
    }
  }

  @Test("The image is loaded from 1 MiB on, where it is linked, and fits its smallest machine")
  func place() throws {
    for (product, configuration) in Self.images {
      let image = try BuiltImage.of(product, configuration).stripped
      let loaded = image.segments.filter(\.isLoaded)
      #expect(loaded.map(\.address).min() == 0x10_0000)
      for segment in loaded { #expect(segment.address == segment.physical) }
      #expect(loaded.contains { $0.isExecutable && $0.pages.contains(image.entry / 4096) })
      // 896 KiB are left above 1 MiB with `-m 2` on pc and q35, 2,944 with `-m 4`, which is what an
      // image for debugging may ask for; the heap wants some of them.
      let room: UInt64 = configuration == "release" ? 704 : 2048
      let end = loaded.map { $0.address + $0.memorySize }.max() ?? .max
      #expect(end < 0x10_0000 + room * 1024)
    }
  }

  @Test("The build id lies in the first page, and is the same in both files", arguments: images)
  func buildID(_ product: String, _ configuration: String) throws {
    let image = try BuiltImage.of(product, configuration)
    let note = try #require(image.stripped.section(".note.gnu.build-id"))
    #expect(note.isAllocated)
    #expect(note.offset + note.size <= 4096)
    #expect(note.address + note.size <= 0x10_0000 + 4096)
    let bytes = image.stripped.contents(note)
    #expect(bytes.prefix(16) == [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 71, 78, 85, 0])
    #expect(bytes.count == 36)
    let other = try #require(image.full.section(".note.gnu.build-id"))
    #expect(image.full.contents(other) == bytes)
  }

  @Test("What boots carries no symbols; what the debugger reads does", arguments: images)
  func stripped(_ product: String, _ configuration: String) throws {
    let image = try BuiltImage.of(product, configuration)
    let extra = image.stripped.sections.dropFirst().filter { !$0.isAllocated }
    #expect(extra.map(\.name) == [".shstrtab"])
    for name in [".symtab", ".debug_info", ".debug_line", ".eh_frame"] {
      #expect(image.full.section(name) != nil, "\(name) is missing")
    }
    #expect(image.full.section(".eh_frame")?.isAllocated == false)
  }

  @Test("Nothing is left undefined", arguments: images)
  func undefined(_ product: String, _ configuration: String) throws {
    let image = try BuiltImage.of(product, configuration).full
    #expect(image.section(".symtab") != nil)
    #expect(image.undefinedSymbols == [])
    #expect(image.section(".dynamic") == nil)
    #expect(image.section(".interp") == nil)
  }

  @Test(
    "A release image keeps to its budget", arguments: [("Hello", 48_000), ("HelloAsync", 64_000)])
  func size(_ product: String, _ budget: Int) throws {
    let size = try BuiltImage.of(product, "release").stripped.bytes.count
    #expect(size <= budget, "\(product) takes \(size) bytes")
  }

  /// The names in an image's symbol table, one after another.
  private func symbols(
    _ product: String, _ configuration: String = "release", agent: Bool = false
  ) throws -> String {
    let image = try BuiltImage.of(product, configuration, agent: agent).full
    let table = try #require(image.section(".symtab"))
    return String(decoding: image.contents(image.sections[Int(table.link)]), as: UTF8.self)
  }

  /// Parts of the kernel that not everyone uses, by a word in the names of their symbols.
  static let parts = [
    "timers": "TimerQueue", "tasks": "swift_task_create", "job queue": "swift_job_run",
    "Unicode tables": "_swift_stdlib_",
  ]

  @Test(
    "An image carries what its application uses, and nothing else",
    arguments: [
      ("Hello", []), ("Timers", ["timers"]), ("HelloAsync", ["timers", "tasks", "job queue"]),
    ] as [(String, Set<String>)])
  func pay(_ product: String, _ used: Set<String>) throws {
    let names = try symbols(product)
    // The table of names is there: an image without it would pass for small.
    #expect(names.contains("x86_start"))
    for (part, word) in Self.parts {
      #expect(names.contains(word) == used.contains(part), "\(product): \(part)")
    }
  }

  @Test("Only an image that asks for a disk carries its driver, the bus and device interrupts")
  func payForDrivers() throws {
    for name in ["6Virtio", "9PCILayout", "device_interrupt_entries"] {
      #expect(try !symbols("Hello").contains(name))
      #expect(try !symbols("HelloAsync").contains(name))
      #expect(try symbols("Blocks").contains(name))
    }
    // As the console's driver is named where one is asked for.
    #expect(try symbols("DeviceChecks").contains("VirtioDriversO7console"))
    #expect(try !symbols("Blocks").contains("VirtioDriversO7console"))
    #expect(try !symbols("Blocks").contains("swift_task_create"))
  }

  @Test("Only an image that asks for the network carries a stack and the card's driver")
  func payForNetwork() throws {
    for name in ["$e8Internet", "$e7Network", "$e6Virtio0A7Network"] {
      for other in ["Hello", "HelloAsync", "Blocks"] { #expect(try !symbols(other).contains(name)) }
      #expect(try symbols("Echo").contains(name))
    }
  }

  @Test("Only an image that has fibers carries the context switch and what goes with it")
  func payForFibers() throws {
    for name in ["fiber_switch", "$e8Blocking"] {
      #expect(try !symbols("Hello").contains(name))
      #expect(try !symbols("HelloAsync").contains(name))
      #expect(try symbols("Fibers").contains(name))
    }
  }

  @Test("Only an image that names the main actor, or a stream that throws, carries one")
  func payForAsync() throws {
    for name in ["$e5Async9MainActor", "$e5Async12StreamEnding"] {
      #expect(try !symbols("HelloAsync").contains(name))
      #expect(try symbols("AsyncChecks").contains(name))
    }
  }

  @Test("The agent is in an image only when it was asked for")
  func payForAgent() throws {
    let names = [
      "x86_agent_copy", "9GDBRemote4Stub", "porthole_root", "9Telemetry", "10Publishing",
      "8Profiler", "11SharedTimer",
    ]
    for name in names {
      #expect(try !symbols("Hello").contains(name))
      #expect(try symbols("Hello", agent: true).contains(name))
    }
  }

  @Test("A debug image describes itself without the agent, too")
  func publishes() throws {
    let names = try symbols("Hello", "debug")
    #expect(names.contains("porthole_root") && names.contains("10Publishing"))
    // Without optimization a module's unused data stays in an image; its code does not.
    for name in ["x86_agent_copy", "porthole_agent_start"] {
      #expect(!names.contains(name))
      #expect(try symbols("Hello", agent: true).contains(name))
    }
  }
}
