"""lldb through its Python interface. Runs inside lldb, which starts it with a file that says what to
do:  lldb-16 --batch --no-lldbinit -o 'command script import lldb_client.py'"""
import json
import os
import sys
import time

import lldb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checks import PATIENCE, Context, Failed, Stop, run  # noqa: E402


class LLDB:
    """A debugger of its own, asynchronous, so that a target that runs can be interrupted."""

    def __init__(self, symbols, url, log):
        self.debugger = lldb.SBDebugger.Create(False)
        self.debugger.SetAsync(True)
        for setting in ("plugin.process.gdb-remote.packet-timeout 30", "target.x86-disassembly-flavor att",
                        "target.load-script-from-symbol-file false"):
            self.debugger.HandleCommand("settings set " + setting)
        self.target = self.debugger.CreateTarget(symbols)
        self.listener = self.debugger.GetListener()
        self.url = url
        self.watches = {}

    def connect(self):
        error = lldb.SBError()
        self.process = self.target.ConnectRemote(self.listener, self.url, "gdb-remote", error)
        if error.Fail():
            raise Failed(error.GetCString())
        self.stopped()

    def stopped(self):
        event, deadline = lldb.SBEvent(), time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not self.listener.WaitForEvent(1, event):
                continue
            if not lldb.SBProcess.EventIsProcessEvent(event):
                continue
            state = lldb.SBProcess.GetStateFromEvent(event)
            if state == lldb.eStateStopped and not lldb.SBProcess.GetRestartedFromEvent(event):
                return self.where()
            if state in (lldb.eStateExited, lldb.eStateDetached, lldb.eStateCrashed):
                raise Failed(f"the target is in state {state}")
        raise Failed("no stop")

    def thread(self):
        for thread in self.process:
            if thread.GetStopReason() not in (lldb.eStopReasonNone, lldb.eStopReasonInvalid):
                self.process.SetSelectedThread(thread)
                return thread
        return self.process.GetSelectedThread()

    def where(self):
        thread = self.thread()
        frame = thread.GetFrameAtIndex(0)
        reasons = {lldb.eStopReasonBreakpoint: "breakpoint", lldb.eStopReasonWatchpoint: "watchpoint",
                   lldb.eStopReasonSignal: "signal", lldb.eStopReasonPlanComplete: "step",
                   lldb.eStopReasonTrace: "step"}
        returned = thread.GetStopReturnValue()
        return Stop(reasons.get(thread.GetStopReason(), thread.GetStopReason()), frame.GetFunctionName(),
                    frame.GetLineEntry().GetLine(), frame.GetPC(),
                    returned.GetValueAsUnsigned() if returned.IsValid() else None)

    def resume(self):
        self.go()
        # What the process is for this interface follows the events that were taken.
        event, deadline = lldb.SBEvent(), time.monotonic() + PATIENCE
        while self.process.GetState() != lldb.eStateRunning:
            if time.monotonic() > deadline:
                raise Failed("it does not run")
            self.listener.WaitForEvent(1, event)

    def go(self):
        error = self.process.Continue()
        if error.Fail():
            raise Failed(error.GetCString())

    def go_on(self):
        self.go()
        return self.stopped()

    def interrupt(self):
        # This waits for the stop itself, and may leave its event in the queue or not.
        error = self.process.Stop()
        event, deadline = lldb.SBEvent(), time.monotonic() + PATIENCE
        while self.process.GetState() != lldb.eStateStopped:
            if error.Fail() or time.monotonic() > deadline:
                raise Failed(f"no stop: {error.GetCString()}")
            self.listener.WaitForEvent(1, event)
        return self.where()

    def step_instruction(self):
        self.thread().StepInstruction(False)
        return self.stopped()

    def next_line(self):
        self.thread().StepOver()
        return self.stopped()

    def finish(self):
        self.thread().StepOut()
        return self.stopped()

    def value(self, expression):
        frame = self.thread().GetFrameAtIndex(0)
        found = frame.FindVariable(expression)
        if not found.IsValid():
            found = self.target.FindFirstGlobalVariable(expression)
        if not found.IsValid() or found.GetError().Fail():
            raise Failed(f"no value of {expression}")
        return found.GetValueAsUnsigned()

    def register(self, name):
        return self.thread().GetFrameAtIndex(0).FindRegister(name).GetValueAsUnsigned()

    def set_register(self, name, value):
        error = lldb.SBError()
        if not self.thread().GetFrameAtIndex(0).FindRegister(name).SetValueFromCString(hex(value), error):
            raise Failed(f"{error}")

    def address(self, symbol):
        return self.target.FindFirstGlobalVariable(symbol).GetLoadAddress()

    def assign(self, symbol, value):
        error = lldb.SBError()
        self.process.WriteMemory(self.address(symbol), value.to_bytes(8, "little"), error)
        if error.Fail():
            raise Failed(error.GetCString())

    def memory(self, symbol, count):
        error = lldb.SBError()
        data = self.process.ReadMemory(self.address(symbol), count, error)
        if error.Fail():
            raise Failed(error.GetCString())
        return data

    def break_at(self, function, hardware):
        if not hardware:
            return self.target.BreakpointCreateByName(function)
        # The interface knows hardware breakpoints by the command only.
        before = self.target.GetNumBreakpoints()
        self.debugger.HandleCommand(f"breakpoint set --hardware --name {function}")
        if self.target.GetNumBreakpoints() == before:
            raise Failed("no hardware breakpoint")
        point = self.target.GetBreakpointAtIndex(before)
        if not point.IsHardware() or point.GetNumResolvedLocations() == 0:
            raise Failed("the hardware breakpoint is not set")
        return point

    def watch(self, symbol):
        error = lldb.SBError()
        point = self.target.WatchAddress(self.address(symbol), 8, False, True, error)
        if error.Fail():
            raise Failed(error.GetCString())
        return point

    def remove(self, point):
        if isinstance(point, lldb.SBWatchpoint):
            self.target.DeleteWatchpoint(point.GetID())
        else:
            self.target.BreakpointDelete(point.GetID())

    def threads(self):
        return [f"{thread.GetName()}" for thread in self.process]

    def detach(self):
        error = self.process.Detach()
        if error.Fail():
            raise Failed(error.GetCString())


def __lldb_init_module(debugger, internal_dict):
    with open(os.environ["CONFORMANCE_TASK"]) as file:
        task = json.load(file)
    client = LLDB(task["symbols"], task["target"], task["log"])
    results = run(client, Context(**task["context"]))
    with open(task["results"], "w") as file:
        json.dump(results, file)
