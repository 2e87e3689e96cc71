"""A worker in a process of its own that kills itself with SIGKILL at a named point of a drain.

The product is not told: functions are wrapped from outside before the drain starts. The process ends with 0 when the
drain came to its end without reaching the point.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from tests.integration.killing.wires import writes
from tests.stage import hub_for, settings_for

from ledgerport.contract import Kind, ScaledClock
from ledgerport.db.repositories import drain_leases, drain_tasks
from ledgerport.engine import push, transport
from ledgerport.engine.exchange import exchange
from ledgerport.services import drain_connection, refresh_token
from ledgerport.services.draining.execute import Carrier
from ledgerport.services.draining.heart import Heart
from ledgerport.services.draining.orders import SendOrder

Side = Literal["before", "after"]


@dataclass(frozen=True, kw_only=True)
class Order:
    """Where to work and where to die. `skip`: how often the point is passed first. `at`, `since`: of the clock."""

    home: str
    provider: str
    url: str
    database_url: str
    connection: int
    point: str
    kind: str
    skip: int
    rate: float
    at: str
    since: float


class Death:
    """Counts down and kills the process, threads and all, as the machine's out-of-memory killer would."""

    def __init__(self, skip: int) -> None:
        self.left = skip

    def strike(self, *_: object) -> None:
        if self.left > 0:
            self.left -= 1
            return
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: Any, name: str, side: Side, death: Death, when: Callable[..., bool] = lambda *_, **__: True) -> None:
    """Let a call of `owner.name` that fits `when(*arguments)` strike, before or after it does its work."""
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if side == "before" and when(*arguments, **named):
            death.strike()
        answer = original(*arguments, **named)
        # Asked now, not earlier: what `when` looks at may be the work of this very call.
        if side == "after" and when(*arguments, **named):
            death.strike()
        return answer

    put(owner, name, wrapped)


def put(owner: Any, name: str, function: Callable[..., Any]) -> None:
    """Let `owner` have this function instead of its own."""
    setattr(owner, name, function)


def on_the_wire(provider: str, kind: Kind, event: str, death: Death) -> None:
    """Strike at an event of httpcore's trace while a write of this kind is exchanged; `""`: before it leaves."""

    def watched(wire: Any, request: Any, seconds: float) -> Any:
        if writes(provider, kind, request.method, request.url.path, request.read()):
            if not event:
                death.strike()
            request.extensions["trace"] = lambda name, _: death.strike() if name == event else None
        return exchange(wire, request, seconds)

    put(transport, "exchange", watched)


def settled(kind: Kind, owner: Any, name: str, side: Side, death: Death) -> None:
    """Strike at a call once a send of this kind is closed: before the next one, or right after the one that did it."""
    sends: set[int] = set()
    closed: list[int] = []
    carry, close = Carrier.carry, drain_tasks.close_send

    def carried(carrier: Carrier, order: Any) -> Any:
        if isinstance(order, SendOrder) and order.kind is kind:
            sends.add(order.send_id)
        return carry(carrier, order)

    def close_send(session: Any, send_id: int, *rest: Any) -> None:
        close(session, send_id, *rest)
        if send_id in sends:
            closed.append(send_id)

    put(Carrier, "carry", carried)
    put(drain_tasks, "close_send", close_send)
    wrap(owner, name, side, death, lambda *_, **__: bool(closed))


def of_kind(kind: Kind) -> Callable[..., bool]:
    def fits(_: Carrier, order: Any, *__: Any, **___: Any) -> bool:
        return isinstance(order, SendOrder) and order.kind is kind

    return fits


def arm(point: str, provider: str, kind: Kind, death: Death) -> None:
    """Make the process die at `point`. Raises KeyError for a point that nobody knows."""
    points: dict[str, Callable[[], None]] = {
        "lease taken": lambda: wrap(Heart, "__enter__", "before", death),
        "permit taken, claim not committed": lambda: wrap(drain_connection, "claim", "after", death),
        "claim committed": lambda: wrap(Carrier, "carry", "before", death, of_kind(kind)),
        "request about to leave": lambda: on_the_wire(provider, kind, "", death),
        "half of the request left": lambda: on_the_wire(provider, kind, "http11.send_request_headers.complete", death),
        "request left": lambda: on_the_wire(provider, kind, "http11.receive_response_headers.started", death),
        "answer began": lambda: on_the_wire(provider, kind, "http11.receive_response_headers.complete", death),
        "answer came": lambda: wrap(Carrier, "carry", "after", death, of_kind(kind)),
        "settled, not committed": lambda: wrap_close(kind, death),
        "settle committed": lambda: settled(kind, drain_connection._Drain, "_collect", "after", death),
        "before the look-up of unknown outcomes": lambda: wrap(Carrier, "find", "before", death),
        "after the look-up of unknown outcomes": lambda: wrap(Carrier, "find", "after", death),
        "resolved, not committed": lambda: wrap(drain_tasks, "close_send", "after", death),
        "before the look-up by e-mail": lambda: wrap(push, "find_customers", "before", death),
        "after the look-up by e-mail": lambda: wrap(push, "find_customers", "after", death),
        "token traded, not stored": lambda: wrap(refresh_token, "_store", "before", death),
        "lease about to be given back": lambda: wrap(drain_leases, "give_back", "after", death),
    }
    points[point]()


def wrap_close(kind: Kind, death: Death) -> None:
    sends: set[int] = set()
    carry = Carrier.carry

    def carried(carrier: Carrier, order: Any) -> Any:
        if isinstance(order, SendOrder) and order.kind is kind:
            sends.add(order.send_id)
        return carry(carrier, order)

    put(Carrier, "carry", carried)
    wrap(drain_tasks, "close_send", "after", death, lambda _, send_id, *__, **___: send_id in sends)


def work(order: Order) -> None:
    """Drain until the point is reached."""
    clock = ScaledClock(rate=order.rate, at=datetime.fromisoformat(order.at), since=order.since)
    settings = settings_for(Path(order.home), order.url, provider=order.provider, database_url=order.database_url)
    arm(order.point, order.provider, Kind(order.kind), Death(order.skip))
    with hub_for(settings, clock) as hub:
        drain_connection.drain(hub, order.connection)
