#!/usr/bin/env python3
"""The prompt in non-stop mode on an instance's agent: threads stand while the others take turns.

  nonstop_prompt.py TOOL NAME SYMBOLS CONSOLE-SOCKET

Each step waits for what the prompt says; the first that does not come ends it with status 1 and a
transcript.
"""
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading

PATIENCE = 120
tool, name, symbols, console = sys.argv[1:5]
prompt = subprocess.Popen([tool, "repl", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
lines, transcript = queue.Queue(), []
threading.Thread(target=lambda: [lines.put(line) for line in prompt.stdout], daemon=True).start()


def fail(what):
    print("\n".join(transcript[-120:]))
    print("failed:", what)
    prompt.kill()
    sys.exit(1)


def until(pattern):
    """The lines up to the one that matches."""
    seen = []
    while True:
        try:
            line = lines.get(timeout=PATIENCE).rstrip()
        except queue.Empty:
            fail(f"no {pattern}")
        transcript.append("  " + line[:300])
        seen.append(line)
        if re.search(pattern, line):
            return "\n".join(seen)


def send(line):
    transcript.append(line)
    prompt.stdin.write(line + "\n")
    prompt.stdin.flush()


def say(line):
    """What the prompt says to a line that waits for nothing."""
    send(line)
    send("echo .\\n")
    return until(r"^\.$")


def expect(condition, what):
    if not condition:
        fail(what)


def turns():
    """How often ping and pong have had a turn, read while they run."""
    return [int(word) for word in re.findall(r"\t(\d+)", say(f"x/2gu {beats:#x}"))]


def goes_on(which):
    """The fibers of these indices have further turns, the others none."""
    before = turns()
    for _ in range(2000):
        now = turns()
        if all(now[index] > before[index] + 1 for index in which):
            return expect(all(now[index] == before[index] for index in (0, 1) if index not in which), "one stands")
    fail(f"no further turns than {before}")


names = subprocess.run(["nm", symbols], capture_output=True, text=True, check=True).stdout
beats = int(re.search(r"^([0-9a-f]+) \w \$e7ThreadsAAV5beats\S*vpZ$", names, re.MULTILINE).group(1), 16)
expect("is off" in say("show non-stop"), "threads stop together at first")
say("set non-stop on")
expect("is on" in say("show non-stop"), "the mode is on")

# A fiber at a breakpoint of its own: the other one passes by it, and goes on.
say("break threads_beat if $rdi == 0")
send("continue -a")
until("Breakpoint 1, ")
until(r"^\[the other threads run on\]$")
goes_on([1])
threads = say("info threads")
expect(re.search(r"^\* .*fiber ping \(stopped\)\) +.*threads_beat", threads, re.MULTILINE), "ping stands")
expect(threads.count("(running)") >= 2, "core and pong run")
expect("= 0" in say("print $rdi"), "its registers")
expect("pingTurns" in say("bt"), "its stack")
pong = re.search(r"^  (\d+) .*fiber pong", threads, re.MULTILINE).group(1)
expect("That thread is running" in say(f"thread {pong}"), "a thread that runs is not looked at")
send("stepi")
until(r"^\[the other threads run on\]$")
send("finish")
expect("in threads_beat" in until(r"^\[the other threads run on\]$"), "its caller")
goes_on([1])
say("delete 1")

# A task keeps the core's stack; the next one finds no spare one, and everything stands.
say("break threads_turn")
with socket.socket(socket.AF_UNIX) as keys:
    keys.connect(console)
    keys.sendall(b"t")
    until("Breakpoint 2, ")
    until(r"^\[the other threads run on\]$")
    goes_on([1])
    threads = say("info threads")
    expect("fiber ping (stopped)" in threads and "task 3 (stopped)" in threads, "both stand")
    keys.sendall(b"t")
    until("Breakpoint 2, ")
    until(r"^\[everything stands: no spare stack is left\]$")
    expect(turns() == turns() == turns(), "everything stands")
    say("delete 2")

# Ctrl-C while all run, and the end of the mode.
send("continue -a")
until("Continuing")
prompt.send_signal(signal.SIGINT)
until(r"^\[everything stands")
expect(turns() == turns(), "everything stands")
say("set non-stop off")
expect("is off" in say("show non-stop"), "the mode is over")

# The desk of who holds the agent: others hand in what needs no stop, whatever else comes to it.
desk = os.path.join(os.path.dirname(console), "desk")


def hand_in(line, waits=True):
    """What the desk answers to these bytes."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(PATIENCE)
        caller.connect(desk)
        try:
            caller.sendall(line)
            return caller.recv(4096) if waits else b""
        except (BrokenPipeError, ConnectionResetError):
            return b""


expect(hand_in(b"profile 100\n") == b"ok\n", "the profiler starts")
for hostile in [b"\n", b"\0\xff\xfe\n", b"profile\n", b"profile -1\n", b"profile 1 2\n", b"trace x\n",
                b"profile 99999999999999999999\n", b"x" * 100_000, b"update image\n", b"ok\n"]:
    expect(hand_in(hostile) in (b"",) or hand_in(hostile).startswith(b"error 1 "), f"{hostile[:20]} is no request")
silent = [socket.socket(socket.AF_UNIX) for _ in range(6)]
for caller in silent:
    caller.connect(desk)
for begun in [b"prof", b"profile 7"]:
    hand_in(begun, waits=False)
expect(hand_in(b"profile 0\n") == b"ok\n", "those that say nothing hold up nobody for long")
for caller in silent:
    caller.close()
second = subprocess.run([tool, "repl", name, "--batch", "-ex", "break threads_turn"], capture_output=True,
                        text=True)
words = second.stdout + second.stderr
expect(second.returncode == 5 and f"rocess {prompt.pid} holds its agent and may stop it" in words, f"who may: {words}")
expect("--read-only" not in words, f"nothing of what was not asked for: {words}")
send("quit")
prompt.wait(timeout=PATIENCE)


def loop():
    text = subprocess.run([tool, "counters", name, "loop.turns", "--json"], capture_output=True, text=True).stdout
    return text


before = loop()
for _ in range(200):
    if loop() != before:
        break
else:
    fail("it does not run on")
print("all is well")

# Nobody holds it now, and nothing is in the way of who comes next: neither a desk that was left behind by
# one that was killed.
expect(not os.path.exists(desk), "the desk is gone with its holder")
killed = subprocess.Popen([tool, "repl", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
killed.stdin.write("echo here\\n\n")
killed.stdin.flush()
while "here" not in killed.stdout.readline():
    pass
expect(os.path.exists(desk), "its desk")
killed.kill()
killed.wait()
expect(os.path.exists(desk), "a desk without a holder")
profile = subprocess.run([tool, "profile", name, "--seconds", "0.3"], capture_output=True, text=True)
expect(profile.returncode == 0, f"the agent is asked itself: {profile.stderr}")
