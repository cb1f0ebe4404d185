// Bringing devices up: the exact loads and stores over both transports, and every way in which a
// device can be refused.

import Devices
import Testing
import Virtio

@Suite("virtio transports")
struct TransportTests {
  @Test("the way up over MMIO is the one of section 3.1.1, load by load")
  func mmioTrace() throws {
    let fake = FakeVirtioDevice(type: 4, features: 1 << 28, queues: [8])
    let window = FakeWindow(device: fake)
    let device = try VirtioDevice(try MMIOTransport(window), wanted: 0)
    let queue = try device.makeQueue(0, limit: 2)
    device.start()
    let (low, high) = split(queue.layout.descriptors)
    let (driverLow, driverHigh) = split(queue.layout.driver)
    let (deviceLow, deviceHigh) = split(queue.layout.device)
    #expect(
      window.trace.lines == [
        "load 0", "load 8", "load 4",  // magic, device, version
        "store 70 0", "load 70",  // reset, and wait for it
        "store 70 1", "store 70 3",  // ACKNOWLEDGE, DRIVER
        "store 14 0", "load 10", "store 14 1", "load 10",  // its features
        "store 24 0", "store 20 0", "store 24 1", "store 20 1",  // ours: VERSION_1 alone
        "store 70 b", "load 70",  // FEATURES_OK, and is it?
        "store 30 0", "load 44", "load 34",  // queue 0: not in use, at most so long
        "store 30 0", "store 38 2", "store 80 \(low)", "store 84 \(high)",
        "store 90 \(driverLow)", "store 94 \(driverHigh)", "store a0 \(deviceLow)",
        "store a4 \(deviceHigh)", "store 44 1", "load 44",
        "store 70 f",  // DRIVER_OK
      ])
    #expect(window.trace.violations == [] && fake.violations == [])
    #expect(fake.isLive && fake.accepted == 1 << 32)
  }

  private func split(_ address: UInt64) -> (String, String) {
    (RegisterTrace.hex(address & 0xffff_ffff), RegisterTrace.hex(address >> 32))
  }

  @Test("the way up over PCI is the same, in registers of their own widths")
  func pciTrace() throws {
    let fake = FakeVirtioDevice(type: 2, features: 0, queues: [8])
    let pci = FakePCI()
    pci.add(0, 3, FakePCI.virtioWords())
    let function = try #require(PCIFunction(pci, at: PCIAddress(bus: 0, device: 3, function: 0)))
    let trace = RegisterTrace()
    let transport = try PCITransport(function, try PCILayout(of: function), vectors: 1) { window in
      let kind: FakeStructure.Kind? =
        switch window.base {
        case 0xfe00_0000: .common
        case 0xfe00_2000: .device
        case 0xfe00_3000: .notify
        default: nil
        }
      return kind.map { FakeStructure(kind: $0, device: fake, trace: trace) }
    }
    #expect(transport.deviceType == 2)
    let device = try VirtioDevice(transport, wanted: 0)
    _ = try device.makeQueue(0, limit: 4)
    device.start()
    transport.notify(0)
    #expect(
      trace.lines == [
        "common store8 20", "common load8 20", "common store8 20", "common store8 20",
        "common store32 0", "common load32 4", "common store32 0", "common load32 4",
        "common store32 8", "common store32 12", "common store32 8", "common store32 12",
        "common store8 20", "common load8 20",
        "common store16 22", "common load16 24",  // select, size
        "common store16 22", "common load16 30",  // where its doorbell is
        "common store16 24", "common store32 32", "common store32 36", "common store32 40",
        "common store32 44", "common store32 48", "common store32 52",
        "common store16 16", "common store16 26", "common load16 26",  // vectors
        "common store16 28", "common load16 28", "common store8 20", "notify store16 0",
      ])
    #expect(trace.violations == [] && fake.violations == [] && fake.notifications == [0])
  }

  // MARK: Refusals

  private func error(
    _ change: (FakeVirtioDevice, FakeWindow) -> Void, queue: UInt16 = 0
  ) -> VirtioError? {
    let fake = FakeVirtioDevice(type: 2, features: 0, queues: [8], configuration: [1, 2, 3, 4])
    let window = FakeWindow(device: fake)
    change(fake, window)
    do throws(VirtioError) {
      let device = try VirtioDevice(try MMIOTransport(window), wanted: 0)
      _ = try device.stable { $0.configuration(0) }
      _ = try device.makeQueue(queue, limit: 8)
      return nil
    } catch {
      // A driver that gives up says so, unless there is nobody to say it to.
      if fake.status & 3 != 0, !fake.ignoresReset {
        #expect(fake.status & 128 != 0, "FAILED is not set")
      }
      return error
    }
  }

  @Test("a device that cannot be used is refused with the reason")
  func refusals() {
    #expect(error { _, _ in } == nil)
    #expect(error { _, window in window.state.version = 1 } == .legacy)
    #expect(error { fake, _ in fake.features = 1 << 28 } == .legacy)
    #expect(error { _, window in window.state.magic = 0 } == .malformedCapabilities)
    #expect(error { fake, _ in fake.refusesFeatures = true } == .featuresRefused)
    #expect(error { fake, _ in fake.generationNeverRests = true } == .configurationUnstable)
    #expect(error({ _, _ in }, queue: 1) == .queueUnavailable)
    #expect(error { fake, _ in fake.queues[0].limit = 0 } == .queueUnavailable)
    #expect(
      error { fake, _ in
        fake.status = 7
        fake.ignoresReset = true
      } == .resetTimedOut)
  }

  @Test("a queue limit that is no power of two is rounded down")
  func oddLimit() throws {
    let fake = FakeVirtioDevice(type: 2, features: 0, queues: [13])
    let device = try VirtioDevice(try MMIOTransport(FakeWindow(device: fake)), wanted: 0)
    let size = try device.makeQueue(0, limit: 64).size
    #expect(size == 8)
    #expect(fake.violations == [])
  }

  @Test("configuration is read again when it changes under the reader")
  func generation() throws {
    let fake = FakeVirtioDevice(type: 2, features: 0, queues: [8], configuration: [1, 0, 0, 0])
    let device = try VirtioDevice(try MMIOTransport(FakeWindow(device: fake)), wanted: 0)
    var reads = 0
    let value = try device.stable { transport in
      let value = transport.configuration(0)
      reads += 1
      if reads == 1 {
        fake.configuration[0] = 2
        fake.generation += 1
      }
      return value
    }
    #expect(value == 2 && reads == 2)
  }

  // MARK: The command line

  private func windows(_ text: String) -> [MMIOParameter] {
    var found: [MMIOParameter] = []
    Array(text.utf8).withUnsafeBytes { bytes in
      MMIOParameter.each(on: bytes) { found.append($0) }
    }
    return found
  }

  @Test("windows are read from a command line as Linux's documentation writes them")
  func commandLine() {
    #expect(
      windows("verbose=1 virtio_mmio.device=512@0xfeb00e00:12 x virtio_mmio.device=1K@4096:7:3")
        == [
          MMIOParameter(base: 0xfeb0_0e00, size: 512, interrupt: 12),
          MMIOParameter(base: 4096, size: 1024, interrupt: 7),
        ])
    #expect(windows("").isEmpty && windows("   ").isEmpty && windows("virtio_mmio.device=").isEmpty)
  }

  @Test(
    "what is malformed is left out",
    arguments: [
      "512", "512@", "512@0x", "512@0xfeb00e00", "512@0xfeb00e00:", "512@0xfeb00e00:x",
      "@0xfeb00e00:12", "16@0xfeb00e00:12", "512@0xfeb00e01:12", "512@0xfeb00e00:12z",
      "512@0xffffffffffffff00:12", "512@0x1ffffffffffffffff:12", "512@0xfeb00e00:4096",
      "18446744073709551615G@0:1", "512@0xfeb00e00:12:",
    ])
  func malformed(text: String) {
    #expect(windows("virtio_mmio.device=" + text).isEmpty)
    // And what follows is still found.
    #expect(windows("virtio_mmio.device=\(text) virtio_mmio.device=512@512:1").count == 1)
  }
}
