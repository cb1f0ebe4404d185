// The page tables of running guests, as QEMU reads them: what may be written may not be executed,
// and what the image says of its pages is what the machine holds to.

import JSON
import Launcher
import TestSupport
import Testing

/// A page as the monitor's `info tlb` lists it.
private struct MappedPage {
  var address, physical: UInt64
  var flags: Substring

  /// One line: the address, where it leads, and letters for the rights that are given.
  init?(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count == 3, let address = UInt64(words[0].dropLast(), radix: 16),
      let physical = UInt64(words[1], radix: 16)
    else { return nil }
    (self.address, self.physical, flags) = (address, physical, words[2])
  }

  var size: UInt64 { flags.contains("P") ? 2 << 20 : 4096 }
  var isWritable: Bool { flags.contains("W") }
  // The letter stands for the bit that forbids it.
  var isExecutable: Bool { !flags.contains("X") }
}

@Suite("Page tables", .serialized, .timeLimit(.minutes(10)))
struct PageTableTests {
  @Test("no page is both writable and executable", arguments: MachineType.allCases, [8, 64])
  func walk(machine: MachineType, memory: Int) throws {
    let image = try #require(TestImage.build("Heartbeat"))
    let bench = Workbench()
    _ = bench.porthole(
      "run", image.path, "--detach", "--name", "heart", "--machine", machine.rawValue, "--memory",
      "\(memory)")
    let instance = try bench.registry.instance(named: "heart")
    #expect(bench.waits { Files.text(instance.consoleLog)?.contains("beat") == true })
    let monitor = try QMPConnection(path: instance.qmpSocket, milliseconds: 10_000)
    let answer = try monitor.execute(
      "human-monitor-command", ["command-line": .string("info tlb")], milliseconds: 10_000)
    let text = try #require(answer.string)
    let pages = text.split { $0 == "\n" || $0 == "\r\n" }.compactMap(MappedPage.init)
    #expect(pages.count > 400, "\(text.prefix(400))")
    for page in pages {
      #expect(!(page.isWritable && page.isExecutable), "\(page)")
      #expect(page.address == page.physical)
    }
    try compare(pages, with: bench.run(["nm", image.symbols]).output)
    #expect(bench.porthole("stop", "heart").status == 0)
  }

  /// The pages of the image against its symbols.
  private func compare(_ pages: [MappedPage], with symbols: String) throws {
    let rows = symbols.split(separator: "\n").map { $0.split(separator: " ") }
    func symbol(_ name: Substring) throws -> UInt64 {
      let row = try #require(rows.first { $0.last == name }, "no \(name)")
      return try #require(UInt64(row[0], radix: 16))
    }
    func page(at address: UInt64) -> MappedPage? {
      pages.first { $0.address <= address && address < $0.address + $0.size }
    }
    let text = try symbol("__text_start")..<symbol("__text_end")
    let image = try symbol("__image_start")..<symbol("__image_end")
    #expect(page(at: 0) == nil)
    for address in stride(from: image.lowerBound, to: text.lowerBound, by: 4096) {
      let page = try #require(page(at: address))
      #expect(!page.isWritable && !page.isExecutable, "constants at \(page)")
    }
    for address in stride(from: text.lowerBound, to: text.upperBound, by: 4096) {
      let page = try #require(page(at: address))
      #expect(!page.isWritable && page.isExecutable, "code at \(page)")
    }
    let faults = try symbol("__fault_stacks_bottom")
    let guards = try [symbol("__stack_bottom") - 4096] + (0..<7).map { faults + $0 * 12_288 }
    for address in stride(from: text.upperBound, to: image.upperBound, by: 4096) {
      let page = page(at: address)
      #expect((page == nil) == guards.contains(address), "\(String(address, radix: 16))")
      if let page { #expect(page.isWritable && !page.isExecutable, "data at \(page)") }
    }
    // Nothing else is executable at all.
    for page in pages where page.isExecutable { #expect(text.contains(page.address)) }
  }
}
