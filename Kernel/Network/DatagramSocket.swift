// A port of UDP as its user has it.

public import Internet

/// A port of UDP.
public final class DatagramSocket {
  /// The port.
  public let port: UInt16
  private let interface: NetworkInterface
  let receive: (DatagramSocket, UnsafeRawBufferPointer, Endpoint) -> Void

  init(
    _ port: UInt16, _ interface: NetworkInterface,
    _ receive: @escaping (DatagramSocket, UnsafeRawBufferPointer, Endpoint) -> Void
  ) {
    self.port = port
    self.interface = interface
    self.receive = receive
  }

  /// Sends a datagram; false, and counted by its reason, if that cannot be: it is longer than the
  /// network takes, there is no route, or too many wait already.
  @discardableResult
  public func send(_ bytes: UnsafeRawBufferPointer, to remote: Endpoint) -> Bool {
    // Safety: the caller's buffer, for the time of this call; an empty one may have no address.
    let buffer = UnsafeBufferPointer(
      start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    do throws(Drop) {
      try interface.stack.send(buffer.span, from: port, to: remote)
    } catch {
      return false
    }
    interface.changed()
    return true
  }

  /// Gives the port back; nothing is received any more.
  public func close() { interface.unbind(self) }
}
