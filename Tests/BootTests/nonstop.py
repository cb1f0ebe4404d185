#!/usr/bin/env python3
"""gdb in non-stop mode on the agent: a fiber and a task stand, one by one, while the others take turns.

  nonstop.py SYMBOLS AGENT-SOCKET CONSOLE-SOCKET

Each step waits for what gdb says; the first that does not come ends it with status 1 and a transcript.
"""
import queue
import re
import socket
import subprocess
import sys
import threading

PATIENCE = 120
symbols, agent, console = sys.argv[1:4]
gdb = subprocess.Popen(["gdb", "-nx", "--interpreter=mi2", symbols], stdin=subprocess.PIPE,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
lines, transcript, late = queue.Queue(), [], []
threading.Thread(target=lambda: [lines.put(line) for line in gdb.stdout], daemon=True).start()


def fail(what):
    print("\n".join(transcript[-120:]))
    print("failed:", what)
    gdb.kill()
    sys.exit(1)


def until(pattern):
    """The lines up to the one that matches; those of stops that came before are kept for `stopped`."""
    seen = []
    while True:
        try:
            line = lines.get(timeout=PATIENCE).rstrip()
        except queue.Empty:
            fail(f"no {pattern}")
        transcript.append("  " + line[:300])
        seen.append(line)
        if re.search(pattern, line):
            return seen
        if line.startswith("*stopped"):
            late.append(line)


def command(text):
    transcript.append(text)
    gdb.stdin.write(text + "\n")
    gdb.stdin.flush()
    seen = until(r"^\^(done|running|connected|error)")
    if seen[-1].startswith("^error"):
        fail(f"{text}: {seen[-1]}")
    return "\n".join(seen)


def stopped(thread=None):
    """The next stop, of this thread if one is named: its thread, and the record."""
    pattern = rf'thread-id="{thread or "[0-9]+"}"'
    while True:
        for line in late:
            if re.search(pattern, line):
                late.remove(line)
                return re.search(r'thread-id="([0-9]+)"', line).group(1), line
        late.append(until(r"^\*stopped")[-1])


def threads():
    return dict(re.findall(r'\{id="([0-9]+)",target-id="[^"]*",name="([^"]*)"', command("-thread-info")))


def states():
    return dict(re.findall(r'\{id="([0-9]+)".*?state="([a-z]+)"', command("-thread-info")))


def number(expression, thread):
    text = command(f'-data-evaluate-expression --thread {thread} "{expression}"')
    return int(re.search(r'value="(-?[0-9]+)', text).group(1))


def turns():
    """How often ping and pong have had a turn, read while they run."""
    text = command(f"-data-read-memory-bytes {beats:#x} 16")
    raw = bytes.fromhex(re.search(r'contents="([0-9a-f]{32})"', text).group(1))
    return int.from_bytes(raw[:8], "little"), int.from_bytes(raw[8:], "little")


def expect(condition, what):
    if not condition:
        fail(what)


def goes_on(which):
    """The fibers of these indices have further turns."""
    before = turns()
    for _ in range(2000):
        now = turns()
        if all(now[index] > before[index] for index in which):
            return
    fail(f"no further turns than {before}")


names = subprocess.run(["nm", symbols], capture_output=True, text=True, check=True).stdout
beats = int(re.search(r"^([0-9a-f]+) \w \$e7ThreadsAAV5beats\S*vpZ$", names, re.MULTILINE).group(1), 16)
for setting in ("mi-async on", "non-stop on", "width 0", "confirm off"):
    command(f"-gdb-set {setting}")
command(f"-target-select remote {agent}")
command("-exec-continue --all")
goes_on((0, 1))

# A fiber at a breakpoint: the other one goes on.
command("-break-insert -c \"$rdi==0\" threads_beat")
fiber, line = stopped()
expect('func="threads_beat"' in line and 'reason="breakpoint-hit"' in line, line)
expect(threads()[fiber] == "fiber ping (stopped)", "ping is told as stopped")
expect([state for thread, state in states().items() if thread != fiber].count("stopped") == 0, "the others run")
goes_on((1,))
ping = turns()[0]
goes_on((1,))
expect(turns()[0] == ping, "ping stands")
expect(number("$rdi", fiber) == 0, "its registers")
frames = command(f"-stack-list-frames --thread {fiber}")
expect("pingTurns" in frames and "fiber_entry" in frames, frames)
command(f"-exec-next-instruction --thread {fiber}")
stopped(fiber)
command(f"-exec-finish --thread {fiber}")
_, line = stopped(fiber)
expect("beat" in line and "function-finished" in line, line)
goes_on((1,))
command("-break-delete")
command(f"-exec-continue --thread {fiber}")
goes_on((0, 1))

# A task likewise: it keeps the core's stack, and the loop goes on with the spare one.
command("-break-insert threads_turn")
with socket.socket(socket.AF_UNIX) as keys:
    keys.connect(console)
    keys.sendall(b"t")
    task, line = stopped()
    expect('func="threads_turn"' in line, line)
    expect(threads()[task] == "task 3 (stopped)", "the task is told as stopped")
    goes_on((0, 1))
    turn = number("$rdi", task)
    command(f"-exec-next-instruction --thread {task}")
    stopped(task)
    command(f"-exec-finish --thread {task}")
    _, line = stopped(task)
    expect("taskTurns" in line, line)
    goes_on((0, 1))
    command(f"-exec-continue --thread {task}")
    stopped(task)
    expect(number("$rdi", task) == turn + 1, "the next turn")

    # The second task finds no spare stack: everything stands, and core 0 says why.
    keys.sendall(b"t")
    _, line = stopped()
    expect(any("no spare stack is left" in name for name in threads().values()), f"a reason in {threads()}")
    before = turns()
    expect(turns() == before == turns(), "everything stands")
    command("-break-delete")
    command("-exec-continue --all")
    goes_on((0, 1))

# Everything on request, and on.
command("-exec-interrupt --all")
for _ in range(3):
    stopped()
before = turns()
expect(turns() == before, "everything stands")
command("-exec-continue --all")
goes_on((0, 1))
command("-target-detach")
gdb.stdin.write("-gdb-exit\n")
gdb.stdin.flush()
gdb.wait(timeout=PATIENCE)
print("all is well")
