"""Starts and stops the servers under measurement, each on one CPU. Knows how each is configured, not what is measured."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
FERROKINESIS_VERSION = "0.7.0"
ACCESS_KEY_ID = "AKIDBENCH"
SECRET_ACCESS_KEY = "a secret only for this measurement"
START_WITHIN_S = 60
STOP_WITHIN_S = 60
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Server:
    """A running server: its process, where it answers, what it uses."""

    def __init__(self, name, command, port, cpu, environment=None, log=None):
        self.name, self.port = name, port
        self.endpoint = f"http://127.0.0.1:{port}"
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env={**os.environ, **(environment or {})},
            stdout=self.log,
            stderr=self.log,
            preexec_fn=lambda: os.sched_setaffinity(0, {cpu}),
        )

    @property
    def pid(self):
        return self.process.pid

    def wait_listening(self):
        """Waits until the port takes connections."""
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode} before it listened")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"{self.name} did not listen within {START_WITHIN_S} s")

    def resident_bytes(self, field="VmRSS"):
        """Resident memory now, or at its peak with `VmHWM`."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"/proc/{self.pid}/status has no {field}")

    def cpu_seconds(self):
        """User and system time of the whole process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def stop(self):
        """Asks the server to end, and ends it if it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.log != subprocess.DEVNULL:
            self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def free_port():
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_forebay(binary, data_dir, cpu, manifest=None, limits="off", port=None):
    """forebay standalone, verifying signatures and syncing every put; not waited for."""
    port = port or free_port()
    command = [binary, "standalone", "--data-dir", data_dir, "--listen", f"127.0.0.1:{port}"]
    command += ["--admin-listen", f"127.0.0.1:{free_port()}", "--limits", limits, "--shard-limit", "100000"]
    if manifest:
        command += ["-f", manifest]
    environment = {"FOREBAY_ACCESS_KEY_ID": ACCESS_KEY_ID, "FOREBAY_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY}
    return Server("forebay", command, port, cpu, environment, log=Path(str(data_dir) + ".log"))


def start_ferrokinesis(binary, cpu):
    """ferrokinesis in memory: it neither verifies nor stores."""
    port = free_port()
    command = [binary, "--port", port, "--create-stream-ms", "0", "--delete-stream-ms", "0"]
    command += ["--shard-limit", "100000", "--log-level", "error"]
    return Server("ferrokinesis", command, port, cpu)


def forebay_binary():
    """The release build, or what FOREBAY names."""
    return existing(os.environ.get("FOREBAY", TARGET / "release" / "forebay"), "cargo build --release -p forebay")


def bench_binary():
    """The load generator, or what FOREBAY_BENCH names."""
    path = os.environ.get("FOREBAY_BENCH", TARGET / "release" / "forebay-bench")
    return existing(path, "cargo build --release -p forebay-bench")


def ferrokinesis_binary():
    """What FERROKINESIS names, or an installation of the pinned version below the target directory."""
    named = os.environ.get("FERROKINESIS")
    if named:
        return existing(named, "or unset FERROKINESIS to have it installed")
    root = TARGET / "compare"
    path = root / "bin" / "ferrokinesis"
    if not path.exists():
        install = ["cargo", "install", "ferrokinesis", "--version", FERROKINESIS_VERSION, "--locked", "--root", str(root)]
        subprocess.run(install, check=True, timeout=1800)
    return path


def existing(path, remedy):
    path = Path(path)
    if not path.exists():
        raise SystemExit(f"bench/compare: {path} does not exist; {remedy}")
    return path


def empty(directory):
    """The directory, made new, and without the log beside it."""
    shutil.rmtree(directory, ignore_errors=True)
    Path(str(directory) + ".log").unlink(missing_ok=True)
    return directory
