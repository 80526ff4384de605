"""Writes docs/performance.md: the tables from a results file, the text around them from performance.template.md."""

import re
from statistics import median

from loads import side
from measures import GROWTH, GROWTH_ENDS, LOADS

# What is required, as (name, how it is measured, whether it is met); each is a function of the results.
PUT_1, PUT_4, PUT_RECORD = "put-records, 1 connection", "put-records, 4 connections", "put-record, 16 connections"
MIB = 1 << 20


def render(template, results):
    """The page: every `{{name}}` of the template replaced by that table."""
    tables = {
        "machine": machine,
        "targets": targets,
        "loads": loads,
        "parts": parts,
        "syncs": syncs,
        "growth": growth,
        "idle": idle,
        "start": start,
        "unread": unread,
    }

    def table(match):
        writer = tables.get(match.group(1))
        if not writer:
            raise SystemExit(f"bench/compare: the template names no table {match.group(0)}")
        return writer(results)

    return re.sub(r"\{\{(\w+)\}\}", table, template)


def machine(results):
    facts = results["machine"]
    rows = [
        ["CPU", f"{facts['cpu']}, {facts['cpus']} CPUs"],
        ["Memory", f"{facts['memory_bytes'] / (1 << 30):.0f} GiB"],
        ["Kernel, file system", f"{facts['kernel']}, {facts['filesystem']}"],
        ["Commit, day", f"{facts['commit']}, {facts['date']}"],
        ["Load average before the run", f"{facts['load_average_before']:.1f}"],
        ["Rounds", f"{facts['rounds']}{' (quick run)' if facts['quick'] else ''}"],
    ]
    table = markdown(["", "this run"], rows)
    busy = facts["load_average_before"] > 1.0
    doubts = [name for name, holds in (("a quick run", facts["quick"]), ("a busy machine", busy)) if holds]
    return f"{table}\n\n**{' and '.join(doubts).capitalize()}: figures to be measured again.**" if doubts else table


def loads(results):
    """One row for each load and target."""
    measured = results.get("loads")
    if not measured:
        return NOT_MEASURED
    rows = []
    for load, targets_of_load in measured.items():
        ceiling = targets_of_load.get("roofline")
        for target, reports in targets_of_load.items():
            beside = ceiling and target != "roofline"
            share = percent(rate(reports) / rate(ceiling)) if beside else ""
            cpu_share = f"x{cpu_ns(reports) / cpu_ns(ceiling):.2f}" if beside else ""
            latency = [latency_ms(reports, "p50"), latency_ms(reports, "p99"), latency_ms(reports, "p999")]
            row = [load, target, count(rate(reports, min)), count(rate(reports)), f"{megabytes(reports):.0f}"]
            rows.append([*row, *latency, f"{cpu_ns(reports):,.0f}", share, cpu_share, sync_ms(reports)])
    head = ["load", "target", "records/s min", "median", "MB/s", "p50 ms", "p99 ms", "p99.9 ms", "server CPU ns/record"]
    return markdown([*head, "records/s of roofline", "CPU of roofline", "fdatasync p50 / p99 ms"], rows)


def targets(results):
    """Every requirement beside what was measured."""
    rows = [*share_targets(results), *cpu_targets(results), *growth_targets(results), *idle_targets(results)]
    rows += [*unread_targets(results), *start_targets(results)]
    return markdown(["target", "required", "measured", "met"], rows)


def share_targets(results):
    wanted = [(PUT_4, 0.6), (PUT_1, 0.8), (PUT_RECORD, 0.7), ("get-records, 1 connection", 0.7), ("get-records, 4 connections", 0.7)]
    for load, least in wanted:
        reports = results.get("loads", {}).get(load, {})
        name = f"{load}: records/s of the roofline's, medians"
        if "roofline" not in reports or "forebay" not in reports:
            yield [name, f"at least {percent(least)}", "not measured", ""]
            continue
        share = rate(reports["forebay"]) / rate(reports["roofline"])
        yield [name, f"at least {percent(least)}", percent(share), met(share >= least)]


def cpu_targets(results):
    for load in (PUT_1, PUT_4):
        reports = results.get("loads", {}).get(load, {})
        name = f"{load}: server CPU per record of ferrokinesis'"
        if "ferrokinesis" not in reports or "forebay" not in reports:
            yield [name, "at most a third", "not measured", ""]
            continue
        ratio = cpu_ns(reports["forebay"]) / cpu_ns(reports["ferrokinesis"])
        faster = rate(reports["forebay"]) / rate(reports["ferrokinesis"])
        yield [name, "at most a third", f"1/{1 / ratio:.1f} (records/s: x{faster:.1f})", met(ratio <= 1 / 3)]


def growth_targets(results):
    measured = results.get("growth")
    base = GROWTH_ENDS[0]
    for name in GROWTH_ENDS[1:]:
        title = f"CPU per record, {name}, of that with {base}"
        if not measured:
            yield [title, "at most x1.5", "not measured", ""]
            continue
        ratio = cpu_ns(measured[name]) / cpu_ns(measured[base])
        yield [title, "at most x1.5", f"x{ratio:.2f}", met(ratio <= 1.5)]


def idle_targets(results):
    measured = results.get("idle")
    memory, cpu = "idle memory with examples/orders.yaml", "idle CPU with 1,000 streams"
    if not measured:
        yield [memory, "at most 24 MiB", "not measured", ""]
        yield [cpu, "under 0.5 %", "not measured", ""]
        return
    resident, cpus = measured["orders"]["resident_bytes"], measured["many"]["cpus"]
    yield [f"{memory}, {measured['seconds']} s after start", "at most 24 MiB", mebibytes(resident), met(resident <= 24 * MIB)]
    counted = f" ({measured['streams']} streams)" if measured["streams"] != 1000 else ""
    yield [cpu, "under 0.5 %", f"{100 * cpus:.2f} %{counted}", met(cpus < 0.005)]


def unread_targets(results):
    measured = results.get("unread")
    title = "memory with 64 connections that push 10 MiB and never read"
    if not measured:
        yield [title, "within the budget", "not measured", ""]
        return
    grown = measured["resident_peak_bytes"] - measured["resident_before_bytes"]
    required = f"within {mebibytes(measured['budget_bytes'])} of idle"
    yield [title, required, f"{mebibytes(grown)} above idle at the peak", met(grown <= measured["budget_bytes"])]
    other = side(measured["other_client_beside"])
    failed = sum(other["call_errors"].values()) + sum(other["record_errors"].values()) + other["unanswered"]
    yield ["another client meanwhile", "is served", f"{other['calls']} calls, {failed} failed", met(other["calls"] and not failed)]


def start_targets(results):
    measured = results.get("start")
    title = "first put after a start over 10 GiB"
    if not measured:
        yield [title, "within 1 s", "not measured", ""]
        return
    times = {cache: seconds for cache, seconds in measured["first_put_s"].items() if seconds is not None}
    told = ", ".join(f"{seconds:.3f} s ({cache})" for cache, seconds in times.items())
    sized = f" over {measured['gibibytes']} GiB" if measured["gibibytes"] != 10 else ""
    yield [title, "within 1 s", told + sized, met(max(times.values()) <= 1)]


def parts(results):
    measured = results.get("parts")
    if not measured:
        return NOT_MEASURED
    rows = []
    for part in measured["parts"]:
        figure, ratio = part["figure"], part["ratio"]
        low, high = f"{figure['low']:,.0f}", f"{figure['high']:,.0f}"
        told = low if low == high else f"{low} to {high}"
        unusual = "explained below" if not 1 / 1.25 <= ratio <= 1.25 else ""
        rows.append([part["name"], part["per"], f"{part['cpu_ns']:,.0f}", told, f"x{ratio:.2f}", unusual])
    return markdown(["part", "per", "CPU ns here", "design's figure", "ratio", "over 25 %"], rows)


def syncs(results):
    measured = results.get("parts")
    if not measured:
        return NOT_MEASURED
    rows = [[f"{sync['bytes'] // 1024:,} KiB", f"{sync['p50_us'] / 1e3:.3f}", f"{sync['p99_us'] / 1e3:.3f}"] for sync in measured["syncs"]]
    return markdown(["written before each fdatasync", "p50 ms", "p99 ms"], rows)


def growth(results):
    measured = results.get("growth")
    if not measured:
        return NOT_MEASURED
    base = cpu_ns(measured[GROWTH_ENDS[0]])
    rows = []
    for name in [name for name in GROWTH if name in measured]:
        reports = measured[name]
        cpu, resident = cpu_ns(reports), median(report["server"]["resident_bytes"] for report in reports)
        row = [name, count(rate(reports, min)), count(rate(reports)), f"{cpu:,.0f}", f"x{cpu / base:.2f}"]
        rows.append([*row, latency_ms(reports, "p50"), latency_ms(reports, "p99"), mebibytes(resident)])
    return markdown(["PutRecords to", "records/s min", "median", "CPU ns/record", "of the first", "p50 ms", "p99 ms", "memory"], rows)


def idle(results):
    measured = results.get("idle")
    if not measured:
        return NOT_MEASURED
    names = {"orders": "examples/orders.yaml", "many": f"{measured['streams']:,} streams of one shard"}
    rows = [[title, mebibytes(measured[name]["resident_bytes"]), f"{100 * measured[name]['cpus']:.2f} %"] for name, title in names.items()]
    return markdown([f"idle for {measured['seconds']} s", "resident memory", "CPU"], rows)


def start(results):
    measured = results.get("start")
    if not measured:
        return NOT_MEASURED
    retained = f"{measured['gibibytes']} GiB"
    rows = []
    for cache, seconds in measured["first_put_s"].items():
        told = f"{seconds:.3f} s" if seconds is not None else "not measured: the page cache could not be dropped"
        rows.append([f"start over {retained} to first put, {cache}", told])
    for cache, report in measured["catch_up"].items():
        got = side(report)
        told = f"{report['seconds']:.3f} s, {got['megabytes_per_second']:.0f} MB/s"
        rows.append([f"catch-up of one shard of 1,000 ({count(got['records'])} records), {cache} cache", f"{told}, p50 {got['latency_us']['p50'] / 1e3:.2f} ms a page"])
    return markdown([f"1,000 shards, {measured['on_disk_bytes'] / (1 << 30):.2f} GiB on disk", "measured"], rows)


def unread(results):
    measured = results.get("unread")
    if not measured:
        return NOT_MEASURED
    pushed = measured["pushed"]
    rows = [
        ["memory budget", mebibytes(measured["budget_bytes"])],
        ["resident before, peak", f"{mebibytes(measured['resident_before_bytes'])}, {mebibytes(measured['resident_peak_bytes'])}"],
        ["pushed", f"{pushed['bytes'] / 1e6:,.0f} MB, {pushed['requests']} whole requests; {pushed['ended_by_server']} connections ended by the server"],
    ]
    clients = (
        ("other_client_alone", "another client alone"),
        ("other_client_beside", "another client meanwhile"),
        ("same_address_beside", "a client at the same address meanwhile"),
    )
    for name, title in clients:
        other = side(measured[name])
        timed = other.get("latency_us") or {}
        latency = ", ".join(f"{key} {timed[key] / 1e3:.2f} ms" for key in ("p50", "p99", "max") if timed)
        failed = ", ".join(f"{number} x {error}" for error, number in other["call_errors"].items()) or "none failed"
        late = f", {other['unanswered']} unanswered" if other["unanswered"] else ""
        rows.append([title, f"{other['calls_per_second']:.0f} calls/s, {latency}, {failed}{late}"])
    return markdown(["", "measured"], rows)


NOT_MEASURED = "*Not measured in this run.*"


def rate(reports, pick=median):
    """Records a second of several rounds."""
    return pick(side(report)["records_per_second"] for report in reports)


def megabytes(reports):
    return median(side(report)["megabytes_per_second"] for report in reports)


def cpu_ns(reports):
    return median(report["server"]["cpu_ns_per_record"] for report in reports)


def latency_ms(reports, name):
    return f"{median(side(report)['latency_us'][name] for report in reports) / 1e3:.2f}"


def sync_ms(reports):
    timed = [report["syncs"] for report in reports if report.get("syncs")]
    return " / ".join(f"{median(sync[name] for sync in timed) / 1e3:.2f}" for name in ("p50_us", "p99_us")) if timed else ""


def count(number):
    return f"{number:,.0f}"


def percent(share):
    return f"{100 * share:.0f} %"


def mebibytes(size):
    return f"{size / MIB:.1f} MiB"


def met(condition):
    return "yes" if condition else "**no**"


def markdown(head, rows):
    """A table; its columns are as wide as they need to be."""
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines)
