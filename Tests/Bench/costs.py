"""What the event loop's operations cost in guest instructions, from the guest Costs, and what a
sample of the profiler does, from the guest Profiles."""
import re
import subprocess

import guests

BUDGETS = {
    "event dispatch": ("K13", 150),
    "timer arm and cancel": ("K13", 400),
    "async hop": ("K13", 400),
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
        elif name in ("event stamp", "actor hop"):
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
