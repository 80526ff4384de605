"""The server under test: started on one directory and one port, killed without warning."""

import signal
import socket
import subprocess
import time

# A start over what a run writes takes milliseconds; this is for a busy machine.
LISTENS_WITHIN_S = 30


class Server:
    """One process at a time on one directory."""

    def __init__(self, binary, directory):
        self.port, admin = free_port(), free_port()
        self.log = directory / "log"
        self.process = None
        self.command = [binary, "standalone", "--data-dir", str(directory / "data"), "--limits", "off"]
        self.command += ["--listen", f"127.0.0.1:{self.port}", "--admin-listen", f"127.0.0.1:{admin}"]

    def spawn(self):
        """Starts the process and does not wait."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        """Starts the process; seconds until it listens."""
        began = time.monotonic()
        self.spawn()
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return time.monotonic() - began
            except OSError:
                ended = self.process.poll()
                if ended is not None or time.monotonic() - began > LISTENS_WITHIN_S:
                    tail = self.log.read_text()[-4000:]
                    raise SystemExit(f"the server does not listen (exit status {ended}):\n{tail}") from None
                time.sleep(0.002)

    def kill(self):
        """SIGKILL, and waits until the process is gone."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


def free_port():
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
