// Interrupts of devices that are found while running: each gets a line of the event loop and the
// vector that belongs to it. What raises the vector is an input of the I/O controller or a
// message (Intel SDM volume 3, section 11.11).

internal import CX86
internal import Devices
internal import Machine

extension Interrupts {
  // Safety: used by the one core, outside interrupt handlers.
  nonisolated(unsafe) private static var lines = LineAllocator()

  /// Leads the I/O controller's `input` to a new line; nil if there is no such input, or no line.
  static func route(ioControllerInput input: UInt32) -> Line? {
    guard let line = claim(), IOController.lead(input, to: vector(of: line)) else { return nil }
    return line
  }

  /// A new line and the message that marks it; nil if there is no line left.
  static func routeMessage() -> (line: Line, message: MSIXMessage)? {
    guard let line = claim() else { return nil }
    // To local controller 0, fixed, edge.
    let data = UInt32(truncatingIfNeeded: vector(of: line))
    return (line, MSIXMessage(address: 0xfee0_0000, data: data))
  }

  private static func claim() -> Line? {
    guard let line = lines.claim() else { return nil }
    Descriptors.setGate(
      Int(vector(of: line)), to: x86_device_interrupt_entries() + UInt64(line.rawValue) * 8,
      stack: .interrupt)
    return line
  }

  private static func vector(of line: Line) -> UInt64 {
    Vector.devices.lowerBound + UInt64(line.rawValue)
  }
}
