"""What the event loop's operations cost in guest instructions, from the guest Costs."""
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
