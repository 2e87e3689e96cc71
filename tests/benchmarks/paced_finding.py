"""A paced run as a finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.benchmarks.figures import Finding
from tests.benchmarks.paced import Job, Measured
from tests.stage import terms_of


def finding(
    provider: str,
    job: Job,
    measured: Measured,
    *,
    rate: float,
    latency: float,
    target: float,
    more: Mapping[str, Any] | None = None,
) -> Finding:
    """The ratio, and what it was computed from; `more` are further figures, such as another client's."""
    terms = terms_of(provider)
    limits = [f"{one.count:,} {one.meter} calls in {one.per.total_seconds():g} s" for one in terms.limits]
    return Finding(
        bench=f"{terms.label}: {job.title} within the published limits",
        value=measured.ratio,
        unit="x the least that they allow",
        target=target,
        figures={
            "records": measured.records,
            "write requests": measured.writes,
            "calls in all": measured.calls,
            "took, s of the clock": measured.took.total_seconds(),
            "least possible, s of the clock": measured.least.total_seconds(),
            "limits": "; ".join([*limits, f"{terms.concurrency} at once"]),
            "an answer takes, s of the clock": latency,
            "rate of the clock, beside the machine's": rate,
            "calls refused by the sandbox": measured.refused,
            "CPU of the hub's process, microseconds per record": measured.cpu_per_record,
            "busy share of one core": measured.cpu / measured.wall,
            **(more or {}),
        },
    )
