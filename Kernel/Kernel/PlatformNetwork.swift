// Where the facade finds network cards.

internal import Devices

#if BAREMETAL
internal import X86

func platformNetworkDevice(_ index: Int) -> (any NetworkDevice)? {
  VirtioDrivers.network(index, on: System.loop)
}

/// What the command line says of the first interface's address; nil if nothing.
var platformAddressOption: [UInt8]? { BootArguments.option("porthole.ipv4=") }
#else

/// A process has no cards.
func platformNetworkDevice(_ index: Int) -> (any NetworkDevice)? { nil }

var platformAddressOption: [UInt8]? { nil }
#endif
