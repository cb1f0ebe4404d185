// What a console says about output that it had to drop.

/// The line about a gap in the output.
public enum DroppedOutput {
  /// Bytes that hold every such line.
  public static var size: Int { 64 }

  /// Writes `N bytes of console output were dropped` and a line's end to the end of `buffer`,
  /// which has `size` bytes; returns where.
  @inline(never)
  @_optimize(size)
  public static func line(
    _ count: UInt64, in buffer: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    let words: StaticString = " bytes of console output were dropped\n"
    var at = size &- words.utf8CodeUnitCount
    // Safety: a StaticString of more than one scalar points at constant memory.
    for index in at..<size { buffer[index] = words.utf8Start[index &- at] }
    var rest = count
    repeat {
      at &-= 1
      buffer[at] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    return UnsafeRawBufferPointer(rebasing: buffer[at..<size])
  }
}
