// Random numbers on processors with and without a generator, with and without the host's help:
// no two boots print the same, and the warning stands exactly where there is no source.

import TestSupport
import Testing

/// A machine to boot on.
struct RandomMachine: CustomStringConvertible, Sendable {
  var processor: String
  var devices: [String] = []
  var hasSource: Bool
  var description: String { "\(processor) \(devices.joined(separator: " "))" }

  static let all = [
    RandomMachine(processor: "qemu64", hasSource: false),
    RandomMachine(processor: "max", hasSource: true),
    // QEMU 7.2 without KVM has RDRAND and no RDSEED.
    RandomMachine(processor: "max,rdrand=off,rdseed=off", hasSource: false),
    RandomMachine(
      processor: "qemu64", devices: ["-device", "virtio-rng-device"], hasSource: true),
  ]
}

@Suite("Random numbers of a machine", .serialized, .timeLimit(.minutes(10)))
struct RandomTests {
  private func boot(_ machine: RandomMachine) throws -> [Substring] {
    let image = try #require(TestImage.build("RandomChecks"))
    let result = Workbench().run(
      [
        "qemu-system-x86_64", "-accel", "tcg", "-cpu", machine.processor, "-m", "16", "-M",
        "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off,isa-serial=on", "-nodefaults",
        "-no-user-config", "-display", "none", "-global", "virtio-mmio.force-legacy=false",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-serial", "stdio", "-kernel", image.path,
      ] + machine.devices)
    return result.output.split { $0 == "\n" || $0 == "\r\n" }
  }

  @Test("boots differ, and the warning is there exactly without a source")
  func differ() throws {
    var seen: Set<Substring> = []
    for machine in RandomMachine.all {
      for _ in 0..<2 {
        let lines = try boot(machine)
        let numbers = lines.filter { $0.hasPrefix("random ") }
        #expect(numbers.count == 41, "\(machine): \(lines)")
        for number in numbers { #expect(seen.insert(number).inserted, "\(machine): \(number)") }
        let warnings = lines.count { $0.contains("no source") }
        #expect(warnings == (machine.hasSource ? 0 : 1), "\(machine): \(lines.prefix(3))")
      }
    }
  }
}
