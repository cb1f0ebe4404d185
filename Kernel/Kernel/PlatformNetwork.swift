// Where the facade finds network cards.

internal import Devices

#if BAREMETAL
internal import X86

func platformNetworkDevice(_ index: Int) -> (any NetworkDevice)? {
  VirtioDrivers.network(index, on: System.loop)
}

/// What the command line says of the first interface's address; nil if nothing.
var platformAddressOption: [UInt8]? { BootArguments.option("porthole.ipv4=") }
/// The same of IPv6, beside the addresses that the interface gives itself.
var platformAddressOption6: [UInt8]? { BootArguments.option("porthole.ipv6=") }
/// What it says of name servers; nil if nothing.
var platformNameServerOption: [UInt8]? { BootArguments.option("porthole.dns=") }
#else
internal import Hosted

func platformNetworkDevice(_ index: Int) -> (any NetworkDevice)? {
  HostedTap(index, on: System.loop)
}

var platformAddressOption: [UInt8]? { HostedProcess.option("porthole.ipv4=") }
var platformAddressOption6: [UInt8]? { HostedProcess.option("porthole.ipv6=") }
var platformNameServerOption: [UInt8]? { HostedProcess.option("porthole.dns=") }
#endif
