// Cores written by hand from the ABI's tables and by our writer, which readelf reads back; and
// damaged ones, of which nothing may trap.

import Bytes
import Cores
import Foundation
import Inspect
import Testing

@Suite("Cores")
struct CoreTests {
  /// A core of two segments and two threads.
  private func core() -> [UInt8] {
    var vectors = VectorState()
    vectors.setControl(0x37f, 0, 0xff, 0x1f80)
    vectors.setVector(3, low: 0x1122_3344_5566_7788, high: 0x99aa_bbcc_ddee_ff00)
    vectors.setFloat(1, 0x8000_0000_0000_0000, 0x3fff)
    let threads = [
      CoreThread(
        number: 1, signal: 6,
        registers: ["rip": 0x10_0ff0, "rsp": 0x20_1000, "rbp": 7, "r15": 15, "eflags": 0x246],
        vectors: vectors.bytes),
      CoreThread(number: 2, registers: ["rip": 0x10_0100, "gs": 3]),
    ]
    var origin = CoreOrigin(name: "beat", state: "panicked")
    origin.root = 0x12_3000
    var writer = CoreWriter(
      segments: 4, threads: threads,
      buildID: BuildID(hex: "00112233445566778899aabbccddeeff00112233"),
      origin: origin)
    let first = writer.place(0x10_0000, size: 0x2000)
    let more = writer.place(0x10_2000, size: 0x1000)
    let second = writer.place(0x1_0000_0000, size: 0x1000)
    var file = [UInt8](repeating: 0, count: Int(writer.fileSize))
    let front = writer.front() ?? []
    file.replaceSubrange(0..<front.count, with: front)
    file[Int(first.offset) + 5] = 0x55
    file[Int(more.offset)] = 0x66
    file[Int(second.offset) + 0xfff] = 0x77
    return file
  }

  @Test("what was written is read: memory, registers, origin")
  func roundTrip() throws {
    let read = try CoreFile(ByteArray(core()))
    #expect(read.memory.segments.map(\.start) == [0x10_0000, 0x1_0000_0000])
    #expect(read.memory.read(at: 0x10_0004, count: 3) == [0, 0x55, 0])
    #expect(read.memory.read(at: 0x10_2000, count: 1) == [0x66])
    #expect(read.memory.read(at: 0x1_0000_0ffe, count: 9) == [0, 0x77])
    #expect(read.memory.read(at: 0x10_3000, count: 1).isEmpty)
    #expect(read.missing == 0 && read.origin?.name == "beat" && read.origin?.root == 0x12_3000)
    #expect(read.buildID?.hex.hasPrefix("00112233") == true)

    let target = CoreTarget(read, name: "core:x")
    #expect(try target.threads().map(\.id.thread) == [1, 2])
    let registers = try target.readRegisters(of: ThreadID(thread: 1))
    #expect(registers["rip"] == 0x10_0ff0 && registers["r15"] == 15 && registers["eflags"] == 0x246)
    #expect(registers.bytes("xmm3")?.first == 0x88 && registers.bytes("xmm3")?.last == 0x99)
    #expect(registers.bytes("st1")?.suffix(3) == [0x80, 0xff, 0x3f])
    #expect(try target.readRegisters(of: ThreadID(thread: 2)).bytes("xmm3") == nil)
    guard case .stopped(let reason) = target.state else { throw CoreError.unusable("state") }
    #expect(reason.signal == 6 && target.profile.isReadOnly)
    #expect(throws: InspectError.self) { try target.resume(.cont, thread: nil) }
    #expect(throws: InspectError.self) { try target.readMemory(at: Address(0x50), count: 1) }
  }

  @Test("readelf understands what the writer writes")
  func readelf() throws {
    let path = NSTemporaryDirectory() + "porthole-core-\(getpid())"
    try Data(core()).write(to: URL(fileURLWithPath: path))
    defer { unlink(path) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["readelf", "--wide", "-h", "-l", "-n", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    for part in [
      "CORE (Core file)", "NT_PRSTATUS", "NT_FPREGSET", "NT_PRPSINFO", "0x0000000000100000",
      "0x0000000100000000", "Build ID: 00112233445566778899aabbccddeeff00112233",
    ] {
      #expect(text.contains(part), "\(part): \(text)")
    }
    #expect(!text.lowercased().contains("warning") && !text.contains("Error"), "\(text)")
  }

  @Test("QEMU's dumps give physical addresses only")
  func physical() throws {
    var file = core()
    // Both segments' p_vaddr to 0; the note `CORE` of type 1 of thread 2 becomes one of QEMU.
    for index in 1...2 {
      for byte in 0..<8 { file[64 + index * 56 + 16 + byte] = 0 }
    }
    let name = Array("CORE".utf8)
    let last = try #require(
      (0..<(file.count - 4)).last { Array(file[$0..<($0 + 4)]) == name })
    file.replaceSubrange(last..<(last + 4), with: Array("QEMU".utf8))
    let read = try CoreFile(ByteArray(file))
    #expect(read.isFromQEMU)
    #expect(read.memory.read(at: 0x1_0000_0fff, count: 1) == [0x77])
  }

  @Test("a core that was cut off is read up to there, and says what is missing")
  func cut() throws {
    let file = core()
    let read = try CoreFile(ByteArray(Array(file.dropLast(0x800))))
    #expect(read.missing == 0x800)
    #expect(read.memory.read(at: 0x1_0000_0000, count: 0x1000).count == 0x800)
  }

  @Test("what is no core is refused in words")
  func refused() {
    let core = core()
    var image = core
    image[16] = 2
    var arm = core
    arm[18] = 183
    for (bytes, word) in [([UInt8]("text".utf8), "ELF"), (image, "image"), (arm, "processor")] {
      do throws(CoreError) {
        _ = try CoreFile(ByteArray(bytes))
        Issue.record("\(word) was taken")
      } catch {
        #expect(error.message.contains(word), "\(error)")
      }
    }
  }

  @Test("damage never traps, and never makes memory of nothing")
  func damage() {
    let whole = core()
    var random = SystemRandomNumberGenerator()
    for round in 0..<4000 {
      var bytes = whole
      let limit = round % 2 == 0 ? 512 : 3000
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: 0..<limit, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if round % 5 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      guard let read = try? CoreFile(ByteArray(bytes)) else { continue }
      for segment in read.memory.segments {
        let bytes = read.memory.read(at: segment.start, count: 64)
        #expect(bytes.count <= 64 && !bytes.isEmpty)
      }
      _ = read.memory.firstData(most: 4096) { _, bytes in bytes.count > 4096 ? 1 : nil }
      let target = CoreTarget(read, name: "x")
      _ = try? target.overview(of: nil, limit: 8)
    }
  }
}
