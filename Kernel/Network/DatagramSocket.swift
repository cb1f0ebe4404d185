// A port of UDP as its user has it.

public import Internet

/// A port of UDP.
public final class DatagramSocket {
  /// The port.
  public let port: UInt16
  private let interface: NetworkInterface
  /// Who has sent the last datagram, and to which address of ours.
  var correspondence: (from: Endpoint, to: IPAddress)?
  let receive: (DatagramSocket, UnsafeRawBufferPointer, Endpoint) -> Void

  init(
    _ port: UInt16, _ interface: NetworkInterface,
    _ receive: @escaping (DatagramSocket, UnsafeRawBufferPointer, Endpoint) -> Void
  ) {
    self.port = port
    self.interface = interface
    self.receive = receive
  }

  /// Sends a datagram, in pieces if the network does not take it whole; false, and counted by its
  /// reason, if that cannot be: it is longer than 16 kB, there is no route, or too many wait already.
  @discardableResult
  public func send(_ bytes: UnsafeRawBufferPointer, to remote: Endpoint) -> Bool {
    // Safety: the caller's buffer, for the time of this call; an empty one may have no address.
    let buffer = UnsafeBufferPointer(
      start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    do throws(Drop) {
      let own = correspondence?.from == remote ? correspondence?.to : nil
      try interface.stack.send(buffer.span, from: port, own, to: remote, at: interface.now)
    } catch {
      return false
    }
    interface.changed()
    return true
  }

  /// Gives the port back; nothing is received any more.
  public func close() { interface.unbind(self) }
}
