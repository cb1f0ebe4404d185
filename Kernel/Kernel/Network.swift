// The network for the application. An image whose application never asks for it has neither driver
// nor stack.

@_exported public import Internet
@_exported public import Network

extension System {
  /// The `index`th network interface, in the machine's order; nil if there are not so many.
  ///
  /// The first call looks for cards and starts their drivers; later calls return the same objects. What
  /// is told of the network (`porthole net`) is the first interface's.
  /// The first interface gets its address from the word `porthole.ipv4=ADDRESS/PREFIX[,GATEWAY]` of
  /// the boot loader's command line, or else by DHCP. Of IPv6 it has an address on the link, those that
  /// routers tell networks for, and that of the word `porthole.ipv6=ADDRESS/PREFIX[,GATEWAY]`; with
  /// `porthole.ipv6=off` it has none. The word `porthole.dns=ADDRESS[:PORT],...` says who is asked for
  /// names, or else DHCP does.
  public static func network(_ index: Int = 0) -> NetworkInterface? { platformNetwork(index) }
}

extension System {
  /// The interface on which an instance speaks with itself: 127.0.0.1 and ::1. Each call returns the same object.
  public static func loopback() -> NetworkInterface {
    if let homeward { return homeward }
    let made = NetworkInterface(
      loopbackOn: System.loop, memory: platformMemoryCapacity(),
      secret: (System.random(), System.random()))
    homeward = made
    return made
  }
}

// Safety: used by the one core, outside interrupt handlers.
nonisolated(unsafe) private var homeward: NetworkInterface?

// Safety: used by the one core, outside interrupt handlers.
nonisolated(unsafe) private var started: [NetworkInterface] = []

private func platformNetwork(_ index: Int) -> NetworkInterface? {
  guard index >= 0 else { return nil }
  let usesIPv6 = platformAddressOption6.map { !$0.elementsEqual("off".utf8) } ?? true
  while started.count <= index {
    guard let device = platformNetworkDevice(started.count) else { return nil }
    let interface = NetworkInterface(
      device, loop: System.loop, memory: platformMemoryCapacity(),
      secret: (System.random(), System.random()), usesIPv6: usesIPv6, isPublished: started.isEmpty)
    if let option = platformAddressOption, started.isEmpty {
      if let found = StaticAddress(option) {
        interface.configure(found.network, gateway: found.gateway)
      } else {
        Log.write(.error, "porthole.ipv4: not used: write ADDRESS/PREFIX[,GATEWAY]")
      }
    } else {
      interface.startDHCP()
    }
    if let option = platformAddressOption6, usesIPv6, started.isEmpty {
      if let found = StaticAddress6(option) {
        interface.configure(found.network, gateway: found.gateway)
      } else {
        Log.write(.error, "porthole.ipv6: not used: write off, or ADDRESS/PREFIX[,GATEWAY]")
      }
    }
    if let option = platformNameServerOption {
      if let servers = StaticNameServers.parse(option) {
        interface.nameServers = servers
      } else {
        Log.write(.error, "porthole.dns: not used: write ADDRESS[:PORT][,ADDRESS[:PORT]]")
      }
    }
    started.append(interface)
  }
  return started[index]
}
