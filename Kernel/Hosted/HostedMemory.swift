// What the C library tells about the process's memory.

#if !BAREMETAL
internal import CHosted

/// The C library's heap.
public enum HostedMemory {
  /// Bytes taken from the host, in use, and free within.
  public static var current: (capacity: Int, inUse: Int, free: Int) {
    let sizes = chosted_memory()
    return (Int(sizes.capacity), Int(sizes.used), Int(sizes.free))
  }
}
#endif
