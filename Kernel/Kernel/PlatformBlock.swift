// Where the facade finds block devices.

internal import Devices

#if BAREMETAL
internal import X86

private func makeDevice(_ index: Int) -> (any BlockDevice)? {
  VirtioDrivers.block(index, on: System.loop)
}
#else
internal import Hosted

private func makeDevice(_ index: Int) -> (any BlockDevice)? {
  HostedDisk(index, on: System.loop)
}
#endif

// Safety: used by the one core, outside interrupt handlers.
nonisolated(unsafe) private var started: [any BlockDevice] = []

/// The `index`th block device of the machine; devices are started in order, as they are asked for.
func platformBlockDevice(_ index: Int) -> (any BlockDevice)? {
  guard index >= 0 else { return nil }
  while started.count <= index {
    guard let next = makeDevice(started.count) else { return nil }
    started.append(next)
  }
  return started[index]
}
