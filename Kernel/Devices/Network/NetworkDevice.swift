// Network cards as drivers offer them: Ethernet frames in and out. The check sequence and padding
// are the card's.

/// A card that carries Ethernet frames.
///
/// All calls come from the event loop. A driver calls back there as well, never within a call.
public protocol NetworkDevice: AnyObject {
  /// The card's address, in the low 48 bits, the first byte on the wire highest.
  var hardwareAddress: UInt64 { get }

  /// Bytes of the longest packet that a frame may carry.
  var mtu: Int { get }

  /// Has the card call `receive` with each frame that arrives, and `finish` after the last of those
  /// that have arrived together. Whoever is called must not keep the pointer.
  ///
  /// Also called, without a frame, when there is room again after `send` has found none.
  func start(
    receive: @escaping (UnsafeRawBufferPointer) -> Void, finish: @escaping () -> Void)

  /// Lets `fill` write a frame where the card sends it from, into room for MTU + 18 bytes; it
  /// returns the frame's size, 0 for none after all. False, without `fill` being called, if there
  /// is no room, or the card is out of use.
  func send(_ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Bool

  /// Has the card send what was given to it since the last time.
  func flush()

  /// Whether the card is out of use, for good.
  var hasFailed: Bool { get }
}
