// modules: Telemetry Publishing Machine Devices
//
// What boot loaders say about the machine, PVH's structure and multiboot2's: anything at all is
// refused or gives a bounded number of sensible ranges, without trapping.

import Devices

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safety: the fuzzer lends `count` bytes for the time of the call.
  let window = PhysicalWindow(UnsafeRawBufferPointer(start: data, count: count), at: 0x1000)
  for found in [
    BootInformation(at: 0x1000, in: window), BootInformation(multiboot2At: 0x1000, in: window),
  ] {
    guard let found else { continue }
    precondition(found.rangeCount <= 16 && found.range(at: found.rangeCount) == nil)
    for index in 0..<found.rangeCount {
      guard let range = found.range(at: index) else { fatalError("a range is missing") }
      precondition(range.start < range.end)
    }
  }
  return 0
}
