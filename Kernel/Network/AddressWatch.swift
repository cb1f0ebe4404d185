// Who is told of an interface's addresses.

internal import Internet

/// Somebody who is told of each address that an interface gets.
public final class AddressWatch {
  private let interface: NetworkInterface
  let body: (IPAddress) -> Void

  init(_ interface: NetworkInterface, _ body: @escaping (IPAddress) -> Void) {
    self.interface = interface
    self.body = body
  }

  /// Nothing is told any more.
  public func end() { interface.end(self) }
}
