"""What a debugger must be able to do with a stub, told once for every pair of the two.

A client (clients.py, lldb_client.py) connects and obeys; what it reports is held against what does
not come from it or the stub: the subject's source and machine code, and what the subject says on
its console.
"""
import re
import time

PATIENCE = 90  # seconds for anything: this machine may be very busy
MARKS = b"marks}#$*\x03\x7f\xff\x80\r\n\x00"


class Failed(Exception):
    """What was expected, and what came."""


class Stop:
    """Why and where the target stands."""

    def __init__(self, reason, function=None, line=None, pc=None, returned=None):
        self.reason, self.function, self.line = reason, function, line
        self.pc, self.returned = pc, returned

    def __repr__(self):
        return f"{self.reason} in {self.function} line {self.line} at {self.pc and hex(self.pc)}"


class Context:
    """What is known of the subject besides the debugger: its console, lines and instructions."""

    def __init__(self, console, lines, instructions, threads, scratch, spin):
        self.console, self.lines, self.instructions = console, lines, instructions
        self.threads, self.scratch, self.spin = threads, scratch, spin

    def said(self):
        """The last `rounds N scratch N` that the subject has written."""
        with open(self.console, errors="replace") as file:
            found = re.findall(r"rounds (\d+) scratch (\d+)\n", file.read())
        return (int(found[-1][0]), int(found[-1][1])) if found else (0, 0)

    def wait_for_rounds(self, more=10):
        """Waits until the subject has evidently run on."""
        before, deadline = self.said()[0], time.monotonic() + PATIENCE
        while self.said()[0] < before + more:
            before = min(before, self.said()[0])  # it was reset
            if time.monotonic() > deadline:
                raise Failed("the subject does not run")
            time.sleep(0.02)


def expect(condition, text, seen):
    if not condition:
        raise Failed(f"{text}; seen: {seen}")


def halt_in(client, function, hardware=False):
    """Goes on to a breakpoint at `function`, removed again."""
    point = client.break_at(function, hardware)
    try:
        stop = client.go_on()
        expect(stop.function == function and stop.reason == "breakpoint",
               f"a breakpoint in {function}", stop)
    finally:
        client.remove(point)
    return stop


def attach(client, context):
    client.connect()
    expect(client.register("rip") > 0x1000, "a program counter", client.register("rip"))


def registers(client, context):
    halt_in(client, "subject_add")
    expect(client.register("rsi") == 40, "40 as second argument in rsi", client.register("rsi"))
    rounds = client.value("subject_rounds")
    expect(client.register("rdi") == rounds, f"{rounds} in rdi", client.register("rdi"))
    # A value put into the register that the next instruction stores must arrive in memory.
    halt_in(client, "subject_store")
    total = client.value("total")
    client.set_register("rax", 0)
    for _ in range(4):
        if client.register("rax") == total:
            break
        client.step_instruction()
    client.set_register("rax", 0x1234_5678_9abc_def0)
    client.step_instruction()
    expect(client.value("subject_total") == 0x1234_5678_9abc_def0, "the register's new value stored",
           hex(client.value("subject_total")))


def memory(client, context):
    marks = client.memory("subject_marks", 16)
    expect(marks == MARKS, "the bytes of subject_marks", marks)
    client.assign("subject_scratch", context.scratch)
    expect(client.value("subject_scratch") == context.scratch, "what was written",
           client.value("subject_scratch"))


def software(client, context):
    point = client.break_at("subject_add", False)
    seen = []
    for _ in range(3):
        stop = client.go_on()
        expect(stop.function == "subject_add" and stop.reason == "breakpoint", "a breakpoint", stop)
        seen.append(client.value("subject_rounds"))
    client.remove(point)
    expect(seen == [seen[0], seen[0] + 1, seen[0] + 2], "each round once", seen)


def hardware(client, context):
    halt_in(client, "subject_store", hardware=True)


def watch(client, context):
    halt_in(client, "subject_add")
    point = client.watch("subject_total")
    try:
        stop = client.go_on()
    finally:
        client.remove(point)
    expect(stop.function in ("subject_store", "subject_round") and stop.reason == "watchpoint",
           "a watchpoint in subject_store", stop)


def instruction(client, context):
    start = halt_in(client, "subject_add").pc
    for _ in range(2):
        after = client.step_instruction().pc
        following = next((a for a in context.instructions if a > start), None)
        expect(after == following, f"the next instruction, {following}", after)
        start = after


def line(client, context):
    stop = halt_in(client, "subject_round")
    lines = [stop.line] + [client.next_line().line for _ in range(3)]
    wanted = [context.lines[name] for name in ("add", "loop", "store", "count")]
    expect(lines == wanted, f"lines {wanted}", lines)


def finish(client, context):
    halt_in(client, "subject_add")
    rounds = client.value("subject_rounds")
    stop = client.finish()
    expect(stop.function == "subject_round" and stop.returned == rounds + 40,
           f"{rounds + 40} returned to subject_round", f"{stop}, {stop.returned}")


def interrupt(client, context):
    for _ in range(2):
        client.resume()
        context.wait_for_rounds()
        stop = client.interrupt()
        expect(stop.reason == "signal", "a stop by a signal", stop)


def threads(client, context):
    names = client.threads()
    for wanted in context.threads:
        expect(any(wanted in name for name in names), f"a thread {wanted}", names)


def detach(client, context):
    client.detach()
    context.wait_for_rounds(50)
    rounds, scratch = context.said()
    expect(scratch == context.scratch, f"scratch {context.scratch} told by the subject", scratch)


ALL = [attach, registers, memory, software, hardware, watch, instruction, line, finish, interrupt,
       threads, detach]


def run(client, context):
    """Runs every check; returns for each None or what was wrong with it."""
    results = {}
    for check in ALL:
        try:
            check(client, context)
            results[check.__name__] = None
        except Exception as error:  # whatever a debugger's interface throws is a result
            results[check.__name__] = f"{type(error).__name__}: {error}"
            if check is attach:
                break
    return results
