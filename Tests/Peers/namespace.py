"""A network namespace of the run's own: nothing outside it sees a packet, and none has to be removed."""
import fcntl
import os
import shutil
import struct
import subprocess
import sys

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 2, 0x1000
TUNSETPERSIST = 0x400454CB


def command():
    """What puts a program into such a namespace: root needs no user namespace, anybody else does."""
    return ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]


def obstacle():
    """Why this machine permits none; None if it does."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return "unshare (util-linux) or ip (iproute2) is not there: .ci/setup test installs them"
    probe = "import sys; sys.path.insert(0, sys.argv[1]); import namespace; namespace.tap('probe')"
    done = subprocess.run(command() + [sys.executable, "-c", probe, os.path.dirname(__file__)],
                          capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return "no network namespace with a TAP device: " + (done.stderr.strip().splitlines() or ["?"])[-1]


def tap(name, persistent=True):
    """Makes a TAP device; returns its descriptor, over which its frames go until somebody else attaches."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    if persistent:
        fcntl.ioctl(descriptor, TUNSETPERSIST, 1)
    return descriptor


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)


def setting(path, value):
    """One of the kernel's settings for this namespace."""
    with open("/proc/sys/net/" + path, "w") as file:
        file.write(str(value))


def interface(name, *addresses):
    """A TAP device that is up and has `addresses`; returns nothing: QEMU attaches by its name."""
    os.close(tap(name))
    up(name, *addresses)


def up(name, *addresses):
    for address in addresses:
        ip("addr", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
    ip("link", "set", name, "up")
