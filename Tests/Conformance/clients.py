"""Debuggers that are driven through pipes: gdb by its machine interface, and our own prompt."""
import json
import os
import queue
import re
import signal
import subprocess
import threading
import time

from checks import PATIENCE, Failed, Stop


class Piped:
    """A program, what it is told and the lines that it says."""

    def __init__(self, arguments, log):
        self.log = open(log, "w")
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1, errors="replace")
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for text in self.process.stdout:
            self.log.write(text)
            self.log.flush()
            self.lines.put(text.rstrip("\n"))
        self.lines.put(None)

    def say(self, text):
        self.log.write(f"> {text}\n")
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def until(self, wanted):
        """Takes lines until `wanted` gives something for one."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                text = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed("no answer from the debugger") from None
            if text is None:
                raise Failed("the debugger has ended")
            found = wanted(text)
            if found is not None:
                return found

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()


class GDB(Piped):
    """gdb, through its machine interface (its manual, chapter 27), which says when things happen."""

    REASONS = {"breakpoint-hit": "breakpoint", "watchpoint-trigger": "watchpoint",
               "signal-received": "signal", "end-stepping-range": "step", "function-finished": "step"}

    def __init__(self, program, symbols, target, log):
        super().__init__([program, "-nx", "-q", "--interpreter=mi3", symbols], log)
        self.target = target
        self.stop_line = None

    def command(self, text):
        """Runs a command; returns the text of its result."""
        def result(line):
            if line.startswith("*stopped"):
                self.stop_line = line
            if line.startswith(("^done", "^running", "^connected", "^error")):
                return line
            return None
        self.say(text)
        answer = self.until(result)
        if answer.startswith("^error"):
            raise Failed(f"{text}: {answer}")
        return answer

    def connect(self):
        for text in ("mi-async on", "confirm off", "pagination off", "breakpoint pending off",
                     "remotetimeout 30", "auto-solib-add off", "sysroot /"):
            self.command(f"-gdb-set {text}")
        self.command(f"-target-select remote {self.target}")
        self.stopped()

    def stopped(self):
        line, self.stop_line = self.stop_line, None
        if line is None:
            line = self.until(lambda text: text if text.startswith("*stopped") else None)
        field = lambda name: (re.findall(rf'[{{,]{name}="([^"]*)"', line) or [None])[-1]
        reason, returned = field("reason"), field("return-value")
        return Stop(self.REASONS.get(reason, reason), field("func"), number(field("line")),
                    number(field("addr")), number(returned))

    def motion(self, command):
        self.stop_line = None
        self.command(command)
        return self.stopped()

    def go_on(self):
        return self.motion("-exec-continue")

    def resume(self):
        self.stop_line = None
        self.command("-exec-continue")

    def interrupt(self):
        return self.motion("-exec-interrupt")

    def step_instruction(self):
        return self.motion("-exec-step-instruction")

    def next_line(self):
        return self.motion("-exec-next")

    def finish(self):
        return self.motion("-exec-finish")

    def value(self, expression):
        text = self.command(f'-data-evaluate-expression "(unsigned long){expression}"')
        return int(re.search(r'value="(\d+)', text).group(1))

    def register(self, name):
        return self.value(f"${name}")

    def set_register(self, name, value):
        self.command(f"-gdb-set var ${name} = {value}")

    def assign(self, symbol, value):
        self.command(f"-gdb-set var {symbol} = {value}")

    def memory(self, symbol, count):
        text = self.command(f"-data-read-memory-bytes &{symbol} {count}")
        return bytes.fromhex(re.search(r'contents="([0-9a-f]*)"', text).group(1))

    def break_at(self, function, hardware):
        text = self.command(f"-break-insert {'-h ' if hardware else ''}{function}")
        return re.search(r'number="(\d+)"', text).group(1)

    def watch(self, symbol):
        return re.search(r'number="(\d+)"', self.command(f"-break-watch {symbol}")).group(1)

    def remove(self, point):
        self.command(f"-break-delete {point}")

    def threads(self):
        text = self.command("-thread-info")
        return re.findall(r'(?:name|details|target-id)="((?:[^"\\]|\\.)*)"', text)

    def detach(self):
        self.command("-target-detach")
        self.say("-gdb-exit")
        self.process.wait(timeout=PATIENCE)


class Ours(Piped):
    """Our own prompt, which prints JSON objects."""

    def __init__(self, program, symbols, target, log):
        super().__init__([program, "repl", target, "--symbols", symbols, "--json"], log)
        self.marks = 0

    def command(self, text):
        """Runs a command; returns the objects that it prints."""
        self.begin(text)
        return self.end(text)

    def begin(self, text):
        self.marks += 1
        self.say(text)
        self.say(f"echo @{self.marks}@")

    def end(self, text):
        objects, mark = [], f"@{self.marks}@"

        def last(line):
            if not line.startswith("{"):
                return None
            value = json.loads(line)
            objects.append(value)
            is_echo = value["schema"].startswith("porthole.echo")
            return True if is_echo and mark in value["text"] else None
        self.until(last)
        for value in objects:
            if value["schema"].startswith("porthole.error"):
                raise Failed(f"{text}: {value['message']}")
        return objects[:-1]

    def connect(self):
        self.command("echo connected")

    def only(self, text, schema):
        found = [o for o in self.command(text) if o["schema"].startswith("porthole." + schema)]
        if not found:
            raise Failed(f"{text}: no {schema}")
        return found

    def motion(self, text):
        return self.stop(self.command(text))

    def stop(self, objects):
        found = [value for value in objects if value["schema"].startswith("porthole.stop")]
        if not found:
            raise Failed(f"no stop in {objects}")
        value = found[-1]
        frame = value.get("frame") or {}
        reason = {"arrived": "step", "finished": "step"}.get(value["reason"], value["reason"])
        if reason == "interrupted":
            reason = "signal"
        return Stop(reason, frame.get("function"), frame.get("line"), number(frame.get("pc")),
                    number(value.get("returned")))

    def go_on(self):
        return self.motion("continue")

    def resume(self):
        self.begin("continue")

    def interrupt(self):
        os.kill(self.process.pid, signal.SIGINT)
        return self.stop(self.end("continue"))

    def step_instruction(self):
        return self.motion("stepi")

    def next_line(self):
        return self.motion("next")

    def finish(self):
        return self.motion("finish")

    def value(self, expression):
        value = self.only(f"print (unsigned long){expression}", "value")[-1]
        return int(value["bits"], 16) if value.get("bits") else int(value["text"].split()[-1], 0)

    def register(self, name):
        return self.value(f"${name}")

    def set_register(self, name, value):
        self.command(f"set var ${name} = {value}")

    def assign(self, symbol, value):
        self.command(f"set var {symbol} = {value}")

    def memory(self, symbol, count):
        rows = self.only(f"x/{count}xb &{symbol}", "memory")
        return bytes(int(value, 16) for row in rows for value in row["values"])

    def break_at(self, function, hardware):
        return self.only(f"{'h' if hardware else ''}break {function}", "breakpoint")[-1]["number"]

    def watch(self, symbol):
        return self.only(f"watch {symbol}", "breakpoint")[-1]["number"]

    def remove(self, point):
        self.command(f"delete {point}")

    def threads(self):
        return [value["name"] or "" for value in self.only("info threads", "thread")]

    def detach(self):
        self.say("detach")
        self.process.wait(timeout=PATIENCE)
        if self.process.returncode != 0:
            raise Failed(f"status {self.process.returncode}")


def number(text):
    """An integer of either base at the start of `text`, if there is one."""
    found = re.match(r"0x[0-9a-f]+|\d+", text) if isinstance(text, str) else None
    return int(found.group(0), 0) if found else text if isinstance(text, int) else None
