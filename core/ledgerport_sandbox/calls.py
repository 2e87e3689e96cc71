"""One request and its answer as plain values, and the log that tests count with."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from ledgerport_sandbox.faults import Fault


@dataclass(slots=True)
class Call:
    """One request to the provider, headers with lower-case names; the provider's `describe` fills the second half.

    `query` holds the last value of each name, `pairs` all of them in order, for providers whose names repeat.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    origin: str
    at: float
    route: str = ""
    company: str = ""
    client: str = ""
    operation: str = ""
    entities: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    fault: Fault | None = None
    details: dict[str, Any] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Reply:
    """An answer: status, body bytes and header pairs (content-length is added when it is sent)."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Reply:
        """A JSON answer; raises TypeError for values that JSON cannot hold."""
        return cls(status, orjson.dumps(value), [("content-type", "application/json"), *(headers or [])])

    @classmethod
    def text(cls, body: str, status: int, content_type: str = "text/plain; charset=utf-8") -> Reply:
        """A plain answer of the given media type."""
        return cls(status, body.encode(), [("content-type", content_type)])


class CallLog:
    """Counters by method, route and outcome since the last reset, and the last calls without bodies or secrets."""

    def __init__(self, keep: int = 200) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.last: deque[dict[str, Any]] = deque(maxlen=keep)

    def add(self, call: Call, outcome: str) -> None:
        """`outcome` is the status as text, or `dropped`, `dropped after`, `cut`."""
        self.counts[call.method, call.route or call.path, outcome] += 1
        self.last.append(
            {
                "at": call.at,
                "method": call.method,
                "path": call.path,
                "route": call.route,
                "operation": call.operation,
                "entities": call.entities,
                "company": call.company,
                "outcome": outcome,
                "fault": call.fault.name if call.fault else None,
                "bytes": len(call.body),
                "requestid": call.details.get("requestid"),
            }
        )

    def clear(self) -> None:
        """Forget everything counted so far."""
        self.counts.clear()
        self.last.clear()

    def report(self, last: int = 50) -> dict[str, Any]:
        """`{"total", "counts": [{"method", "route", "outcome", "count"}], "last": [...]}`."""
        rows = [
            {"method": method, "route": route, "outcome": outcome, "count": count}
            for (method, route, outcome), count in sorted(self.counts.items())
        ]
        return {"total": sum(self.counts.values()), "counts": rows, "last": list(self.last)[-last:] if last else []}
