"""What is measured of each target, as plain data for the results file. Each function is one section of it."""

import os
import platform
import subprocess
import time
from pathlib import Path

from loads import check, side
from servers import REPOSITORY, empty, free_port, start_ferrokinesis, start_forebay

# The loads of the targets: options of forebay-bench load, and what the roofline calls the same work.
LOADS = {
    "put-records, 1 connection": (["--operation", "put-records", "--connections", 1], ("put-records", 1)),
    "put-records, 4 connections": (["--operation", "put-records", "--connections", 4], ("put-records", 4)),
    "put-records, 4 connections, CBOR": (["--operation", "put-records", "--connections", 4, "--encoding", "cbor"], None),
    "put-record, 16 connections": (["--operation", "put-record", "--connections", 16], ("put-record", 16)),
    "get-records, 1 connection": (["--operation", "get-records", "--connections", 1], ("get-records", 1)),
    "get-records, 4 connections": (["--operation", "get-records", "--connections", 4], ("get-records", 4)),
}
# What there is to read: twenty pages of 1,000 in each of four shards.
FILL_RECORDS = 80_000
# One stream of so many shards, and so many streams of one.
GROWTH = {
    "1 stream of 4 shards": (1, 4),
    "1 stream of 16 shards": (1, 16),
    "1 stream of 100 shards": (1, 100),
    "1 stream of 1,000 shards": (1, 1000),
    "10 streams of 1 shard": (10, 1),
    "100 streams of 1 shard": (100, 1),
    "1,000 streams of 1 shard": (1000, 1),
}
GROWTH_ENDS = ("1 stream of 4 shards", "1 stream of 1,000 shards", "1,000 streams of 1 shard")
BUDGET_BYTES = 256 << 20


class Measures:
    """Where and how long to measure."""

    def __init__(self, bench, directory, server_cpu, quick, binaries):
        self.bench, self.directory, self.server_cpu, self.quick = bench, Path(directory), server_cpu, quick
        self.binaries = binaries
        self.duration_s = 1.0 if quick else 3.0

    def data_dir(self, name):
        return self.directory / f"forebay-compare-{os.getpid()}-{name}"

    def clean(self):
        """Leaves nothing behind, however the measuring ended."""
        for left in self.directory.glob(f"forebay-compare-{os.getpid()}-*"):
            empty(left) if left.is_dir() else left.unlink(missing_ok=True)

    def start(self, target, data_dir, **options):
        """A server of one of the names in `binaries`."""
        if target == "ferrokinesis":
            return start_ferrokinesis(self.binaries[target], self.server_cpu)
        return start_forebay(self.binaries[target], data_dir, self.server_cpu, **options)

    def loads(self, rounds):
        """Every load on every target, interleaved: a slow minute of the machine hits all of them."""
        results = {load: {} for load in LOADS}
        for turn in range(rounds):
            for load, (options, roofline) in LOADS.items():
                say(f"round {turn + 1} of {rounds}: {load}")
                if roofline:
                    self.add(results[load], "roofline", self.roofline(*roofline))
                for target in self.binaries:
                    self.add(results[load], target, self.one_load(target, options))
        return results

    def add(self, results, target, report):
        results.setdefault(target, []).append(report)

    def roofline(self, operation, connections):
        options = ["--no-parts", "--operations", operation, "--connections", connections]
        report = self.bench.roofline(self.directory, self.server_cpu, *options, duration_s=self.duration_s)
        measurement = report["measurements"][0]
        return {**check(measurement["report"]), "syncs": measurement.get("syncs")}

    def one_load(self, target, options):
        data_dir = empty(self.data_dir("load"))
        with self.start(target, data_dir) as server:
            server.wait_listening()
            if "get-records" in options:
                self.fill(server, FILL_RECORDS)
            report = check(self.bench.load(server, "--create", *options, duration_s=self.duration_s))
        empty(data_dir)
        return report

    def fill(self, server, records, *options):
        """Puts so many records, as fast as it goes."""
        common = ["--create", "--connections", 4, "--records", records]
        check(self.bench.load(server, *common, *options, warmup_s=0, duration_s=900))

    def parts(self):
        """Each part of the unavoidable work alone, and the disk alone."""
        say("parts of the unavoidable work")
        report = self.bench.roofline(self.directory, self.server_cpu, "--operations", "put-records", "--connections", 1)
        return {"parts": report["parts"], "syncs": report["syncs"]}

    def idle(self):
        """Memory and CPU of servers that have nothing to do, examples/orders.yaml and 1,000 streams."""
        settle_s, streams = (10, 100) if self.quick else (60, 1000)
        say(f"idle for {settle_s} s")
        orders, many = empty(self.data_dir("orders")), empty(self.data_dir("many"))
        with self.start("forebay", many) as prepared:
            prepared.wait_listening()
            options = ["--create", "--streams", streams, "--shards", 1, "--records", 1, "--operation", "put-record"]
            check(self.bench.load(prepared, *options, warmup_s=0, duration_s=60))
        manifest = REPOSITORY / "examples" / "orders.yaml"
        results = {"seconds": settle_s, "streams": streams}
        with self.start("forebay", orders, manifest=manifest, limits="aws") as one, self.start("forebay", many) as all_streams:
            one.wait_listening()
            all_streams.wait_listening()
            # The second half of the time: what starting takes is over by then.
            time.sleep(settle_s / 2)
            before = one.cpu_seconds(), all_streams.cpu_seconds()
            time.sleep(settle_s / 2)
            for name, server, cpu_before in (("orders", one, before[0]), ("many", all_streams, before[1])):
                cpus = (server.cpu_seconds() - cpu_before) / (settle_s / 2)
                results[name] = {"resident_bytes": server.resident_bytes(), "cpus": cpus}
        empty(orders)
        empty(many)
        return results

    def growth(self, rounds):
        """CPU per record of PutRecords as shards and streams grow; each configuration keeps its data directory."""
        wanted = GROWTH_ENDS if self.quick else tuple(GROWTH)
        results = {name: [] for name in wanted}
        for turn in range(rounds):
            for name in wanted:
                say(f"growth, round {turn + 1} of {rounds}: {name}")
                streams, shards = GROWTH[name]
                with self.start("forebay", self.data_dir(f"growth-{streams}-{shards}")) as server:
                    server.wait_listening()
                    options = ["--streams", streams, "--shards", shards, "--connections", 4]
                    if turn == 0:
                        # Created apart, so that CPU time spent on it is over.
                        self.bench.load(server, "--create", *options, warmup_s=0, duration_s=0.1)
                    results[name].append(check(self.bench.load(server, *options, duration_s=self.duration_s)))
        for streams, shards in GROWTH.values():
            empty(self.data_dir(f"growth-{streams}-{shards}"))
        return results

    def start_and_catch_up(self):
        """The start over much retained data, and reading one shard of 1,000 from a cold and a warm cache."""
        gibibytes = 1 if self.quick else 10
        say(f"filling {gibibytes} GiB")
        data_dir = empty(self.data_dir("retained"))
        shards = ["--streams", 1, "--shards", 1000]
        with self.start("forebay", data_dir) as server:
            server.wait_listening()
            self.fill(server, gibibytes << 20, *shards)
        results = {"gibibytes": gibibytes, "on_disk_bytes": disk_usage(data_dir), "first_put_s": {}, "catch_up": {}}
        say(f"starts over {gibibytes} GiB")
        results["first_put_s"]["warm cache"] = self.first_put(data_dir, shards)
        results["first_put_s"]["cold cache"] = self.first_put(data_dir, shards) if drop_page_cache() else None
        with self.start("forebay", data_dir) as server:
            server.wait_listening()
            check(self.bench.load(server, *shards, "--connections", 4, warmup_s=0, duration_s=self.duration_s))
            server.process.kill()
        results["first_put_s"]["warm cache, after kill -9"] = self.first_put(data_dir, shards)
        with self.start("forebay", data_dir) as server:
            server.wait_listening()
            dropped = drop_page_cache()
            for cache in ("cold", "warm") if dropped else ("warm",):
                results["catch_up"][cache] = self.catch_up(server, gibibytes << 20, shards)
        empty(data_dir)
        return results

    def first_put(self, data_dir, shards):
        """Seconds from starting the server to the answer of its first put; the client waits with its bodies ready."""
        port = free_port()
        options = ["--endpoint", f"http://127.0.0.1:{port}", *shards, "--operation", "put-record", "--records", 1]
        client = self.bench.start("load", *options, "--warmup", 0, "--duration", 60)
        time.sleep(1)
        begun = time.monotonic()
        with self.start("forebay", data_dir, port=port):
            report = self.bench.finish(client, 90)
            took = time.monotonic() - begun
        if side(report)["records"] != 1:
            raise RuntimeError(f"the first put was not answered: {report}")
        return took

    def catch_up(self, server, records, shards):
        """Reading one shard from its oldest record to about its end, one page after the other."""
        options = [*shards, "--operation", "get-records", "--read-shards", 1, "--get-limit", 1000, "--records", records // 1000]
        return check(self.bench.load(server, *options, warmup_s=0, duration_s=60))

    def unread(self):
        """Memory while 64 connections push 10 MiB bodies and never read, and what another client sees meanwhile."""
        seconds = 8 if self.quick else 20
        say(f"64 clients that never read, {seconds} s")
        data_dir = empty(self.data_dir("unread"))
        with self.start("forebay", data_dir) as server:
            server.wait_listening()
            # Another client is one at another address: the server divides its memory between addresses.
            calm = ["--create", "--records-per-call", 100, "--connections", 1, "--rate", 50, "--from-address", "127.0.0.2"]
            alone = check(self.bench.load(server, *calm, duration_s=self.duration_s))
            idle_bytes = server.resident_bytes()
            pushing = self.bench.start("unread", "--endpoint", server.endpoint, "--duration", seconds)
            beside = self.bench.start_load(server, *calm, warmup_s=2, duration_s=seconds - 4)
            same = ["--records-per-call", 100, "--connections", 1, "--rate", 50]
            same_address = self.bench.start_load(server, *same, warmup_s=2, duration_s=seconds - 4)
            results = {
                "pushed": self.bench.finish(pushing, seconds + 60),
                "other_client_beside": self.bench.finish(beside, seconds + 60),
                "same_address_beside": self.bench.finish(same_address, seconds + 60),
                "resident_peak_bytes": server.resident_bytes("VmHWM"),
            }
        empty(data_dir)
        return {**results, "budget_bytes": BUDGET_BYTES, "resident_before_bytes": idle_bytes, "other_client_alone": alone}


def machine(quick, rounds, directory):
    """What the numbers were measured on."""
    model = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    filesystem = output("findmnt", "-n", "-o", "FSTYPE", "-T", str(directory))
    return {
        "cpu": model[0] if model else platform.processor(),
        "cpus": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "filesystem": filesystem or "unknown",
        "commit": output("git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD") or "unknown",
        "load_average_before": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "rounds": rounds,
        "quick": quick,
    }


def output(*command):
    """What a command prints, or nothing."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def disk_usage(directory):
    """Bytes the files of a directory take on disk."""
    return sum(entry.stat().st_blocks * 512 for entry in Path(directory).rglob("*") if entry.is_file())


def drop_page_cache():
    """Forgets cached file pages; false without the right to."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
        return True
    except OSError:
        return False


def say(text):
    """Progress, for whoever watches."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)
