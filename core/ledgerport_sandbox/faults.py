"""A queue of named faults that strike chosen calls.

| name | does |
|---|---|
| drop_before | closes the connection; the request is not applied |
| drop_after | applies the request, then closes without a byte |
| cut_after | applies it, sends the head and `bytes` bytes of the body, then closes |
| throttle | the provider's 429, with `retry_after` seconds and the name of a `limit` when given |
| status | `status` 500, 502, 503, 504 ...; `body` json, html, text or empty; `applied` true or false (default) |
| slow | waits `seconds` of sandbox time; `applied` "after" (default) or "before" the wait |
| expired_token | the token of this call expires just before it; an API key for good |
| revoked_grant | the grant, or the API key, of this call is withdrawn just before it |
| refuse_batch | the whole batch is refused with `code`, `message`, `detail` |
| refuse_item | one record: `index` (0-based) or `record` (its name or number); `code`, `message`, `detail` |
| html_page | a gateway's page with `status` (200 by default); not applied unless `applied` is true |
| shuffle_batch | the answers of a batch come in another order |
| drop_bid | the answer at `index` (default: the last) is missing from the batch's answer, though applied |

`match` picks calls: `method`, `path` (substring), `path_prefix`, `entity`, `operation`, `body` (substring),
`company`; all given ones must agree. `skip` lets that many matching calls pass first; `count` (default 1, null = for
ever) is how often it strikes. One fault strikes a call: the first in the queue that is due.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledgerport_sandbox.calls import Call

NAMES = frozenset(
    [
        "drop_before",
        "drop_after",
        "cut_after",
        "throttle",
        "status",
        "slow",
        "expired_token",
        "revoked_grant",
        "refuse_batch",
        "refuse_item",
        "html_page",
        "shuffle_batch",
        "drop_bid",
    ]
)
BODY_KINDS = frozenset({"json", "html", "text", "empty"})
_MATCHERS = frozenset({"method", "path", "path_prefix", "entity", "operation", "body", "company"})
_ARGUMENTS: dict[str, frozenset[str]] = {
    "cut_after": frozenset({"bytes"}),
    "throttle": frozenset({"retry_after", "limit"}),
    "status": frozenset({"status", "body", "applied"}),
    "slow": frozenset({"seconds", "applied"}),
    "refuse_batch": frozenset({"code", "message", "detail"}),
    "refuse_item": frozenset({"index", "record", "code", "message", "detail"}),
    "html_page": frozenset({"status", "applied"}),
    "drop_bid": frozenset({"index"}),
}


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls are meant; an empty match means every call."""

    wanted: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Any) -> Match:
        """From JSON. Raises ValueError for unknown keys or values that are not text."""
        if not isinstance(data, dict):
            raise ValueError("match is an object")
        if unknown := data.keys() - _MATCHERS:
            raise ValueError(
                f"match does not know {', '.join(sorted(unknown))}; it knows {', '.join(sorted(_MATCHERS))}"
            )
        if any(not isinstance(value, str) for value in data.values()):
            raise ValueError("the values of match are texts")
        return cls(dict(data))

    def fits(self, call: Call) -> bool:
        """True when every given condition holds for the call."""
        for key, value in self.wanted.items():
            if key == "method":
                hit = call.method == value.upper()
            elif key == "path":
                hit = value in call.path
            elif key == "path_prefix":
                hit = call.path.startswith(value)
            elif key == "entity":
                hit = value.lower() in (entity.lower() for entity in call.entities)
            elif key == "operation":
                hit = call.operation == value
            elif key == "body":
                hit = value.encode() in call.body
            else:
                hit = call.company == value
            if not hit:
                return False
        return True


@dataclass(slots=True)
class Fault:
    """One entry of the queue; `left` None means for ever, `struck` counts what it did."""

    id: int
    name: str
    match: Match
    left: int | None
    skip: int
    arguments: dict[str, Any]
    struck: int = 0

    def report(self) -> dict[str, Any]:
        """The entry as JSON, as `GET /_sandbox/faults` shows it."""
        shown = {"id": self.id, "name": self.name, "match": self.match.wanted, "left": self.left}
        return {**shown, "skip": self.skip, "struck": self.struck, **self.arguments}


class Faults:
    """The queue."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._spent: list[Fault] = []
        self._next = 1

    def add(self, data: dict[str, Any]) -> Fault:
        """Queue one fault from its JSON. Raises ValueError with a sentence when it makes no sense."""
        name = data.get("name")
        if name not in NAMES:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(NAMES))}")
        allowed = _ARGUMENTS.get(name, frozenset())
        arguments = {key: value for key, value in data.items() if key not in {"name", "match", "count", "skip"}}
        if unknown := arguments.keys() - allowed:
            raise ValueError(f"fault {name} does not take {', '.join(sorted(unknown))}")
        count = data.get("count", 1)
        skip = data.get("skip", 0)
        if count is not None and (not isinstance(count, int) or count < 1):
            raise ValueError("count is a whole number from 1, or null for ever")
        if not isinstance(skip, int) or skip < 0:
            raise ValueError("skip is a whole number from 0")
        _check(name, arguments)
        fault = Fault(self._next, name, Match.read(data.get("match", {})), count, skip, arguments)
        self._next += 1
        self._queue.append(fault)
        return fault

    def take(self, call: Call) -> Fault | None:
        """The fault that strikes this call, if any; counts down the `skip` of every other one that matches."""
        if not self._queue:
            return None
        chosen: Fault | None = None
        for fault in list(self._queue):
            if not fault.match.fits(call):
                continue
            if fault.skip > 0:
                fault.skip -= 1
            elif chosen is None:
                chosen = fault
                fault.struck += 1
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self._queue.remove(fault)
                        self._spent.append(fault)
        return chosen

    def clear(self) -> None:
        """Empty the queue and forget what was spent."""
        self._queue.clear()
        self._spent.clear()

    def remove(self, fault_id: int) -> bool:
        """Take one entry out of the queue; False when it is not waiting there."""
        before = len(self._queue)
        self._queue = [fault for fault in self._queue if fault.id != fault_id]
        return len(self._queue) < before

    def report(self) -> dict[str, Any]:
        """`{"waiting": [...], "spent": [...]}`."""
        return {"waiting": [f.report() for f in self._queue], "spent": [f.report() for f in self._spent]}


def _check(name: str, arguments: dict[str, Any]) -> None:
    if name == "cut_after" and (not isinstance(arguments.get("bytes"), int) or arguments["bytes"] < 0):
        raise ValueError("cut_after needs `bytes`, a whole number from 0")
    if name == "slow":
        if not isinstance(arguments.get("seconds"), int | float):
            raise ValueError("slow needs `seconds`")
        if arguments.get("applied", "after") not in {"before", "after"}:
            raise ValueError("slow is applied `before` or `after` the wait")
    if name == "status":
        if not isinstance(arguments.get("status"), int):
            raise ValueError("status needs `status`, for example 503")
        if arguments.get("body", "json") not in BODY_KINDS:
            raise ValueError(f"body is one of {', '.join(sorted(BODY_KINDS))}")
    if name == "refuse_item" and "index" not in arguments and "record" not in arguments:
        arguments["index"] = 0
