"""What a demo found, as values that can be printed or kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ledgerport.demo.floor import Floor
from ledgerport.demo.memory import Told
from ledgerport.demo.records import DemoData
from ledgerport.demo.report import BooksReport

# Rows named in the JSON; all are counted.
NAMED_AT_MOST = 1000


@dataclass
class Load:
    """What became of the data: added up over the requests that carried it."""

    lines: int = 0
    accepted: int = 0
    rejected_count: int = 0
    # {"line", "kind", "ref", "field", "reason", "next_step"}
    rejected: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, answer: Mapping[str, Any], lines: int) -> None:
        """One request's answer; its line numbers are counted on from the lines before."""
        for row in answer["rejected"][: max(0, NAMED_AT_MOST - len(self.rejected))]:
            self.rejected.append({**row, "line": None if row["line"] is None else row["line"] + self.lines})
        self.lines += lines
        self.accepted += answer["accepted"]
        self.rejected_count += answer["rejected_count"]

    @property
    def figures(self) -> dict[str, int]:
        return {"lines": self.lines, "accepted": self.accepted, "rejected_count": self.rejected_count}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long the sync took on the hub's clock, and what the provider's limits allow at best."""

    began: datetime
    ended: datetime
    floor: Floor
    # Seconds of the machine's processors: on a fast clock they count many times over.
    computed: float
    refused_calls: int
    calls: int

    @property
    def took(self) -> timedelta:
        return self.ended - self.began

    @property
    def ratio(self) -> float | None:
        """None where no limit is reached: there is nothing to compare with."""
        return self.took / self.floor.span if self.floor.span else None

    def as_json(self) -> dict[str, Any]:
        return {
            "began": self.began.isoformat(),
            "ended": self.ended.isoformat(),
            "simulated_seconds": round(self.took.total_seconds(), 3),
            "floor_seconds": self.floor.span.total_seconds(),
            "floor": self.floor.words,
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "computed_seconds": round(self.computed, 2),
            "calls": self.calls,
            "refused_calls": self.refused_calls,
        }


@dataclass(frozen=True, kw_only=True)
class Synced:
    """One provider's part, with a tenant of its own."""

    tenant: str
    load: Load
    books: BooksReport
    pace: Pace
    run: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "load": self.load.figures,
            "books": self.books.as_json(),
            "pace": self.pace.as_json(),
            "run": dict(self.run),
        }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The whole report."""

    source: str
    data: DemoData
    rate: float
    load_seconds: float
    total_seconds: float
    peak_megabytes: float
    providers: tuple[Synced, ...]
    # What the memory answered; empty where nothing is remembered.
    memory: tuple[Told, ...] = ()

    @property
    def load(self) -> Load:
        """What became of the data at the first tenant."""
        return self.providers[0].load

    @property
    def loaded_alike(self) -> bool:
        """Whether every tenant took the same records."""
        return all(one.load == self.load for one in self.providers)

    @property
    def agrees(self) -> bool:
        return self.loaded_alike and all(one.books.agrees for one in self.providers)

    def as_json(self) -> dict[str, Any]:
        return {
            "agrees": self.agrees,
            "data": {
                "source": self.source,
                "rules": list(self.data.rules),
                "left_out": self.data.left_out.rows(),
                **self.load.figures,
                "rejected": [dict(row) for row in self.load.rejected],
            },
            "machine": {
                "clock_rate": self.rate,
                "load_seconds": round(self.load_seconds, 2),
                "total_seconds": round(self.total_seconds, 2),
                "peak_megabytes": round(self.peak_megabytes, 1),
            },
            "providers": {one.books.provider: one.as_json() for one in self.providers},
            **({"memory": [one.as_json() for one in self.memory]} if self.memory else {}),
        }
