#!/usr/bin/python3
"""Makes ipv6.txt: frames that `IPv6Tests` hands to a stack or expects of it, by scapy, and the last halves of
its addresses, by a SipHash of its own. The guest is fd00:9::2, its peer fd00:9::1.

  Golden/ipv6.py > Golden/ipv6.txt
"""
import logging; logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
from scapy.all import *
from scapy.layers.inet6 import *
conf.verb=0
G="02:00:00:00:00:02"; P="02:00:00:00:00:01"
A="fd00:9::2"; B="fd00:9::1"; LL="fe80::1"
def e(dst=G): return Ether(dst=dst,src=P,type=0x86dd)
def show(n,p): print(n, bytes(p).hex())
show("ns", e("33:33:ff:00:00:02")/IPv6(src=B,dst="ff02::1:ff00:2",hlim=255)/ICMPv6ND_NS(tgt=A)/ICMPv6NDOptSrcLLAddr(lladdr=P))
show("na", Ether(dst=P,src=G)/IPv6(src=A,dst=B,hlim=255)/ICMPv6ND_NA(tgt=A,R=0,S=1,O=1)/ICMPv6NDOptDstLLAddr(lladdr=G))
show("dadns", Ether(dst="33:33:ff:00:00:02",src=G)/IPv6(src="::",dst="ff02::1:ff00:2",hlim=255)/ICMPv6ND_NS(tgt=A))
show("report", Ether(dst="33:33:00:00:00:16",src=G)/IPv6(src="::",dst="ff02::16",hlim=1)/IPv6ExtHdrHopByHop(options=[RouterAlert(otype=5,value=0),PadN(otype=1,optdata=b"")])/ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4,dst="ff02::1:ff00:2")]))
show("ra", e("33:33:00:00:00:01")/IPv6(src=LL,dst="ff02::1",hlim=255)/ICMPv6ND_RA(chlim=33,routerlifetime=1800,reachabletime=15000,retranstimer=500)/ICMPv6NDOptSrcLLAddr(lladdr=P)/ICMPv6NDOptMTU(mtu=1400)/ICMPv6NDOptPrefixInfo(prefix="2001:db8:1::",prefixlen=64,L=1,A=1,validlifetime=86400,preferredlifetime=14400))
show("ping", e()/IPv6(src=B,dst=A)/ICMPv6EchoRequest(id=0x1234,seq=1,data=b"hello, world"))
show("pong", Ether(dst=P,src=G)/IPv6(src=A,dst=B,hlim=64)/ICMPv6EchoReply(id=0x1234,seq=1,data=b"hello, world"))
show("udp", e()/IPv6(src=B,dst=A)/UDP(sport=1000,dport=7)/b"abc")
show("udp0", e()/IPv6(src=B,dst=A)/UDP(sport=1000,dport=7,chksum=0)/b"abc")
show("udpnone", e()/IPv6(src=B,dst=A)/UDP(sport=1000,dport=9)/b"abc")
show("refused", Ether(dst=P,src=G)/IPv6(src=A,dst=B)/ICMPv6DestUnreach(code=4)/(IPv6(src=B,dst=A)/UDP(sport=1000,dport=9)/b"abc"))
show("unknown", e()/IPv6(src=B,dst=A,nh=200)/b"12345678")
show("problem", Ether(dst=P,src=G)/IPv6(src=A,dst=B)/ICMPv6ParamProblem(code=1,ptr=6)/(IPv6(src=B,dst=A,nh=200)/b"12345678"))
show("dstopt", e()/IPv6(src=B,dst=A)/IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0"*4)])/UDP(sport=1000,dport=7)/b"abc")
show("rthdr", e()/IPv6(src=B,dst=A)/IPv6ExtHdrRouting(type=0,addresses=["::5"],segleft=1)/UDP(sport=1000,dport=7)/b"abc")
show("badopt", e()/IPv6(src=B,dst=A)/IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x45,optdata=b"1234")])/UDP(sport=1000,dport=7)/b"abc")
show("atomic", e()/IPv6(src=B,dst=A)/IPv6ExtHdrFragment(id=9)/UDP(sport=1000,dport=7)/b"abc")
show("hops", e("33:33:ff:00:00:02")/IPv6(src=B,dst="ff02::1:ff00:2",hlim=254)/ICMPv6ND_NS(tgt=A)/ICMPv6NDOptSrcLLAddr(lladdr=P))
show("nd0", e("33:33:ff:00:00:02")/IPv6(src=B,dst="ff02::1:ff00:2",hlim=255)/ICMPv6ND_NS(tgt=A)/Raw(b"\x01\x00\0\0\0\0\0\0"))
show("self", e()/IPv6(src=A,dst=A)/UDP(sport=7,dport=7)/b"abc")
show("mcsrc", e()/IPv6(src="ff02::1",dst=A)/UDP(sport=7,dport=7)/b"abc")
show("loop", e()/IPv6(src="::1",dst=A)/UDP(sport=7,dport=7)/b"abc")
show("other", e()/IPv6(src=B,dst="fd00:9::3")/UDP(sport=7,dport=7)/b"abc")
show("nonext", e()/IPv6(src=B,dst=A,nh=59))
show("short", e()/Raw(bytes(IPv6(src=B,dst=A,plen=100)/b"abc")))
show("dadna", e("33:33:00:00:00:01")/IPv6(src=A,dst="ff02::1",hlim=255)/ICMPv6ND_NA(tgt=A,R=0,S=0,O=1)/ICMPv6NDOptDstLLAddr(lladdr=P))
fr=fragment6(IPv6(src=B,dst=A)/IPv6ExtHdrFragment(id=77)/UDP(sport=1000,dport=7)/(b"x"*3000),1280)
for i,f in enumerate(fr): show("frag%d"%i, e()/f)
show("query", e("33:33:00:00:00:01")/IPv6(src=LL,dst="ff02::1",hlim=1)/IPv6ExtHdrHopByHop(options=[RouterAlert()])/ICMPv6MLQuery2(mrd=1000))
show("raoff", e("33:33:00:00:00:01")/IPv6(src=LL,dst="ff02::1",hlim=255)/ICMPv6ND_RA(routerlifetime=0)/ICMPv6NDOptPrefixInfo(prefix="fd00:9::",prefixlen=64,L=1,A=0,validlifetime=0,preferredlifetime=0))
show("redirect", e()/IPv6(src=LL,dst="2001:db8:1:0:d7af:60a4:a59f:51ae",hlim=255)/ICMPv6ND_Redirect(tgt="fe80::9",dst="2001:db8:2::5")/ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:09"))
# SipHash-2-4 for RFC 7217 by python
def sip(key,words):
    M=(1<<64)-1
    rotl=lambda x,b:((x<<b)|(x>>(64-b)))&M
    v0=0x736f6d6570736575^key[0]; v1=0x646f72616e646f6d^key[1]; v2=0x6c7967656e657261^key[0]; v3=0x7465646279746573^key[1]
    def r():
        nonlocal v0,v1,v2,v3
        v0=(v0+v1)&M; v1=rotl(v1,13); v1^=v0; v0=rotl(v0,32)
        v2=(v2+v3)&M; v3=rotl(v3,16); v3^=v2
        v0=(v0+v3)&M; v3=rotl(v3,21); v3^=v0
        v2=(v2+v1)&M; v1=rotl(v1,17); v1^=v2; v2=rotl(v2,32)
    for w in words+[(len(words)*8%256)<<56]:
        v3^=w; r(); r(); v0^=w
    v2^=0xff
    for _ in range(4): r()
    return v0^v1^v2^v3
for pre in (0xfe80<<48, 0x20010db800010000):
    for c in (0,1): print("iid %016x %d %016x"%(pre,c,sip((1,2),[pre,0x020000000002,c,0x7217,0])))
