"""The stubs: our agent and QEMU's stub, both in one guest, and gdbserver and lldb-server, each at a
Linux process of the same source. All run the subject before and after a debugger looks at it."""
import os
import re
import select
import socket
import subprocess
import termios
import time
import tty

from checks import PATIENCE

AGENT_THREADS = ["core 0", "fiber worker", "fiber waiter", "task "]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise RuntimeError(f"no {what} in {PATIENCE} s")
        time.sleep(0.02)


class Guest:
    """A QEMU whose guest has the agent on COM2, a pseudo-terminal, and its console in a file."""

    def __init__(self, image, folder, name="guest"):
        self.symbols = image + ".elf"
        self.console = f"{folder}/{name}.console"
        self.gdb_socket = f"{folder}/{name}.gdb"
        self.control = f"{folder}/{name}.control"
        self.log = open(f"{folder}/{name}.log", "w+")
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-M",
             "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off,isa-serial=on", "-m", "32",
             "-nodefaults", "-no-user-config", "-display", "none", "-kernel", image,
             "-chardev", f"file,id=console,path={self.console}", "-serial", "chardev:console",
             "-chardev", "pty,id=agent", "-device", "isa-serial,chardev=agent,index=1",
             "-chardev", f"socket,id=gdb,server=on,wait=off,path={self.gdb_socket}", "-gdb", "chardev:gdb",
             "-chardev", f"socket,id=qmp,server=on,wait=off,path={self.control}",
             "-mon", "chardev=qmp,mode=control"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.pty = wait_until(self.redirected, "pseudo-terminal")
        # Raw from the start: a new one would echo what the guest sends back to it.
        terminal = os.open(self.pty, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(terminal)
        os.close(terminal)
        wait_until(lambda: "rounds" in self.text(), "subject that runs")

    def redirected(self):
        self.log.seek(0)
        found = re.search(r"redirected to (/dev/\S+) \(label agent\)", self.log.read())
        return found and found.group(1)

    def text(self):
        if not os.path.exists(self.console):
            return ""
        with open(self.console, errors="replace") as file:
            return file.read()

    def monitor(self, command):
        """Gives QEMU a command over QMP."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(PATIENCE)
            link.connect(self.control)
            for line in (b'{"execute":"qmp_capabilities"}', b'{"execute":"%s"}' % command.encode()):
                link.sendall(line + b"\n")
                seen = b""
                while b'"return"' not in seen:
                    part = link.recv(4096)
                    if not part:
                        return
                    seen += part

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Agent:
    """Our agent on a serial line."""

    name, threads = "agent", AGENT_THREADS

    def __init__(self, guest):
        self.console, self.symbols = guest.console, guest.symbols
        self.gdb = guest.pty
        self.lldb = f"serial://{guest.pty}?baud=115200"
        self.ours = f"serial:{guest.pty}@115200"

    def close(self):
        pass


class QEMU:
    """QEMU's own stub."""

    name, threads = "qemu", []

    def __init__(self, guest):
        self.console, self.symbols = guest.console, guest.symbols
        self.gdb = guest.gdb_socket
        self.lldb = f"unix-connect://{guest.gdb_socket}"
        self.ours = f"qemu:{guest.gdb_socket}"

    def close(self):
        pass


class Process:
    """The subject as a Linux process, and a server that attaches to it for one client."""

    threads = []

    def __init__(self, program, folder):
        self.symbols = program
        self.console = f"{folder}/{self.name}.console"
        with open(self.console, "w") as console:
            self.process = subprocess.Popen([self.symbols], stdin=subprocess.PIPE, stdout=console,
                                            stderr=subprocess.STDOUT,
                                            start_new_session=True)  # what gdbserver interrupts
        wait_until(lambda: "rounds" in open(self.console).read(), "subject that runs")
        port = self.free_port()
        self.log = open(f"{folder}/{self.name}.log", "w+")
        self.server = subprocess.Popen(self.arguments(port), stdin=subprocess.DEVNULL, stdout=self.log,
                                       stderr=subprocess.STDOUT)
        wait_until(lambda: self.listens(port), "listening server")
        self.gdb, self.lldb, self.ours = (
            f"localhost:{port}", f"connect://localhost:{port}", f"gdb:localhost:{port}")

    @staticmethod
    def free_port():
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            return probe.getsockname()[1]

    def listens(self, port):
        """Whether somebody listens there; looked up, because a connection would be the one client."""
        wanted = f":{port:04X}"
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            if os.path.exists(table):
                with open(table) as file:
                    for row in file.read().splitlines()[1:]:
                        fields = row.split()
                        if fields[1].endswith(wanted) and fields[3] == "0A":
                            return True
        return False

    def close(self):
        for child in (self.server, self.process):
            child.kill()
            child.wait()
        self.log.close()


class GDBServer(Process):
    name = "gdbserver"

    def arguments(self, port):
        return ["gdbserver", "--once", "--attach", f"localhost:{port}", str(self.process.pid)]


class LLDBServer(Process):
    name = "lldb-server"

    def arguments(self, port):
        return ["lldb-server-16", "gdbserver", "--attach", str(self.process.pid), f"localhost:{port}"]
