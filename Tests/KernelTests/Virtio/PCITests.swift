// Finding functions, walking capabilities and installing messages, on configuration spaces made by
// hand.

import Devices
import Testing
import Virtio

@Suite("PCI")
struct PCITests {
  private func scan(_ pci: FakePCI) -> [UInt32] {
    var found: [UInt32] = []
    pci.scan { function in
      found.append(function.address.number)
      return false
    }
    return found
  }

  private func number(_ bus: UInt8, _ device: UInt8, _ function: UInt8 = 0) -> UInt32 {
    UInt32(bus) << 8 | UInt32(device) << 3 | UInt32(function)
  }

  @Test("a scan finds functions behind bridges, once, and ends where bridges run in circles")
  func bridges() {
    let pci = FakePCI()
    pci.add(0, 0, [0: 0x1237_8086])
    pci.add(0, 1, 0, [0: 0x7000_8086, 0xc: 0x0080_0000])
    pci.add(0, 1, 3, [0: 0x7113_8086])
    pci.add(0, 2, 5, [0: 0xdead_8086])  // never asked: its device has one function
    pci.add(0, 2, 0, [0: 0x0001_1b36, 0xc: 0x0001_0000, 0x18: 0x0002_0200])
    pci.add(2, 4, [0: 0x0001_1b36, 0xc: 0x0001_0000, 0x18: 0x00ff_0502])
    pci.add(5, 9, [0: 0x1042_1af4])
    pci.add(5, 10, [0: 0x0001_1b36, 0xc: 0x0001_0000, 0x18: 0x00ff_0205])  // back to bus 2
    pci.add(5, 11, [0: 0x0001_1b36, 0xc: 0x0001_0000, 0x18: 0x00ff_0005])  // back to bus 0
    #expect(
      scan(pci) == [
        number(0, 0), number(0, 1), number(0, 1, 3), number(0, 2), number(2, 4), number(5, 9),
        number(5, 10), number(5, 11),
      ])
  }

  @Test("a virtio device like QEMU's is laid out as its capabilities say")
  func layout() throws {
    let pci = FakePCI()
    let function = try #require(PCIFunction(pci, at: pci.add(0, 3, FakePCI.virtioWords())))
    let layout = try PCILayout(of: function)
    #expect(layout.common.base == 0xfe00_0000 && layout.common.size == 0x1000)
    #expect(layout.notify.base == 0xfe00_3000 && layout.notifyMultiplier == 4)
    #expect(layout.device?.base == 0xfe00_2000)
    #expect(PCILayout.deviceType(of: function) == 2)
    let capability = try #require(MSIXCapability(of: function))
    #expect(capability.count == 2 && capability.bar == 1 && capability.tableOffset == 0)
    #expect(function.memoryBase(ofBAR: 1) == 0xfebd_5000)
  }

  @Test("a BAR above 4 GiB counts in full; I/O, unassigned and missing BARs do not count")
  func bars() throws {
    var words = FakePCI.virtioWords()
    words[0x10] = 0xc001
    words[0x24] = 0x38
    let pci = FakePCI()
    let function = try #require(PCIFunction(pci, at: pci.add(0, 3, words)))
    #expect(function.memoryBase(ofBAR: 4) == 0x38_fe00_0000)
    #expect(function.memoryBase(ofBAR: 0) == nil)
    #expect(function.memoryBase(ofBAR: 2) == nil)
    #expect(function.memoryBase(ofBAR: 6) == nil && function.memoryBase(ofBAR: 255) == nil)
    #expect(try PCILayout(of: function).common.base == 0x38_fe00_0000)
  }

  private func layoutError(_ changes: [UInt8: UInt32]) -> VirtioError? {
    let pci = FakePCI()
    let words = FakePCI.virtioWords().merging(changes) { $1 }
    let address = pci.add(0, 3, words)
    guard let function = PCIFunction(pci, at: address) else { return nil }
    do throws(VirtioError) { _ = try PCILayout(of: function) } catch { return error }
    return nil
  }

  @Test("capabilities that make no sense are refused")
  func hostileCapabilities() {
    #expect(layoutError([:]) == nil)
    #expect(layoutError([0x04: 0]) == .legacy)  // no list at all
    #expect(layoutError([0x34: 0]) == .legacy)
    #expect(layoutError([0x34: 0x20]) == .legacy)  // into the header
    #expect(layoutError([0x44: 6]) == .malformedCapabilities)  // BAR 6
    #expect(layoutError([0x44: 0]) == .malformedCapabilities)  // an unassigned BAR
    #expect(layoutError([0x48: 0xffff_fff0]) == .malformedCapabilities)
    #expect(layoutError([0x48: 2]) == .malformedCapabilities)  // misaligned
    #expect(layoutError([0x4c: 0xffff_ffff]) == .malformedCapabilities)
    #expect(layoutError([0x4c: 16]) == .malformedCapabilities)  // too small for what it is
    #expect(layoutError([0x40: 0x0108_0009]) == .malformedCapabilities)  // length 8
    #expect(layoutError([0x80: 3]) == .malformedCapabilities)  // odd doorbells
    #expect(layoutError([0x20: 0, 0x24: 0]) == .malformedCapabilities)
    #expect(layoutError([0x20: 0xc001]) == .malformedCapabilities)
  }

  @Test("a chain of capabilities that runs in circles ends")
  func circle() throws {
    let pci = FakePCI()
    var words = FakePCI.virtioWords()
    words[0x40] = 0x0110_9809
    let function = try #require(PCIFunction(pci, at: pci.add(0, 3, words)))
    #expect(try PCILayout(of: function).common.base == 0xfe00_0000)
    #expect(pci.reads < 1000)
  }

  @Test("of two capabilities for the same structure the first usable one counts")
  func duplicates() throws {
    let pci = FakePCI()
    var words = FakePCI.virtioWords()
    words[0x40] = 0x0110_c009
    words[0xc0] = 0x0110_0009
    words[0xc4] = 4
    words[0xc8] = 0x8000
    words[0xcc] = 0x1000
    let address = pci.add(0, 3, words)
    let function = try #require(PCIFunction(pci, at: address))
    #expect(try PCILayout(of: function).common.base == 0xfe00_0000)
    pci.write(address, 0x44, 7)  // a reserved BAR: the device offers an alternative
    #expect(try PCILayout(of: function).common.base == 0xfe00_8000)
  }

  @Test("transitional devices tell their kind by the subsystem; others are not virtio")
  func types() throws {
    let pci = FakePCI()
    for (word, subsystem, type) in [
      (0x1001_1af4, 0x0002_1af4, 2), (0x1042_1af4, 0x1100_1af4, 2), (0x1044_1af4, 0, 4),
      (0x1042_8086, 0x0002_1af4, 0), (0x1110_1af4, 0, 0),
    ] as [(UInt32, UInt32, UInt32)] {
      let function = try #require(PCIFunction(pci, at: pci.add(0, 1, [0: word, 0x2c: subsystem])))
      #expect(PCILayout.deviceType(of: function) == type)
    }
  }

  @Test("bus mastering goes on and off, INTx off; no status bit is cleared by accident")
  func command() throws {
    let pci = FakePCI()
    var words = FakePCI.virtioWords()
    words[4] = 0xf910_0003
    let address = pci.add(0, 3, words)
    pci.writes = []
    let function = try #require(PCIFunction(pci, at: address))
    function.enableMemoryAndMastering()
    #expect(pci.writes == ["4 407"])  // writing ones to the status would clear its errors
    pci.writes = []
    function.disableMastering()
    #expect(pci.writes == ["4 403"])
  }

  private final class Table: RegisterSpace {
    var stores: [String] = []
    func load8(_ offset: Int) -> UInt8 { 0 }
    func load16(_ offset: Int) -> UInt16 { 0 }
    func load32(_ offset: Int) -> UInt32 { 0 }
    func store8(_ offset: Int, _ value: UInt8) {}
    func store16(_ offset: Int, _ value: UInt16) {}
    func store32(_ offset: Int, _ value: UInt32) {
      stores.append("\(offset) \(String(value, radix: 16))")
    }
  }

  @Test("a message is installed masked first and unmasked last, then messages are enabled")
  func message() throws {
    let table = Table()
    MSIXMessage(address: 0x1_fee0_0000, data: 51).install(1, in: table)
    #expect(table.stores == ["28 1", "16 fee00000", "20 1", "24 33", "28 0"])
    let pci = FakePCI()
    let address = pci.add(0, 3, FakePCI.virtioWords())
    let function = try #require(PCIFunction(pci, at: address))
    pci.writes = []
    try #require(MSIXCapability(of: function)).enable(function)
    #expect(pci.writes == ["152 80018411"])
  }
}
