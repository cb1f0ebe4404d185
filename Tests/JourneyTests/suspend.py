#!/usr/bin/env python3
"""SIGTSTP at the worst moment: while the dashboard draws what it drew before it was suspended.

  suspend.py ROUNDS TOOL WORD...

The tool runs on a pseudo-terminal of ours. Every signal must stop it, and SIGCONT must bring its
screen back; ends with status 1 and the number of the round otherwise.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 30
rounds, command = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "screen-256color"
    os.execv(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 32, 100, 0, 0))


def read(seconds, word=None):
    """What comes within the time, up to `word`."""
    end, got = time.monotonic() + seconds, b""
    while time.monotonic() < end and not (word and word in got):
        if select.select([terminal], [], [], 0.002)[0]:
            got += os.read(terminal, 65536)
    return got


def ends(what):
    os.kill(pid, signal.SIGKILL)
    sys.exit(what)


if b"busy" not in read(PATIENCE, b"busy"):
    ends("no dashboard")
for number in range(rounds):
    os.kill(pid, signal.SIGTSTP)
    end = time.monotonic() + PATIENCE
    while True:
        read(0.003)
        which, status = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
        if which and os.WIFSTOPPED(status):
            break
        if which:
            sys.exit(f"round {number}: ended with {status}")
        if time.monotonic() > end:
            ends(f"round {number}: SIGTSTP was lost")
    os.kill(pid, signal.SIGCONT)
    if b"busy" not in read(PATIENCE, b"busy"):
        ends(f"round {number}: the screen did not come back")
ends(0)
