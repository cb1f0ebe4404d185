// The two ways to the fake device: a window of registers (virtio 1.2, section 4.2.2) and a PCI
// function (section 4.1). Both write down every load and store.

import Devices
import Testing
import Virtio

/// What a driver did to registers, in order.
final class RegisterTrace {
  var lines: [String] = []
  /// Accesses outside what a register allows.
  var violations: [String] = []

  static func hex(_ value: some BinaryInteger) -> String { String(value, radix: 16) }
}

/// The MMIO window of a fake device.
struct FakeWindow: RegisterSpace {
  final class State {
    var magic: UInt32 = 0x7472_6976
    var version: UInt32 = 2
    var featureSelect: UInt32 = 0
    var driverSelect: UInt32 = 0
    var queue = 0
  }

  let device: FakeVirtioDevice
  let trace = RegisterTrace()
  let state = State()

  func load32(_ offset: Int) -> UInt32 {
    trace.lines.append("load \(RegisterTrace.hex(offset))")
    let has = device.queues.indices.contains(state.queue)
    switch offset {
    case 0: return state.magic
    case 4: return state.version
    case 8: return device.type
    case 0xc: return 0x554d_4551
    case 0x10:
      return UInt32(truncatingIfNeeded: device.features >> (32 * UInt64(state.featureSelect)))
    case 0x34: return has ? UInt32(device.queues[state.queue].limit) : 0
    case 0x44: return has && device.queues[state.queue].isEnabled ? 1 : 0
    case 0x60: return device.interruptStatus
    case 0x70: return UInt32(device.status)
    case 0xfc: return device.readGeneration()
    case 0x100...: return device.configurationWord(offset - 0x100)
    default:
      trace.violations.append("load of \(RegisterTrace.hex(offset))")
      return 0
    }
  }

  func store32(_ offset: Int, _ value: UInt32) {
    trace.lines.append("store \(RegisterTrace.hex(offset)) \(RegisterTrace.hex(value))")
    switch offset {
    case 0x14: state.featureSelect = value
    case 0x20:
      let shift = 32 * UInt64(state.driverSelect)
      device.accepted = device.accepted & ~(0xffff_ffff << shift) | UInt64(value) << shift
    case 0x24: state.driverSelect = value
    case 0x30: state.queue = Int(value)
    case 0x50: device.notified(UInt16(value))
    case 0x64: device.interruptStatus &= ~value
    case 0x70: device.setStatus(UInt8(value))
    default: storeQueue(offset, value)
    }
  }

  private func storeQueue(_ offset: Int, _ value: UInt32) {
    guard device.queues.indices.contains(state.queue) else {
      trace.violations.append("store to a queue that is not there")
      return
    }
    func set(_ path: WritableKeyPath<FakeVirtioDevice.Queue, UInt>, _ isHigh: Bool) {
      let old = device.queues[state.queue][keyPath: path]
      device.queues[state.queue][keyPath: path] =
        isHigh ? old & 0xffff_ffff | UInt(value) << 32 : old & ~0xffff_ffff | UInt(value)
    }
    switch offset {
    case 0x38: device.queues[state.queue].size = UInt16(value)
    case 0x44: if value == 1 { device.enable(state.queue) }
    case 0x80, 0x84: set(\.descriptors, offset == 0x84)
    case 0x90, 0x94: set(\.driver, offset == 0x94)
    case 0xa0, 0xa4: set(\.device, offset == 0xa4)
    default: trace.violations.append("store to \(RegisterTrace.hex(offset))")
    }
  }

  // The registers proper are 32 bits wide (section 4.2.2.2).
  func load8(_ offset: Int) -> UInt8 { narrow() }
  func load16(_ offset: Int) -> UInt16 { narrow() }
  func store8(_ offset: Int, _ value: UInt8) { _ = narrow() as UInt8 }
  func store16(_ offset: Int, _ value: UInt16) { _ = narrow() as UInt8 }
  private func narrow<T: FixedWidthInteger>() -> T {
    trace.violations.append("narrow access")
    return 0
  }
}

/// One of the structures of a PCI device: the common configuration, the doorbells, or the
/// configuration of its kind.
struct FakeStructure: RegisterSpace {
  enum Kind { case common, notify, device }

  final class State {
    var featureSelect: UInt32 = 0
    var driverSelect: UInt32 = 0
    var queue = 0
  }

  let kind: Kind
  let device: FakeVirtioDevice
  let trace: RegisterTrace
  let state = State()
  /// Bytes between doorbells.
  var multiplier = 4
  /// How many vectors the device has.
  var vectors: UInt16 = 2

  private var has: Bool { device.queues.indices.contains(state.queue) }

  private func note(_ text: String, _ offset: Int, _ width: Int) {
    trace.lines.append("\(kind) \(text)\(width) \(offset)")
    if offset % (width / 8) != 0 { trace.violations.append("misaligned \(kind) \(offset)") }
  }

  func load8(_ offset: Int) -> UInt8 {
    note("load", offset, 8)
    switch (kind, offset) {
    case (.common, 20): return device.status
    case (.common, 21): return UInt8(truncatingIfNeeded: device.readGeneration())
    default: return bad(offset)
    }
  }

  func load16(_ offset: Int) -> UInt16 {
    note("load", offset, 16)
    guard kind == .common, has || offset == 24 else { return bad(offset) }
    switch offset {
    case 24: return has ? device.queues[state.queue].limit : 0
    case 26: return device.queues[state.queue].vector
    case 28: return device.queues[state.queue].isEnabled ? 1 : 0
    case 30: return UInt16(state.queue)
    default: return bad(offset)
    }
  }

  func load32(_ offset: Int) -> UInt32 {
    note("load", offset, 32)
    if kind == .device { return device.configurationWord(offset) }
    guard kind == .common, offset == 4 else { return bad(offset) }
    return UInt32(truncatingIfNeeded: device.features >> (32 * UInt64(state.featureSelect)))
  }

  func store8(_ offset: Int, _ value: UInt8) {
    note("store", offset, 8)
    if kind == .common, offset == 20 { device.setStatus(value) } else { _ = bad(offset) as UInt8 }
  }

  func store16(_ offset: Int, _ value: UInt16) {
    note("store", offset, 16)
    if kind == .notify {
      if offset != Int(value) * multiplier { trace.violations.append("wrong doorbell") }
      return device.notified(value)
    }
    switch offset {
    case 16: break
    case 22: state.queue = Int(value)
    case 24 where has: device.queues[state.queue].size = value
    case 26 where has: device.queues[state.queue].vector = value < vectors ? value : 0xffff
    case 28 where has && value == 1: device.enable(state.queue)
    default: _ = bad(offset) as UInt8
    }
  }

  func store32(_ offset: Int, _ value: UInt32) {
    note("store", offset, 32)
    func set(_ path: WritableKeyPath<FakeVirtioDevice.Queue, UInt>, _ isHigh: Bool) {
      guard has else { return }
      let old = device.queues[state.queue][keyPath: path]
      device.queues[state.queue][keyPath: path] =
        isHigh ? old & 0xffff_ffff | UInt(value) << 32 : old & ~0xffff_ffff | UInt(value)
    }
    switch offset {
    case 0: state.featureSelect = value
    case 8: state.driverSelect = value
    case 12:
      let shift = 32 * UInt64(state.driverSelect)
      device.accepted = device.accepted & ~(0xffff_ffff << shift) | UInt64(value) << shift
    case 32, 36: set(\.descriptors, offset == 36)
    case 40, 44: set(\.driver, offset == 44)
    case 48, 52: set(\.device, offset == 52)
    default: _ = bad(offset) as UInt8
    }
  }

  private func bad<T: FixedWidthInteger>(_ offset: Int) -> T {
    trace.violations.append("\(kind) access at \(offset)")
    return 0
  }
}
