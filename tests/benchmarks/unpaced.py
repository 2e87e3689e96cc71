"""The hub's side of a comparison, in a process of its own: `python -m tests.benchmarks.unpaced PROVIDER URL items`.

A whole drain (claims, frozen sends, links, history, commits) without limits; prints a `Loop` as JSON. In a process of
its own, because what a test runner has loaded would be walked by every garbage collection.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.cpu import cpu_of
from tests.benchmarks.loop import Loop
from tests.benchmarks.paced import Job, bills, price_book
from tests.benchmarks.price_book import NoLimits
from tests.stage import Sandbox, connect, drain_dry, hub_for, load, make_tenant, map_defaults, settings_for

_JOBS = {"items": price_book, "invoices": bills}


def measure(sandbox: Sandbox, home: Path, job: Job) -> Loop:
    with hub_for(settings_for(home, sandbox.url, provider=sandbox.provider)) as hub:
        hub = dataclasses.replace(hub, limiter=NoLimits())
        tenant = make_tenant(hub)
        connection = connect(hub, sandbox, tenant)
        map_defaults(hub, tenant, connection)
        load(hub, tenant, job.before)
        drain_dry(hub, connection)
        load(hub, tenant, job.records)
        sandbox.control("calls", method="DELETE")
        began = time.perf_counter()
        cpu = cpu_of(lambda: drain_dry(hub, connection))
        seconds = time.perf_counter() - began
    calls = sum(row["count"] for row in sandbox.calls()["counts"])
    return Loop(records=len(job.records), calls=calls, seconds=seconds, cpu=cpu)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ledgerport-bench-") as folder:
        print(measure(Sandbox(sys.argv[2], sys.argv[1]), Path(folder), _JOBS[sys.argv[3]]()).as_json())
