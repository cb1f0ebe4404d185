"""The guest: started as a user starts it, by `porthole run`, and asked by its sockets."""
import json
import os
import re
import socket
import subprocess
import time


class Guest:
    """An instance that echoes at port 7."""

    def __init__(self, tool, image, name, net, *words):
        self.tool, self.name = tool, name
        command = [tool, "run", image, "--name", name, "--net", net, "--memory", "16", "--detach"]
        done = subprocess.run(command + (["--"] + list(words) if words else []),
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError("porthole run: " + done.stderr.strip())
        listed = subprocess.run([tool, "ps", "--json"], capture_output=True, text=True).stdout
        self.record = next(json.loads(line) for line in listed.splitlines()
                           if json.loads(line).get("name") == name)

    @property
    def folder(self):
        return os.path.join(os.environ["XDG_RUNTIME_DIR"], "porthole", self.name)

    def console(self):
        try:
            with open(os.path.join(self.folder, "console.log"), errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def address(self, pattern, seconds=60):
        """What the console says of an address; waits for it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.console())
            if found:
                return found.group(1)
            time.sleep(0.1)
        raise RuntimeError("no address in time; the console: " + repr(self.console()))

    def monitor(self, command, **arguments):
        """One command of QEMU's."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(os.path.join(self.folder, "qmp"))
            lines = link.makefile("rw")
            json.loads(lines.readline())
            answer = {}
            for request in ({"execute": "qmp_capabilities"},
                            {"execute": command, "arguments": arguments}):
                lines.write(json.dumps(request) + "\n")
                lines.flush()
                answer = json.loads(lines.readline())
                while "event" in answer:
                    answer = json.loads(lines.readline())
            if "error" in answer:
                raise RuntimeError(command + ": " + answer["error"]["desc"])
            return answer["return"]

    def capture(self, path):
        """From now on every frame of the card goes into `path` too."""
        self.monitor("object-add", **{"qom-type": "filter-dump", "id": "dump", "netdev": "net0",
                                      "file": path})

    def end_capture(self):
        self.monitor("object-del", id="dump")

    def card(self):
        """The hardware address of its network card."""
        text = self.monitor("human-monitor-command", **{"command-line": "info network"})
        return re.search(r"macaddr=([0-9a-f:]{17})", text).group(1)

    def stop(self):
        subprocess.run([self.tool, "stop", self.name], capture_output=True, stdin=subprocess.DEVNULL)
