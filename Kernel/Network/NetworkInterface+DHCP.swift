// An address by DHCP: the client's state machine (module Internet) on a port of the interface.

internal import Execution
internal import Internet

/// A client, its port and its timer.
final class AddressClient {
  private let interface: NetworkInterface
  private var client: DHCPClient
  private var socket: DatagramSocket?
  private var timer: TimerID?

  init(_ interface: NetworkInterface) {
    self.interface = interface
    client = DHCPClient(
      hardware: interface.stack.configuration.hardware, transaction: interface.stack.number())
    socket = interface.bind(68) { [self] _, bytes, _ in
      guard let start = bytes.baseAddress else { return }
      // Safety: the driver's buffer, for the time of this call.
      let buffer = UnsafeBufferPointer(
        start: start.assumingMemoryBound(to: UInt8.self), count: bytes.count)
      perform(client.received(buffer.span, at: interface.now))
    }
    perform(client.started(at: interface.now))
  }

  private func perform(_ effect: DHCPClient.Effect) {
    switch effect {
    case .nothing: return
    case .send(let request, let server): send(request, to: server)
    case .configure(let network, let gateway):
      interface.offeredNameServers = client.nameServers.map { Endpoint($0, 53) }
      interface.configure(network, gateway: gateway)
    case .lose(let request):
      interface.offeredNameServers = []
      interface.loseAddress()
      send(request, to: .broadcast)
    }
    if let timer { interface.loop.cancel(timer) }
    timer = interface.at(client.deadline) { [self] in
      timer = nil
      perform(client.timerExpired(at: interface.now))
    }
  }

  private func send(_ request: DHCPRequest, to server: IPv4Address) {
    var bytes = [UInt8](repeating: 0, count: DHCPRequest.length)
    var span = bytes.mutableSpan
    request.emit(into: &span)
    _ = bytes.withUnsafeBytes { socket?.send($0, to: Endpoint(server, 67)) }
  }
}

extension NetworkInterface {
  /// Asks the network for an address, and keeps it as long as it may.
  public func startDHCP() {
    guard addressClient == nil else { return }
    addressClient = AddressClient(self)
  }

  /// Whether an address of IPv4 is being asked for.
  public var isAskingForAddress: Bool { addressClient != nil && address == nil }

  func loseAddress() {
    stack.setNetwork(nil, gateway: nil)
    changed()
  }
}
