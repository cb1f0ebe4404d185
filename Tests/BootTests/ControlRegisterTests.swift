// The protection that a processor offers is on, as QEMU reads the registers of a running guest; and
// it is in force: what may only be read cannot be written to.

import Bytes
import Glibc
import JSON
import Launcher
import TestSupport
import Testing

/// A processor, and what it offers of CR4's protection.
struct ProtectedProcessor: CustomStringConvertible, Sendable {
  var name: String
  var offered: UInt64
  var description: String { name }

  // Intel SDM volume 3, section 2.5.
  static let userInstructions: UInt64 = 1 << 11
  static let execution: UInt64 = 1 << 20
  static let access: UInt64 = 1 << 21
  static let everything = userInstructions | execution | access

  static let all = [
    ProtectedProcessor(name: "max", offered: everything),
    ProtectedProcessor(name: "max,smap=off", offered: userInstructions | execution),
    ProtectedProcessor(name: "max,umip=off,smep=off", offered: access),
    ProtectedProcessor(name: "qemu64", offered: 0),
    // The features stand in a leaf that it does not have.
    ProtectedProcessor(name: "qemu64,level=5,+smep,+smap,+umip", offered: 0),
  ]
}

@Suite("Control registers", .serialized, .timeLimit(.minutes(10)))
struct ControlRegisterTests {
  @Test(
    "what the processor offers is on, and a write to code faults", arguments: ProtectedProcessor.all
  )
  func registers(processor: ProtectedProcessor) throws {
    let image = try #require(TestImage.build("Faults"))
    let bench = Workbench()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer {
      close(ends[0])
      close(ends[1])
    }
    let guest = try #require(
      bench.start(
        [
          QEMU.executable, "-machine", "microvm", "-accel", "tcg", "-cpu", processor.name, "-m",
          "8M", "-nodefaults", "-no-user-config", "-display", "none", "-device", "pvpanic",
          "-action", "panic=exit-failure", "-chardev", "stdio,id=c,signal=off", "-serial",
          "chardev:c", "-qmp", "unix:\(bench.folder)/qmp,server=on,wait=off", "-kernel", image.path,
        ], input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err"))
    let isReady = bench.waits { Files.text(bench.folder + "/out")?.contains("ready") == true }
    try #require(isReady, "\(Files.text(bench.folder + "/err") ?? "")")
    let monitor = try QMPConnection(path: bench.folder + "/qmp", milliseconds: 10_000)
    let answer = try monitor.execute(
      "human-monitor-command", ["command-line": .string("info registers")], milliseconds: 10_000)
    let text = try #require(answer.string)
    let (zero, four) = (value("CR0", in: text), value("CR4", in: text))
    try #require(zero != nil && four != nil, "\(text)")
    #expect(zero.map { $0 >> 16 & 1 } == 1, "no write protection: \(text)")
    #expect(four.map { $0 & ProtectedProcessor.everything } == processor.offered, "\(text)")
    #expect(Files.write(Array("w".utf8), to: ends[1]))
    #expect(guest.wait(milliseconds: 60_000) == .exited(1))
    let report = Files.text(bench.folder + "/out") ?? ""
    #expect(report.contains("): write to 0x") && report.contains(", not permitted"), "\(report)")
  }

  /// The value that stands behind `name=` in the monitor's text.
  private func value(_ name: String, in text: String) -> UInt64? {
    let words = text.split { $0 == " " || $0 == "\n" || $0 == "\r\n" }
    guard let word = words.first(where: { $0.hasPrefix(name + "=") }) else { return nil }
    return UInt64(word.dropFirst(name.count + 1), radix: 16)
  }
}
