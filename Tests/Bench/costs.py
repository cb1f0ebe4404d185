"""What the event loop's operations cost in guest instructions, from the guest Costs, and what a
sample of the profiler does, from the guest Profiles."""
import os
import re
import subprocess
import sys
import time

import guests

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "TelemetryTests"))
import reader

BUDGETS = {
    "event dispatch": ("K13", 150),
    "timer arm and cancel": ("K13", 400),
    "async hop": ("K13", 400),
    "counter update": ("A7", 4),
    "event timing": ("A7", 60),
}


def figures(say, image):
    """Runs the guest where one nanosecond is one instruction, and prints what it says."""
    arguments = guests.command("microvm", image, extra=[
        "-icount", "shift=0,sleep=off", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4"])
    run = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=60, check=False)
    for line in run.stdout.splitlines():
        name, _, count = line.partition(": ")
        if name in BUDGETS:
            figure, budget = BUDGETS[name]
            say(figure, f"{name}: {count} guest instructions (budget {budget})")
        elif name in ("event stamp", "actor hop", "counter update, a global one"):
            say("", f"     beside that, {name}: {count}")


def sample(say, image):
    """The same work without and with samples, 16 frames deep; then more and more of them a second."""
    def price(rate):
        arguments = guests.command("microvm", image, extra=[
            "-icount", "shift=0,sleep=off", "-append", f"price {rate}",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4"])
        run = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=60, check=False)
        return [int(number) for number in re.findall(r"\d+", run.stdout)][:4]

    cost, frames, _, _ = price(1000)
    say("A1", f"sample of {frames} frames: {cost} guest instructions, interrupt and all, {cost / 1e4:.3f} % "
        "at 1 kHz and 1 ns an instruction (budget 600)")
    for rate in (10_000, 20_000, 50_000):
        cost, _, taken, missed = price(rate)
        say("A2", f"{rate} samples/s: {taken} taken, {missed} missed, {cost} instructions each "
            "(budget: none missed at 20,000)")


def attached(say, image, folder, passes=10):
    """A4: a guest that is always busy, alone and with a client of the agent that gets ten frames a second."""
    path = os.path.join(folder, "agent")
    guest = subprocess.Popen(
        guests.command("microvm", image, extra=[
            "-icount", "shift=0,sleep=off", "-append", "load", "-chardev",
            f"socket,id=agent,path={path},server=on,wait=off", "-device", "isa-serial,chardev=agent,index=1"]),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def passed(count):
        """Instructions of so many passes, on average."""
        lines = [guest.stdout.readline() for _ in range(count)]
        return sum(int(re.search(rb"pass: (\d+)", line).group(1)) for line in lines) / count

    def frames():
        """Frames that have come since the last call."""
        count = 0
        while packet := link.packet(time.monotonic() + 0.1):
            count += packet[1].startswith(b"Porthole:")
        return count

    try:
        guest.stdout.readline()
        alone = passed(passes)
        link = reader.Link(path)
        assert b"PortholeTelemetry+" in link.ask(b"qSupported", 60)
        assert link.ask(b"QPorthole.Telemetry:hz=10", 60) == b"OK"
        passed(2)  # with the snapshot
        frames()
        watched = passed(passes)
        seen = frames()
        assert link.ask(b"QPorthole.Profile:rate=100", 60) == b"OK"
        passed(2)
        sampled = passed(passes)
        share = lambda count: f"{(count - alone) / alone * 100:+.3f} %"
        say("A4", f"busy guest, {seen / (passes * watched / 1e9):.1f} frames a second: {share(watched)} instructions; "
                  f"with 100 samples a second too {share(sampled)} (budget 2)")
    finally:
        guest.kill()
        guest.wait()
