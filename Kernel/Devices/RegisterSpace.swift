// The registers of a memory-mapped device. Drivers are generic over this seam, so that a test
// answers their loads and stores with a device of its own.

/// Access to a window of device registers by byte offset, in the width that is asked for.
///
/// Each call is exactly one access, in program order. Offsets are multiples of the width; the
/// caller keeps them inside the window.
public protocol RegisterSpace {
  /// Loads 8 bits.
  func load8(_ offset: Int) -> UInt8
  /// Loads 16 bits, little-endian.
  func load16(_ offset: Int) -> UInt16
  /// Loads 32 bits, little-endian.
  func load32(_ offset: Int) -> UInt32
  /// Stores 8 bits.
  func store8(_ offset: Int, _ value: UInt8)
  /// Stores 16 bits, little-endian.
  func store16(_ offset: Int, _ value: UInt16)
  /// Stores 32 bits, little-endian.
  func store32(_ offset: Int, _ value: UInt32)
}
