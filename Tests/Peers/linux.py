"""What Linux's own tools make of the guest. Each check returns what is wrong, None if nothing."""
import re
import subprocess
import time


def output(*command, seconds=120):
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds,
                          stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


def ping(address, sizes, count=3):
    """Pings of each size, also such as come in pieces, all of which must be answered."""
    for size in sizes:
        text = output("ping", "-n", "-c", str(count), "-i", "0.02", "-W", "10", "-s", str(size), address)
        if not re.search(r" %d received, 0%% packet loss" % count, text) or "wrong data" in text:
            return "ping of %d bytes: %s" % (size, text.strip())
    return None


def nmap(address):
    """A scan of a thousand ports and of the system's fingerprint finds the one that is open."""
    text = output("nmap", "-n", "-Pn", "-sS", "-O", "--max-retries", "2", "-p", "1-1000",
                  *(["-6"] if ":" in address else []), address, seconds=300)
    found = re.findall(r"^(\d+)/tcp +open ", text, re.M)
    return None if found == ["7"] else "nmap: " + text.strip()


class Dnsmasq:
    """A DHCP server on `interface` that hands out 10.9.1.100 to .110."""

    def __init__(self, interface, folder):
        self.log = folder + "/dnsmasq.log"
        self.process = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root",
             "--group=root", "--no-ping", "--interface=" + interface, "--bind-interfaces",
             "--dhcp-authoritative", "--dhcp-range=10.9.1.100,10.9.1.110,255.255.255.0,2m",
             "--dhcp-leasefile=" + folder + "/leases", "--pid-file=", "--log-dhcp",
             "--log-facility=" + self.log],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def acknowledged(self):
        """Addresses that it has given."""
        with open(self.log) as file:
            return re.findall(r"DHCPACK\(\w+\) (\S+)", file.read())

    def stop(self):
        self.process.terminate()
        self.process.wait()


def unwrapped(capture):
    """The path of the capture without the 12 bytes that QEMU of before 8.0 leaves before each frame of a
    TAP device."""
    with open(capture, "rb") as file:
        start = file.read(24 + 16 + 36)
    if start[40:50] != bytes(10):
        return capture
    subprocess.run(["editcap", "-C", "12", capture, capture + ".frames"], check=True, stdout=subprocess.DEVNULL)
    return capture + ".frames"


def tshark(capture, address):
    """No frame of the guest's may be malformed or have a wrong sum, by Wireshark's own reading."""
    capture = unwrapped(capture)
    sums = ["ip", "tcp", "udp"]
    bad = "_ws.malformed || icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || " + " || ".join(
        name + ".checksum.status == 0" for name in sums)
    own = "eth.src == " + address
    command = ["tshark", "-n", "-r", capture, "-d", "tcp.port==7,echo", "-d", "udp.port==7,echo"]
    for name in sums:
        command += ["-o", name + ".check_checksum:TRUE"]
    start = time.monotonic()
    seen = output(*command, "-Y", own, "-T", "fields", "-e", "frame.number", seconds=600)
    count = len([line for line in seen.splitlines() if line.isdigit()])
    found = [line for line in output(*command, "-Y", "%s && (%s)" % (own, bad), seconds=600).splitlines()
             if "Running as user" not in line and line.strip()]
    if found:
        return "tshark: " + "\n".join(found[:10])
    if count < 20:
        return "tshark: only %d frames of the guest's: %s" % (count, seen.strip()[:500])
    print("  tshark read %d frames of the guest's in %.0f s" % (count, time.monotonic() - start))
    return None
