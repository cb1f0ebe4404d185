// What the profiler finds in a guest whose shares are known (Tests/Guests/Profiles), on a machine
// whose time is its instructions, so that no load of the host's moves anything; and the callers it
// finds inside the concurrency runtime, against gdb's on the same stop.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

/// What the guest printed of its profile.
struct PrintedProfile {
  struct Spot {
    var count = 0
    var activity = 0
    var address: UInt64 = 0
    var flags = 0
    /// Where frames are missing, and how many callers from there on are functions that wait.
    var gap = 0
    var awaiting = 0
    var callers: [UInt64] = []
  }

  /// What the guest's clock says: nanoseconds at work, and altogether.
  var busy = 0.0
  var total = 0.0
  var counters: [String: Int] = [:]
  var spots: [Spot] = []
  /// Samples of the ring by who they are of: activity, fiber, task, handler.
  var who: [(count: Int, of: [Int])] = []

  init(_ output: String) throws {
    var isWhole = false
    for line in output.split(separator: "\n") {
      let words = line.split { " ,\r".contains($0) }.map(String.init)
      let numbers = words.compactMap { UInt64($0) }
      switch words.first {
      case "busy": (busy, total) = (Double(numbers[0]), Double(numbers[1]))
      case "samples":
        for (name, number) in zip(words.filter { UInt64($0) == nil }, numbers) {
          counters[name] = Int(number)
        }
      case "who": who.append((Int(numbers[0]), numbers.dropFirst().map(Int.init)))
      case "spot":
        var spot = Spot()
        (spot.count, spot.activity) = (Int(numbers[0]), Int(numbers[1]))
        spot.address = numbers[2]
        if numbers.count > 5 {
          (spot.flags, spot.gap, spot.awaiting) = (
            Int(numbers[3]), Int(numbers[4]), Int(numbers[5])
          )
          spot.callers = Array(numbers[6...])
        }
        spots.append(spot)
      case "end": isWhole = true
      default: break
      }
    }
    try #require(isWhole, "\(output.suffix(2000))")
  }

  func number(_ name: String) -> Int { counters[name] ?? -1 }
}

/// Names of functions by address, as binutils tell them.
struct Names {
  private var starts: [(address: UInt64, name: String)] = []

  init(_ path: String, _ bench: Workbench) {
    for line in bench.run(["nm", "-n", path]).output.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      guard words.count == 3, words[1].lowercased() == "t",
        let address = UInt64(words[0], radix: 16)
      else { continue }
      starts.append((address, words[2]))
    }
  }

  /// The function that contains an address; the last of several that begin at one place.
  func name(of address: UInt64) -> String {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? starts[low - 1].name : ""
  }

  /// The address of the first function whose name satisfies `condition`.
  func first(_ condition: (String) -> Bool) -> UInt64? {
    starts.first { condition($0.name) }?.address
  }
}

@Suite("The profiler", .serialized, .timeLimit(.minutes(10)))
struct ProfileTests {
  private let bench = Workbench()

  /// QEMU's words for the guest at this kind of work.
  private func words(_ image: TestImage, _ style: String) -> [String] {
    [
      "qemu-system-x86_64", "-M", "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off",
      "-accel", "tcg", "-icount", "shift=0,sleep=off", "-m", "64", "-kernel", image.path,
      "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
      "-append", style, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4",
    ]
  }

  private func run(_ style: String) throws -> (PrintedProfile, Names) {
    let image = try #require(TestImage.build("Profiles", "release", agent: true))
    let result = bench.run(words(image, style), milliseconds: 120_000)
    return (try PrintedProfile(result.output), Names(image.symbols, bench))
  }

  /// Half a percentage point.
  private let tolerance = 0.005

  @Test(
    "the shares of a known workload are found, idle included, and who had them",
    arguments: [
      ("calls", ["7seventy", "6twenty", "3ten"]), ("fibers", ["7seventy", "6twenty", "3ten"]),
      ("tasks", ["11taskSeventy", "10taskTwenty", "7taskTen"]),
    ])
  func shares(style: String, functions: [String]) throws {
    let (profile, names) = try run(style)
    let samples = profile.number("running") + profile.number("idle")
    #expect(samples > 20_000 && profile.number("missed") == 0 && profile.number("homeless") == 0)
    // A switch of stacks is a handful of instructions long; a sample within it is cut, and says so.
    #expect(profile.number("deep") == 0 && profile.number("cut") * 1000 <= samples)
    let share = profile.busy / profile.total
    let expected = [0.7 * share, 0.2 * share, 0.1 * share]
    for (function, expected) in zip(functions, expected) {
      var count = 0
      for spot in profile.spots where spot.activity == 0 {
        let known = ([spot.address] + spot.callers).map(names.name)
        if known.contains(where: { $0.contains("Profiles4WorkC" + function) }) {
          count += spot.count
        }
      }
      let found = Double(count) / Double(samples)
      #expect(abs(found - expected) < tolerance, "\(function): \(found), not \(expected)")
    }
    let idle = Double(profile.number("idle")) / Double(samples)
    #expect(abs(idle - (1 - share)) < tolerance, "idle \(idle), not \(1 - share)")
    // All of the idle samples are of one place, reached by one way.
    #expect(profile.spots.count { $0.activity == 1 } == 1)
    owners(style, profile)
  }

  /// The fiber, the task and the handler of running samples: whose they are by the way of working.
  private func owners(_ style: String, _ profile: PrintedProfile) {
    let running = profile.who.filter { $0.of[0] == 0 }
    let all = Double(running.reduce(0) { $0 + $1.count })
    func share(_ of: [Int]) -> Double {
      Double(running.filter { Array($0.of.dropFirst()) == of }.reduce(0) { $0 + $1.count }) / all
    }
    switch style {
    case "fibers":
      // Started in this order, run by one handler.
      for (fiber, expected) in [(1, 0.7), (2, 0.2), (3, 0.1)] {
        #expect(abs(share([fiber, 0, 1]) - expected) < 0.03)
      }
    case "tasks": #expect(share([0, 1, 1]) > 0.98)
    default: #expect(share([0, 0, 1]) > 0.98)
    }
  }

  @Test("interrupts that take samples leave the vector registers as they were")
  func vectors() throws {
    let image = try #require(TestImage.build("Profiles", "release", agent: true))
    let result = bench.run(words(image, "vectors"), milliseconds: 120_000)
    let words = result.output.split { " \n".contains($0) }
    try #require(words.count == 5, "\(result.output)\(result.talk)")
    #expect(words[0] == "16" && Int(words[3]) ?? 0 > 500, "\(result.output)")
  }

  @Test("what fibers wait for is found by stack, each as long as it waits")
  func waits() throws {
    let (profile, names) = try run("fibers")
    let share = profile.busy / profile.total
    var waits: [String: Int] = [:]
    for spot in profile.spots where spot.activity == 2 {
      let path = spot.callers.map(names.name)
      #expect(names.name(of: spot.address).contains("fiber_switch"), "\(path)")
      #expect(path.last?.contains("fiber_entry") == true, "\(path)")
      // The closure that the fiber runs, and what it has called there.
      let closure = path.last { $0.contains("asFibers") } ?? ""
      let call = path.contains { $0.contains("4rest") } ? "sleep" : "wait"
      waits[
        "\(closure.contains("U0_") ? 2 : closure.contains("U1_") ? 3 : 1) \(call)", default: 0] +=
        spot.count
    }
    // Each look counts each fiber that waits: two while one works, all three while the core is idle.
    let looks =
      Double(waits.values.reduce(0, +)) / (2 * share + 3 * (1 - share))
    #expect(looks > 900)
    let expected = [
      "1 wait": 1 - 0.7 * share, "2 wait": 1 - 0.2 * share, "3 wait": 0.9 * share,
      "3 sleep": 1 - share,
    ]
    #expect(Set(waits.keys) == Set(expected.keys), "\(waits)")
    for (place, part) in expected {
      let found = Double(waits[place] ?? 0) / looks
      #expect(abs(found - part) < 0.03, "\(place): \(found), not \(part)")
    }
  }

  @Test("stock gdb starts a profile, asks what it has found, and stops it")
  func monitor() throws {
    let image = try #require(TestImage.build("Profiles", "release", agent: true))
    let names = Names(image.symbols, bench)
    let ten = try #require(names.first { $0.contains("Profiles4WorkC3ten") })
    let agent = bench.folder + "/agent"
    // A port of the agent's on a socket.
    let port = [
      "-chardev", "socket,id=agent,path=\(agent),server=on,wait=off",
      "-device", "isa-serial,index=1,chardev=agent",
    ]
    _ = try #require(
      bench.start(
        words(image, "") + port, output: bench.folder + "/out", talk: bench.folder + "/err"))
    try #require(bench.waits { access(agent, F_OK) == 0 })
    let commands = [
      "set confirm off", "target remote \(agent)",
      "monitor help", "monitor profile start 0", "monitor profile start 1000",
      "break *\(ten)", "ignore 1 30", "continue", "monitor profile status",
      "shell sleep 1", "monitor profile stop", "monitor profile top 5", "monitor profile top x",
      "detach",
    ]
    let gdb = bench.run(
      ["gdb", "-nx", "-batch", image.symbols] + commands.flatMap { ["-ex", $0] },
      milliseconds: 60_000)
    let text = gdb.output + gdb.talk
    #expect(text.contains("profile start RATE"), "\(text)")
    // A rate of nothing and a number of `x` are refused in words.
    #expect(text.split(separator: "\n").count { $0.hasPrefix("no such command") } == 2, "\(text)")
    #expect(text.contains("samples a second 1000\n") && text.contains("samples a second 0\n"))
    func counts(_ name: String) -> [Int] {
      text.split(whereSeparator: { "\n,".contains($0) }).compactMap { part in
        let words = part.split(separator: " ")
        return words.count == 2 && words[0] == name ? Int(words[1]) : nil
      }
    }
    // After `start`, after thirty rounds of 8 ms or more, and a second of being held later.
    let (running, idle, missed) = (counts("running"), counts("idle"), counts("missed"))
    try #require(running.count == 3 && idle.count == 3 && missed.count == 3, "\(text)")
    #expect(running[0] == 0 && running[1] + idle[1] > 150, "\(text)")
    #expect(running[2] == running[1] && missed == [0, 0, 0], "\(text)")
    let top = text.split(separator: "\n").filter { $0.contains("% running 0x") }
    let addresses = (top.first ?? "").split(separator: " ").compactMap {
      $0.hasPrefix("0x") ? UInt64($0.dropFirst(2), radix: 16) : nil
    }
    #expect(addresses.map(names.name).contains { $0.contains("Profiles4WorkC7seventy") }, "\(text)")
    try told(agent, running[2], idle[2], addresses)
  }

  /// Reads the same profile over the link, by the reader that was written from the specification.
  private func told(
    _ agent: String, _ running: Int, _ idle: Int, _ addresses: [UInt64]
  ) throws {
    let script = Workbench.root + "/Tests/TelemetryTests/reader.py"
    let result = bench.run(["python3", script, "stream", agent, "10", "2"])
    try #require(result.status == 0, "\(result.talk)")
    let json = try JSONValue.parse(text: result.output)
    var entries: [String: JSONValue] = [:]
    for entry in json["entries"]?.array ?? [] {
      if let parts = entry.array, parts.count == 3, let name = parts[0].string {
        entries[name] = parts[2]
      }
    }
    #expect(entries["profile.running"]?.integer == running)
    #expect(entries["profile.idle"]?.integer == idle)
    let counts = (entries["profile.counts"]?.array ?? []).compactMap { $0["count"]?.integer }
    let spots = entries["profile.spots"]?.array ?? []
    let stacks = entries["profile.stacks"]?.array ?? []
    #expect(counts.reduce(0, +) == running + idle && counts.count == spots.count)
    // The stack with most samples is the one that the guest has named first.
    var sums: [Int: Int] = [:]
    for (spot, count) in zip(spots, counts) {
      sums[spot["stack"]?.integer ?? 0, default: 0] += count
    }
    let most = try #require(sums.max { $0.value < $1.value }?.key)
    try #require(most >= 1 && most <= stacks.count)
    let callers = (stacks[most - 1]["callers"]?.array ?? []).compactMap { $0.integer }
    #expect(callers == addresses.dropFirst().map(Int.init), "\(stacks)")
  }

  @Test("callers found inside the concurrency runtime are gdb's on the same stop")
  func runtime() throws {
    let image = try #require(TestImage.build("Profiles", "release", agent: true))
    let names = Names(image.symbols, bench)
    let socket = bench.folder + "/gdb"
    let out = bench.folder + "/out"
    _ = try #require(
      bench.start(
        words(image, "runtime") + ["-S", "-gdb", "unix:\(socket),server=on,wait=off"], output: out,
        talk: bench.folder + "/err"))
    try #require(bench.waits { access(socket, F_OK) == 0 })
    let script = bench.folder + "/stops.py"
    let file = try #require(fopen(script, "w"))
    fputs(Self.script, file)
    fclose(file)
    let gdb = bench.run(
      ["gdb", "-nx", "-batch", "-ex", "target remote \(socket)", "-x", script, image.symbols],
      milliseconds: 120_000)
    let stops = gdb.output.split(separator: "\n").filter { $0.hasPrefix("stop ") }
      .map { $0.split(separator: " ").compactMap { UInt64($0) } }
    #expect(stops.count >= 40, "\(gdb.output) \(gdb.talk)")
    try #require(
      bench.waits(milliseconds: 60_000) { Files.text(out)?.contains("\nend") == true })
    let profile = try PrintedProfile(try #require(Files.text(out)))
    var whole = 0
    for stop in stops {
      let spots = profile.spots.filter { $0.address == stop[0] && $0.activity == 0 }
      let path = stop.map(names.name)
      // Where async functions have marked their frames, gdb's stack ends at the job.
      let isWhole = path.last == "boot_long_mode"
      #expect(isWhole || path.last?.contains("runJob") == true, "\(path)")
      if isWhole { whole += 1 }
      let agrees = spots.contains { Self.agrees($0, Array(stop.dropFirst()), isWhole: isWhole) }
      #expect(agrees, "\(path): \(spots.map { $0.callers.map(names.name) })")
    }
    #expect(whole >= 20)
    // Few are cut: a job's frame is known wherever the runtime runs one.
    #expect(profile.number("cut") * 50 < profile.number("running"))
  }

  /// Whether a sampled stack is gdb's: the same callers, but for frames of the runtime that the gap
  /// stands for. The functions that wait stand at the gap too, and gdb knows nothing of them.
  private static func agrees(
    _ spot: PrintedProfile.Spot, _ gdb: [UInt64], isWhole: Bool
  ) -> Bool {
    guard spot.flags & 1 != 0 else { return spot.flags == 0 && spot.callers == gdb }
    let inner = spot.callers[..<spot.gap]
    let outer = spot.callers[(spot.gap + spot.awaiting)...]
    guard inner.count + outer.count <= gdb.count || !isWhole, gdb.starts(with: inner) else {
      return false
    }
    // With a cut there is no outer part, and it says so.
    if spot.flags & 2 != 0 { return outer.isEmpty }
    return !outer.isEmpty && (!isWhole || gdb.suffix(outer.count).elementsEqual(outer))
  }

  /// Stops at timer interrupts that have come inside the runtime, and prints the whole stack.
  private static let script = """
    gdb.execute("set pagination off")
    gdb.execute("set backtrace past-main on")
    def symbol(name):
        return int(gdb.parse_and_eval("(unsigned long)&" + name))
    low, high = symbol("__runtime_start"), symbol("__runtime_end")
    gdb.execute("hbreak *%d if *(unsigned long*)($rsp+16) >= %d && *(unsigned long*)($rsp+16) < %d"
                % (symbol("interrupt_common"), low, high))
    for _ in range(60):
        gdb.execute("continue", to_string=True)
        rip = int(gdb.parse_and_eval("*(unsigned long*)($rsp+16)"))
        frame, frames = gdb.newest_frame(), []
        while frame:
            if frame.type() != gdb.INLINE_FRAME:
                frames.append(frame.pc())
            frame = frame.older()
        print("stop", *frames[frames.index(rip):], flush=True)
    gdb.execute("delete")
    gdb.execute("detach")

    """
}
