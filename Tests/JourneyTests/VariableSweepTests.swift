// Arguments and locals of release images, Swift's and C's, against gdb's on the same stopped guest:
// which are optimized out, and the values of scalars.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

/// A name and a value as text.
struct NamedValue: Hashable, CustomStringConvertible {
  var name: String
  var value: String
  var description: String { "\(name)=\(value)" }
}

@Suite("Variables of release images against gdb", .serialized, .timeLimit(.minutes(30)))
struct VariableSweepTests {
  /// What a sweep compared.
  struct Tally {
    /// Stops at which both debuggers see the same functions, so that frames can be paired.
    var stops = 0
    var frames = 0
    var optimizedOut = 0
    var scalars = 0
    var functions: Set<String> = []
    /// Frames whose variables are not the same: at one stop in some hundreds gdb shows none in a
    /// frame that has some.
    var unequalNames: [String] = []
    /// The other stops, as both see them.
    var unlike: [String] = []
  }

  @Test(
    "optimized out exactly where gdb says so, and its scalars",
    arguments: ["Heartbeat", "HelloAsync"])
  func sweep(product: String) throws {
    let bench = Workbench()
    let image = try #require(TestImage.build(product, "release"))
    var tally = Tally()
    var dice = Seeded()
    let places = functions(bench, image)
    try #require(places.count > 100)
    var stopped = 0
    for round in 0..<22 {
      let socket = bench.folder + "/gdb-\(round)"
      let guest = try #require(boot(bench, image, socket, waits: product == "HelloAsync"))
      defer {
        kill(guest.pid, SIGKILL)
        _ = guest.wait()
      }
      try #require(bench.waits { access(socket, F_OK) == 0 })
      if product == "Heartbeat" { usleep(UInt32.random(in: 100_000..<400_000, using: &dice)) }
      let chosen = places.shuffled(using: &dice).prefix(16)
      let steps = Int.random(in: 1...40, using: &dice)
      guard let theirs = gdb(bench, image, socket, breaking: chosen, steps: steps) else {
        continue  // none of the places was reached before the guest's end
      }
      stopped += 1
      try compare(ours(bench, image, socket), theirs, &tally)
    }
    // Stacks through the optimizer's inlining differ at some places, mostly in which of the calls
    // inlined at one line is the inner one; variables are compared where they do not.
    #expect(stopped > 15 && tally.stops * 2 > stopped, "\(stopped) \(tally)")
    #expect(tally.frames > 25 && tally.optimizedOut > 10 && tally.scalars > 8, "\(tally)")
    #expect(tally.functions.count > 3, "\(tally)")
    #expect(tally.unequalNames.count <= max(1, tally.frames / 40), "\(tally)")
  }

  /// The functions of an image that a breakpoint can be set in.
  private func functions(_ bench: Workbench, _ image: TestImage) -> [String] {
    bench.run(["nm", image.symbols]).output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 3 && words[1].lowercased() == "t" ? "0x" + words[0] : nil
    }
  }

  private func boot(
    _ bench: Workbench, _ image: TestImage, _ socket: String, waits: Bool
  ) -> ChildProcess? {
    let machine = "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off"
    return bench.start(
      [
        "qemu-system-x86_64", "-M", machine, "-accel", "tcg", "-m", "64", "-nodefaults", "-display",
        "none", "-no-reboot", "-serial", "null", "-device", "isa-debug-exit", "-gdb",
        "unix:\(socket),server=on,wait=off", "-kernel", image.path,
      ] + (waits ? ["-S"] : []), output: socket + ".out", talk: socket + ".talk")
  }

  /// Lets the guest run to one of the places and some instructions on; then what gdb shows of each
  /// frame, after attaching anew, as we do.
  private func gdb(
    _ bench: Workbench, _ image: TestImage, _ socket: String, breaking places: ArraySlice<String>,
    steps: Int
  ) -> [(function: String, values: [NamedValue])]? {
    // Two of them, as a debugger that has stepped shows more of inlined calls than one that attaches.
    let attach = "target remote \(socket)"
    let motion = ["continue", "stepi \(steps)"]
    let end = "shell kill -9 $PPID"
    let file = socket + ".frames"
    for commands in [
      places.map { "tbreak *\($0)" } + motion,
      ["set print frame-arguments all", "set print entry-values no"]
        + ["pipe bt -full | cat > \(file)"],
    ] {
      let all = ["set width 0", "set confirm off", attach] + commands + [end]
      _ = bench.run(
        ["gdb", "-nx", "-batch", image.symbols] + all.flatMap { ["-ex", $0] },
        milliseconds: 20_000)
    }
    guard let text = Files.text(file), text.contains("#0") else { return nil }
    return Self.frames(gdb: text)
  }

  private func ours(
    _ bench: Workbench, _ image: TestImage, _ socket: String
  ) throws -> [(function: String, values: [NamedValue])] {
    let result = bench.porthole(
      "repl", "qemu:\(socket)", "--symbols", image.symbols, "-ex", "bt full", "--batch", "--json")
    for line in result.output.split(separator: "\n") {
      guard let frames = try JSONValue.parse(text: String(line))["frames"]?.array else { continue }
      return frames.map { frame in
        let values = (frame["variables"]?.array ?? []).map {
          NamedValue(name: $0["name"]?.string ?? "", value: $0["value"]?.string ?? "")
        }
        let function = Frame(function: frame["function"]?.string ?? "??", file: "", line: 0)
        // gdb's names of C++ functions are cut at their first blank.
        return (String(function.function.prefix { $0 != " " }), values)
      }
    }
    Issue.record("no frames: \(result)")
    return []
  }

  private func compare(
    _ ours: [(function: String, values: [NamedValue])],
    _ theirs: [(function: String, values: [NamedValue])],
    _ tally: inout Tally
  ) throws {
    // Whether stacks are the same is the business of their own tests, and so is which of the
    // inlined calls that begin where the guest stands count as entered.
    let count = min(ours.count, theirs.count)
    let (ours, theirs) = (ours.suffix(count), theirs.suffix(count))
    guard count > 1, zip(ours, theirs).allSatisfy({ $0.function == $1.function }) else {
      tally.unlike.append("\(ours.map(\.function)) \(theirs.map(\.function))")
      return
    }
    tally.stops += 1
    for (mine, shown) in zip(ours, theirs) {
      let other = shown.values
      tally.frames += 1
      guard mine.values.map(\.name).sorted() == other.map(\.name).sorted() else {
        tally.unequalNames.append("\(mine)\n\(other)")
        continue
      }
      func lost(_ values: [NamedValue]) -> [String] {
        values.filter { $0.value == "<optimized out>" }.map(\.name).sorted()
      }
      // Of what is known in part gdb says now that, now that all is lost.
      var theirLost = lost(other)
      for value in mine.values where value.value == "<partly optimized out>" {
        guard theirLost.count > lost(mine.values).count,
          let index = theirLost.firstIndex(of: value.name)
        else { continue }
        theirLost.remove(at: index)
      }
      #expect(lost(mine.values) == theirLost, "\(mine)\n\(other)")
      tally.optimizedOut += lost(other).count
      var rest = mine.values
      for scalar in other.compactMap(Self.scalar) {
        let found = rest.firstIndex {
          $0.name == scalar.name && Self.isSame($0.value, scalar.value)
        }
        #expect(found != nil, "\(scalar) in \(mine)")
        if let found { rest.remove(at: found) }
        tally.scalars += 1
        tally.functions.insert(mine.function)
      }
    }
  }

  /// What gdb shows, if it is a number: gdb takes Swift's structures apart down to the scalar
  /// inside, and reads a Bool as a character. Classes, closures and what has several members are
  /// not compared: gdb does not know that a variable of a class is a pointer.
  static func scalar(_ shown: NamedValue) -> NamedValue? {
    var text = shown.value[...]
    while text.hasPrefix("{"), text.hasSuffix("}"), let equal = text.firstRange(of: " = ") {
      text = text[equal.upperBound...].dropLast()
    }
    if let quote = text.firstRange(of: " '") { text = text[..<quote.lowerBound] }
    guard Double(text) != nil, !text.contains(" ") else { return nil }
    return NamedValue(name: shown.name, value: String(text))
  }

  /// Whether our text for a scalar is the number that gdb shows.
  static func isSame(_ mine: String, _ number: String) -> Bool {
    let number = number == "1" && mine == "true" ? "true" : number
    // gdb reads the word inside an Int without a sign.
    if let signed = Int64(mine), let unsigned = UInt64(number),
      UInt64(bitPattern: signed) == unsigned
    {
      return true
    }
    return mine == number || number == "0" && mine == "false"
      || Double(mine) == Double(number) && mine.contains(".")
  }

  /// Reads the variables of each frame of `bt -full`.
  static func frames(gdb text: String) -> [(function: String, values: [NamedValue])] {
    var frames: [(function: String, values: [NamedValue])] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") {
        frames.append((String((Frame(gdb: line)?.function ?? "??").prefix { $0 != " " }), []))
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")") else {
          continue
        }
        for part in parts(of: line[line.index(after: open)..<close]) {
          guard let equal = part.firstIndex(of: "=") else { continue }
          frames[frames.count - 1].values.append(
            NamedValue(
              name: String(part[..<equal]), value: String(part[part.index(after: equal)...])))
        }
      } else if line.hasPrefix("        "), let equal = line.firstRange(of: " = "), !frames.isEmpty
      {
        frames[frames.count - 1].values.append(
          NamedValue(
            name: String(line[..<equal.lowerBound].drop { $0 == " " }),
            value: String(line[equal.upperBound...])))
      }
    }
    return frames
  }

  /// The arguments of a frame: between commas that stand in no brackets or quotes.
  private static func parts(of text: Substring) -> [String] {
    var (parts, part, depth) = ([String](), "", 0)
    for character in text {
      if "{(<".contains(character) { depth += 1 }
      if "})>".contains(character) { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(part)
        part = ""
      } else if !(character == " " && part.isEmpty) {
        part.append(character)
      }
    }
    return parts + [part]
  }
}
