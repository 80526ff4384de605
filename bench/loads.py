"""Calls forebay-bench and reads its JSON. Knows its options, not what the numbers are for."""

import json
import os
import subprocess

from servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY

# Beyond warm-up and duration a call may take as long: building bodies, creating streams, waiting for late answers.
SLACK_S = 120


class Bench:
    """The load generator on its CPU."""

    def __init__(self, binary, cpu):
        self.binary, self.cpu = binary, cpu

    def start(self, command, *options):
        """Starts a command; its JSON is read by `finish`."""
        words = [str(self.binary), command, *[str(option) for option in options], "--output", "json"]
        credentials = {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY, "AWS_REGION": "us-east-1"}
        environment = {**os.environ, **credentials}
        environment.pop("AWS_SESSION_TOKEN", None)
        cpus = os.sched_getaffinity(0) if command == "roofline" else {self.cpu}
        return subprocess.Popen(
            words,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )

    def finish(self, process, timeout_s):
        """Waits for a command and returns what it measured."""
        try:
            output, errors = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise RuntimeError(f"{' '.join(process.args)} took over {timeout_s} s") from None
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(process.args)}: {errors.decode().strip()}")
        return json.loads(output)

    def load(self, server, *options, warmup_s=0.5, duration_s=3.0):
        """One load on a server, whose CPU time is counted."""
        process = self.start_load(server, *options, warmup_s=warmup_s, duration_s=duration_s)
        return self.finish(process, warmup_s + duration_s + SLACK_S)

    def start_load(self, server, *options, warmup_s=0.5, duration_s=3.0):
        """The same, not waited for."""
        common = ["--endpoint", server.endpoint, "--server-pid", server.pid]
        return self.start("load", *common, "--warmup", warmup_s, "--duration", duration_s, *options)

    def roofline(self, directory, server_cpu, *options, duration_s=3.0):
        """The ceiling of this machine."""
        cpus = ["--server-cpu", server_cpu, "--client-cpu", self.cpu]
        process = self.start("roofline", "--dir", directory, *cpus, "--duration", duration_s, *options)
        return self.finish(process, 10 * duration_s + SLACK_S)


def side(report):
    """The half of a report that was measured."""
    return report.get("put") or report["get"]


def check(report):
    """A load with errors measures something else."""
    measured = side(report)
    if measured["call_errors"] or measured["record_errors"] or measured["unanswered"] or not measured["records"]:
        raise RuntimeError(f"the load was not answered as it should: {json.dumps(measured)}")
    return report
