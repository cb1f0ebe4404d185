// Output that nobody reads: the guest `Flood` writes more than its console takes, into a socket whose
// reader does not read. It keeps its pace and ends in bounded time, and whoever reads later is told
// exactly what is missing. What the guest measured stands in its log, in the memory it shares.

import Glibc
import Launcher
import TestSupport
import Testing

/// A guest that floods its console.
private final class FloodGuest {
  static let size = 16 << 20
  let bench = Workbench()
  private let child: ChildProcess
  private(set) var link: EchoLink?

  /// Boots it with a word of its own. With `isSocket` its console is a socket, to which `link`
  /// is connected from the start; else the file `console`.
  init(_ machine: MachineType, _ word: String, isSocket: Bool, _ options: [String] = []) throws {
    let image = try #require(TestImage.build("Flood", "release"))
    let small = "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off,isa-serial=on"
    let path = bench.folder + "/console"
    let words =
      [
        QEMU.executable, "-accel", "tcg", "-machine",
        (machine == .microvm ? small : machine.rawValue) + ",memory-backend=ram", "-m", "16M",
        "-object", "memory-backend-file,id=ram,size=16M,mem-path=\(bench.folder)/ram,share=on",
        "-nodefaults", "-no-user-config", "-display", "none",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
        "-device", "pvpanic", "-action", "panic=exit-failure",
        "-chardev",
        isSocket ? "socket,id=c,path=\(path),server=on,wait=on" : "file,id=c,path=\(path)",
        "-serial", "chardev:c", "-kernel", image.path, "-append", word,
      ] + options
    let started = bench.start(words, output: bench.folder + "/out", talk: bench.folder + "/err")
    child = try #require(started)
    guard isSocket else { return }
    let isThere = bench.waits {
      link = try? EchoLink(path)
      return link != nil
    }
    try #require(isThere)
  }

  deinit { if let link { close(link.descriptor) } }

  func end(milliseconds: Int = 30_000) -> ProcessEnd? {
    child.wait(milliseconds: milliseconds)
  }

  var console: [UInt8] { Files.read(bench.folder + "/console") ?? [] }

  /// The texts of the log, of one kind.
  func log(kind: UInt8 = 0) -> [String] {
    guard let memory = Files.read(bench.folder + "/ram"), memory.count == Self.size else {
      return []
    }
    return FoundRecord.all(in: memory).filter { $0.kind == kind }.map(\.text)
  }

  /// What the guest wrote first: 100 ticks, and a burst.
  static let first = 100 * 128 + 4096

  /// So many numbered lines, as the guest's page says.
  static func lines(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { number -> [UInt8] in
      let digits = String(number)
      return Array((String(repeating: "0", count: 15 - digits.count) + digits + "\n").utf8)
    }
  }

  /// The figures of the line about the first flood.
  func figures() throws -> [Int] {
    let line = try #require(log().first { $0.hasPrefix("ticks ") })
    return line.split(separator: " ").compactMap { Int($0) }
  }
}

@Suite("Output nobody reads", .serialized, .timeLimit(.minutes(10)))
struct FloodTests {
  /// Virtual time counts instructions, and nothing else: what takes longer has executed more.
  static let counted = ["-icount", "shift=0,sleep=off"]
  static let dropped = " bytes of console output were dropped"

  @Test(
    "a guest keeps its pace, and ends, when nobody reads its console",
    arguments: [MachineType.microvm, .q35])
  func pace(machine: MachineType) throws {
    let unread = try FloodGuest(machine, "off", isSocket: true, Self.counted)
    #expect(unread.end() == .exited(7 << 1 | 1))
    let read = try FloodGuest(machine, "off", isSocket: false, Self.counted)
    #expect(read.end() == .exited(7 << 1 | 1))
    // Nothing was lost where somebody takes it, and nobody was told of anything.
    let isWhole = read.console == FloodGuest.lines(FloodGuest.first)
    #expect(isWhole && !read.log().contains { $0.hasSuffix(Self.dropped) })
    let (slow, fast) = try (unread.figures(), read.figures())
    // Ticks, of which none was missed, and what the pace and the burst took.
    #expect(slow[0] == 100 && slow[1] == 0)
    #expect(slow[2] <= fast[2] && slow[3] <= fast[3], "\(slow) \(fast)")
    // A line of 16 bytes that is dropped, its making included, under a thousand instructions.
    #expect(slow[3] < 4096 * 1000)
    // All but what the queue, the port and the socket hold.
    let told = unread.log().filter { $0.hasSuffix(Self.dropped) }
    #expect(told.count == 1)
    #expect(told.first.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0 > 250_000, "\(told)")
  }

  @Test("a panic whose report nobody reads comes to its end, and the log has it all")
  func panic() throws {
    let guest = try FloodGuest(.q35, "panic", isSocket: true)
    #expect(guest.end() == .exited(1))
    #expect(guest.log(kind: 4) == ["flooded"])
    #expect(guest.log().contains { $0.hasSuffix(Self.dropped) })
    #expect(guest.log(kind: 5).contains { $0.contains("backtrace") })
  }

  @Test("whoever reads later is told once a gap what is missing, and all the rest is there")
  func gaps() throws {
    let guest = try FloodGuest(.microvm, "stay", isSocket: true)
    let link = try #require(guest.link)
    #expect(guest.bench.waits { guest.log().contains { $0.hasPrefix("ticks ") } })
    var stream = link.receive { Self.gaps(in: $0).count == 1 }
    // A second flood before anybody reads on.
    link.send("g")
    let lines = FloodGuest.first + 4096
    #expect(guest.bench.waits { guest.log().contains("written \(lines)") })
    stream += link.receive { Self.gaps(in: stream + $0).count == 2 }
    link.send("o")
    stream += link.receive { _ in false }
    #expect(guest.end() == .exited(7 << 1 | 1))
    let gaps = Self.gaps(in: stream)
    #expect(gaps.count == 2)
    let isExplained = Self.fill(stream) == FloodGuest.lines(lines)
    #expect(isExplained, "\(gaps) of \(lines * 16)")
    // The log has each, as something else was logged between them.
    let told = guest.log().filter { $0.hasSuffix(Self.dropped) }
    #expect(told == gaps.map { "\($0)" + Self.dropped })
  }

  /// The bytes of each gap that a stream tells of.
  private static func gaps(in stream: [UInt8]) -> [Int] {
    String(decoding: stream, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasSuffix(dropped) }.compactMap { Int($0.prefix { $0.isNumber }) }
  }

  /// The stream with each gap's line replaced by what is missing there. As what was written
  /// follows from each byte's place, the result is right if every gap is where it is said to be.
  private static func fill(_ stream: [UInt8]) -> [UInt8] {
    let all = FloodGuest.lines(FloodGuest.first + 4096)
    var result: [UInt8] = []
    for line in stream.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
      let text = String(decoding: line, as: UTF8.self)
      guard text.hasSuffix(dropped), let count = Int(text.prefix { $0.isNumber }) else {
        result += line + [10]
        continue
      }
      // A gap in the middle of a line begins a new one.
      if all[result.count - 1] != 10 || result.last != all[result.count - 1] { result.removeLast() }
      result += all[result.count..<min(result.count + count, all.count)]
    }
    return result
  }
}

extension EchoLink {
  /// Sends a few bytes.
  fileprivate func send(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
  }

  /// Receives until `isEnough`, or the other end closes; 20 s at most.
  fileprivate func receive(until isEnough: ([UInt8]) -> Bool) -> [UInt8] {
    let deadline = Deadline(milliseconds: 20_000)
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !isEnough(result), !deadline.isOver {
      var events = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&events, 1, 100) > 0 else { continue }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { break }
      result += buffer[..<count]
    }
    return result
  }
}
