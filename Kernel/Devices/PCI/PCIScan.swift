// Finding functions: bus 0 first, then the buses behind bridges in the order in which they are
// met. What a bridge says is checked, so a loop among bridges ends.

extension PCIConfiguration {
  /// Calls `body` with each function until it returns true.
  ///
  /// Costs two or three configuration accesses for each of 32 devices of a bus that exists.
  public func scan(_ body: (PCIFunction<Self>) -> Bool) {
    var seen = BusSet()
    seen.insert(0)
    var next = 0
    while let bus = seen.first(from: next) {
      if scan(bus: UInt8(bus), &seen, body) { return }
      next = bus + 1
    }
  }

  private func scan(bus: UInt8, _ seen: inout BusSet, _ body: (PCIFunction<Self>) -> Bool) -> Bool {
    for device in 0..<UInt8(32) {
      var functions: UInt8 = 1
      var number: UInt8 = 0
      while number < functions {
        let address = PCIAddress(bus: bus, device: device, function: number)
        number += 1
        guard let function = PCIFunction(self, at: address) else { continue }
        if number == 1, function.isMultifunction { functions = 8 }
        // Firmware numbers buses depth first, so a bus behind a bridge has the higher number.
        if function.headerType == 1, function.secondaryBus > bus {
          seen.insert(function.secondaryBus)
        }
        if body(function) { return true }
      }
    }
    return false
  }
}

/// A set of bus numbers.
private struct BusSet {
  private var bits = [4 of UInt64](repeating: 0)

  mutating func insert(_ bus: UInt8) { bits[Int(bus >> 6)] |= 1 << UInt64(bus & 63) }

  /// The lowest number in the set that is at least `start`.
  func first(from start: Int) -> Int? {
    var bus = start
    while bus < 256 {
      if bits[bus >> 6] >> UInt64(bus & 63) & 1 != 0 { return bus }
      bus += 1
    }
    return nil
  }
}
