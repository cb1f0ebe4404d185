"""What may befall the agent: damaged and senseless packets, a cable pulled in the middle of one, a
client that is killed, a guest that hangs, a reset under a debugger. After each the machine runs on,
and the next client is served. What cannot be is asserted too (a guest that spins with interrupts
off hears nothing on its line; QEMU's stub still shows it)."""
import os
import re
import select
import signal
import time
import tty

import clients
from checks import PATIENCE, Context, expect

HELLO = "qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386"


def frame(text, wrong=0):
    data = text if isinstance(text, bytes) else text.encode()
    return b"$" + data + b"#%02x" % ((sum(data) + wrong) & 255)


class Line:
    """The raw end of the agent's line."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.descriptor)

    def send(self, data):
        while data:
            data = data[os.write(self.descriptor, data[:512]):]

    def hear(self, seconds, until=None):
        """What comes within some time, or until it matches a pattern."""
        seen, deadline = b"", time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.descriptor], [], [], left)[0]:
                seen += os.read(self.descriptor, 4096)
            if until and re.search(until, seen, re.DOTALL):
                break
        return seen

    def ask(self, text, answer=rb"\$(.*?)#[0-9a-f]{2}"):
        """The data of the packet that answers; acknowledged, as a client must."""
        self.send(frame(text))
        seen = self.hear(PATIENCE, answer)
        found = re.search(answer, seen, re.DOTALL)
        expect(found, f"an answer to {text[:40]}", seen)
        self.send(b"+")
        return found.group(1)

    def greet(self):
        """Begins as gdb does, and stops the machine."""
        self.send(b"+")
        expect(b"PacketSize=" in self.ask(HELLO), "features", "others")
        return self.ask("?")

    def leave(self):
        expect(self.ask("D;1") == b"OK", "OK to a farewell", "another answer")
        self.close()

    def close(self):
        os.close(self.descriptor)


def packets(guest, context):
    """Malformed ones are answered by an error or as unknown; damaged ones are asked for again."""
    line = Line(guest.pty)
    expect(line.greet().startswith(b"T02"), "a stop by the newcomer", "another")
    for text in ("", "m", "m,", "mffffffffffffffff,ffffffffffffffff", "M0", "Mzz,1:00", "X", "X0,ffff:", "G",
                 "G0", "Pzz=", "P", "Z", "Z0", "Z9,0,0", "z0,,", "vCont;", "vCont;q", "vCont;r1", "H", "Hx",
                 "Hgffffffffffffffffff", "T", "qXfer:features:read:target.xml:ffffffff,ffff", "qXfer:", "qRcmd,6",
                 "qCRC:0", "qSearch:memory:", "QAllow:", "vFlashWrite:", "bs", "bc", "i", "A", "C", "S", "_M",
                 "jThreadsInfos", "jMultiBreakpoint:{", "MultiMemRead:ranges:1", "vFile:open:", "vFile:pread:9,1,0",
                 "QSaveRegisterState;thread:77;", "QPassSignals:z", "QNonStop:7", b"}\x03", b"\xff\x80*"):
        answer = line.ask(text)
        expect(answer in (b"", b"OK", b"l") or answer.startswith((b"E", b"F-1", b"1", b"m")), f"a refusal of {text!r}",
               answer)
    line.send(frame("g", wrong=1))
    expect(b"-" in line.hear(PATIENCE, rb"-"), "a damaged packet asked for again", "nothing")
    line.send(frame(b"m1000,4}"))  # an escape of nothing is damage, too
    expect(b"-" in line.hear(PATIENCE, rb"-"), "a broken escape asked for again", "nothing")
    line.send(frame(b"m" + b"0" * 0x4200))
    expect(re.search(rb"\+\$#00", line.hear(PATIENCE, rb"#00")), "a packet too long is as unknown", "another")
    line.send(b"$m100000,4" + frame("qAttached"))  # truncated: the next one begins anew
    expect(line.hear(PATIENCE, rb"#31").endswith(b"$1#31"), "an answer to the second only", "another")
    line.send(b"+" + b"#" * 40 + b"}" * 40 + b"$$$$" + b"%Stop:junk#00")
    line.send(frame("qC"))
    expect(b"QC" in line.hear(PATIENCE, rb"QC[^#]*#.."), "an answer after noise", "none")
    # Out of order: what a client says while it waits for a stop is not obeyed.
    line.send(b"+" + frame("vCont;c") + frame("g") + frame("M100000,4:deadbeef") + b"\x03")
    seen = line.hear(PATIENCE, rb"\$T02[^#]*#..")
    expect(len(re.findall(rb"\$", seen)) == 1, "the stop alone", seen)
    line.send(b"+")
    expect(line.ask("m100000,4") == b"7f454c46", "memory as it was", "changed")
    line.leave()
    context.wait_for_rounds()


def pulled(guest, context):
    """The cable goes in the middle of a packet, at several places, escaped bytes among them."""
    for part in (b"$", b"$m100", b"$m1000,4#", b"$m1000,4#8", b"$X1000,2:}", b"$vCont;c#a"):
        line = Line(guest.pty)
        line.greet()
        line.ask("QStartNoAckMode")
        line.send(part)
        line.close()
        line = Line(guest.pty)
        expect(line.greet().startswith(b"T"), "a stop for the next client", "none")
        line.leave()
        context.wait_for_rounds()


def killed(guest, context, program="gdb"):
    """gdb is killed, holding the machine or letting it run. The next client is served, and what the
    dead one planted is gone: else the machine would panic at it when nobody debugs it."""
    for holds in (True, False):
        log = f"{context.console}.killed.txt"
        first = clients.GDB(program, guest.symbols, guest.pty, log)
        first.connect()
        first.break_at("subject_store", True)
        first.break_at("subject_add", False)
        first.go_on()
        if not holds:
            # It waits for a place that is never reached, with its breakpoint planted.
            first.command("-break-delete")
            first.break_at("subject_spin", False)
            first.resume()
            context.wait_for_rounds()
        os.kill(first.process.pid, signal.SIGKILL)
        first.close()
        line = Line(guest.pty)
        line.greet()
        # It goes on without breakpoints of its own, and meets none of the dead one's.
        line.send(frame("vCont;c"))
        context.wait_for_rounds(30)
        line.send(b"\x03")
        seen = line.hear(PATIENCE, rb"\$T[^#]*#..")
        expect(len(re.findall(rb"\$T02", seen)) == 1 and seen.count(b"$T") == 1, "the interrupt alone", seen)
        line.send(b"+")
        line.leave()
        context.wait_for_rounds(30)


def hanging(guest, context, program="gdb"):
    """An endless loop with interrupts on is stopped by the agent; with them off the line is not
    heard. Then the machine is reset under the debugger, which can go on."""
    debugger = clients.GDB(program, guest.symbols, guest.pty, f"{context.console}.hanging.txt")
    debugger.connect()
    debugger.break_at("subject_add", False)
    debugger.go_on()
    debugger.command("-break-delete")
    debugger.set_register("rip", "(unsigned long)&subject_hang")
    debugger.resume()
    time.sleep(0.5)
    stop = debugger.interrupt()
    expect(stop.function == "subject_hang" and stop.reason == "signal", "a stop in subject_hang", stop)
    debugger.set_register("rip", "(unsigned long)&subject_spin")
    debugger.resume()
    line = None
    try:
        time.sleep(0.5)
        debugger.say("-exec-interrupt")
        stock = clients.GDB(program, guest.symbols, guest.gdb_socket, f"{context.console}.stock.txt")
        stock.connect()
        pc = stock.register("rip")
        expect(context.spin <= pc < context.spin + 16, "QEMU's stub at subject_spin", hex(pc))
        stock.detach()
        told = [text for text in list(debugger.lines.queue) if text and text.startswith("*stopped")]
        expect(not told, "no stop told by a machine that hears nothing", told)
    finally:
        if line:
            line.close()
    boots = guest.text().count("ready")
    guest.monitor("system_reset")
    deadline = time.monotonic() + PATIENCE
    while guest.text().count("ready") == boots and time.monotonic() < deadline:
        time.sleep(0.05)
    expect(guest.text().count("ready") > boots, "a second boot", guest.text()[-200:])
    # The interrupt that the machine did not hear is lost with it; another one is.
    debugger.say("-exec-interrupt")
    stop = debugger.stopped()
    expect(stop.reason == "signal", "a stop of the machine that was reset", stop)
    expect(any("core 0" in name for name in debugger.threads()), "its threads", debugger.threads())
    debugger.break_at("subject_add", False)
    expect(debugger.go_on().function == "subject_add", "a breakpoint after the reset", "none")
    debugger.detach()
    debugger.close()
    context.wait_for_rounds()


def reset(guest, context, tool):
    """Our own prompt while the machine is reset: it goes on, or says that the link is gone."""
    driver = clients.Ours(tool, guest.symbols, f"serial:{guest.pty}@115200", f"{context.console}.reset.txt")
    driver.connect()
    driver.resume()
    context.wait_for_rounds()
    boots = guest.text().count("ready")
    guest.monitor("system_reset")
    deadline = time.monotonic() + PATIENCE
    while guest.text().count("ready") == boots and time.monotonic() < deadline:
        time.sleep(0.05)
    stop = driver.interrupt()
    expect(stop.reason == "signal", "a stop of the machine that was reset", stop)
    expect("core 0" in " ".join(driver.threads()), "its threads", "none")
    driver.detach()
    driver.close()
    context.wait_for_rounds()


def run(guest, context, tool):
    """Runs all; returns for each None or what was wrong."""
    results = {}
    for check in (packets, pulled, killed, hanging, lambda g, c: reset(g, c, tool)):
        name = check.__name__ if check.__name__ != "<lambda>" else "reset"
        start = time.monotonic()
        try:
            check(guest, context)
            results[name] = None
        except Exception as error:  # a result, whatever it is
            results[name] = f"{type(error).__name__}: {error}"
        print(f"agent: {name:12}{'FAIL' if results[name] else 'yes':>6}{time.monotonic() - start:7.1f} s",
              flush=True)
    return results
