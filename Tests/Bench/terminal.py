"""A program timed on a pseudo-terminal: from exec to text on its screen, from a key to the next."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time


class Terminal:
    """A child process on an 80x24 terminal of its own."""

    def __init__(self, arguments, columns=80, rows=24):
        self.start = time.monotonic()
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.execvp(arguments[0], arguments)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.seen = b""

    def read_until(self, marker, seconds=20):
        """The moment at which `marker` had arrived; None if it did not in time."""
        deadline = time.monotonic() + seconds
        while marker not in self.seen:
            ready, _, _ = select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            try:
                part = os.read(self.descriptor, 65536)
            except OSError:
                return None
            if not part:
                return None
            self.seen += part
        return time.monotonic()

    def settle(self, quiet=0.05):
        """Reads until nothing has come for `quiet` seconds; the moment of the last byte."""
        last = time.monotonic()
        while select.select([self.descriptor], [], [], quiet)[0]:
            try:
                self.seen += os.read(self.descriptor, 65536)
            except OSError:
                break
            last = time.monotonic()
        return last

    def send(self, keys):
        self.seen = b""
        os.write(self.descriptor, keys)
        return time.monotonic()

    def close(self, keys=b""):
        """Ends the program: by its keys if it obeys them within two seconds, else by SIGKILL."""
        try:
            if keys:
                os.write(self.descriptor, keys)
        except OSError:
            pass
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            try:
                if select.select([self.descriptor], [], [], 0.02)[0]:
                    os.read(self.descriptor, 65536)
            except OSError:
                pass
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)
