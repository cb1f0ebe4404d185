"""A router on the link, made with scapy: it tells a network, and the guest gives itself an address in it."""
import logging

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
from scapy.all import (  # noqa: E402
    Ether, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, IPv6,
    IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, TCP, UDP, Raw, conf,
    get_if_hwaddr)


def advertise(interface, prefix, lifetime=1800):
    """One advertisement, as of the router fe80::1."""
    conf.verb = 0
    own = get_if_hwaddr(interface)
    conf.L2socket(iface=interface).send(
        Ether(dst="33:33:00:00:00:01", src=own) / IPv6(src="fe80::1", dst="ff02::1", hlim=255) /
        ICMPv6ND_RA(routerlifetime=lifetime) / ICMPv6NDOptSrcLLAddr(lladdr=own) /
        ICMPv6NDOptMTU(mtu=1500) /
        ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64, L=1, A=1, validlifetime=7200,
                              preferredlifetime=3600))


def hostile6(a, guest):
    """Headers, options, fragments and neighbours' messages that cannot be, or that lie."""
    source = "fd00:9::66"

    def send(packet, dst=None):
        a.link.send(Ether(dst=dst or a.hardware, src=a.own) / packet)

    base = IPv6(src=source, dst=guest)
    good = bytes(base / UDP(sport=9, dport=7) / b"abcdefgh")
    for cut in range(len(good)):
        send(Raw(good[:cut]))
    for length in (0, 1, 7, 65535):
        send(IPv6(src=source, dst=guest, plen=length) / UDP(sport=9, dport=7) / b"x")
    for number in range(256):
        send(IPv6(src=source, dst=guest, nh=number) / a.dice.randbytes(40))
    chain = base
    for _ in range(20):
        chain = chain / IPv6ExtHdrDestOpt()
    send(chain / UDP(sport=9, dport=7))
    for left in (0, 1, 255):
        send(base / IPv6ExtHdrRouting(type=0, addresses=[guest] * 3, segleft=left) / UDP(sport=9, dport=7))
    send(base / IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / UDP(sport=9, dport=7))
    for identity, pieces in enumerate([[(0, 1), (0, 0)], [(1, 1), (0, 1)], [(8191, 0)], [(0, 1)] * 3]):
        for offset, more in pieces:
            send(base / IPv6ExtHdrFragment(id=identity, offset=offset, m=more, nh=17) / Raw(b"z" * 24))
    for identity in range(200):
        send(base / IPv6ExtHdrFragment(id=5000 + identity, offset=0, m=1, nh=17) / Raw(b"y" * 512))
    # Whoever says that the guest's address, or the peer's, is his; routers by the hundred.
    for target in (guest, "fd00:9::1"):
        send(IPv6(src=source, dst=guest, hlim=255) / ICMPv6ND_NA(tgt=target, R=0, S=0, O=0) /
             ICMPv6NDOptDstLLAddr(lladdr="02:66:66:66:66:66"))
    for number in range(200):
        send(IPv6(src="fe80::%x" % (0x1000 + number), dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=0) /
             ICMPv6NDOptPrefixInfo(prefix="2001:db8:%x::" % number, prefixlen=64, validlifetime=60,
                                   preferredlifetime=30), "33:33:00:00:00:01")
        send(IPv6(src="fd00:9::%x" % (0x1000 + number), dst=guest, hlim=255) / ICMPv6ND_NS(tgt=guest) /
             ICMPv6NDOptSrcLLAddr(lladdr="02:66:66:66:%02x:66" % number))
    send(IPv6(src="fe80::1", dst=guest, hlim=255) / ICMPv6ND_Redirect(tgt="fe80::66", dst="fd00:9::1"))
    for mtu in (0, 68, 1279, 2**32 - 1):
        send(base / ICMPv6PacketTooBig(mtu=mtu) / IPv6(src=guest, dst=source) / TCP(sport=7, dport=9))
    for flags in ("S", "SA", "R", ""):
        send(IPv6(src=guest, dst=guest) / TCP(sport=7, dport=7, flags=flags))
        send(IPv6(src="::1", dst=guest) / TCP(sport=7, dport=7, flags=flags))
        send(IPv6(src="::", dst=guest) / TCP(sport=7, dport=7, flags=flags))
    for _ in range(500):
        data = bytearray(bytes(base / ICMPv6EchoRequest(data=a.dice.randbytes(a.dice.randrange(64)))))
        for _ in range(a.dice.randrange(1, 6)):
            data[a.dice.randrange(4, len(data))] = a.dice.randrange(256)
        send(Raw(bytes(data)))
