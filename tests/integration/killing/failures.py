"""The ways in which a provider can fail, and a journey through them that must end with books that agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.integration.killing.steps import one_of, small_shop
from tests.integration.killing.world import World, assert_books_agree, fill, world

from ledgerport.contract import Kind

Fault = dict[str, Any]
KINDS = (Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.PAYMENT)
# After these nobody can tell from the answer whether the request was applied.
UNKNOWN: list[Fault] = [
    {"name": "drop_before"},
    {"name": "drop_after"},
    {"name": "cut_after", "bytes": 0},
    {"name": "cut_after", "bytes": 700},
    {"name": "status", "status": 500, "applied": True},
    {"name": "status", "status": 502, "body": "html", "applied": True},
    {"name": "status", "status": 503, "body": "html", "applied": False},
    {"name": "status", "status": 503, "body": "empty", "applied": True},
    {"name": "html_page", "applied": True},
    {"name": "html_page", "applied": False},
    {"name": "slow", "seconds": 200, "applied": "before"},
]
# Applied when the hub has given up, though within the time that the provider has for a request.
SLOW: Fault = {"name": "slow", "seconds": 50}
# Its seconds are of the clock: on a faster one a busy machine would not answer anything in time.
IMPATIENT: dict[str, Any] = {"request_seconds": 20.0, "rate": 20.0}
# Answers to a batch that do not fit what was asked.
MIXED_UP: list[Fault] = [
    {"name": "shuffle_batch"},
    {"name": "drop_bid"},
    {"name": "drop_bid", "index": 0},
]
# After these it is certain that nothing was done.
PLAIN: list[Fault] = [
    {"name": "throttle"},
    {"name": "throttle", "retry_after": 20},
    {"name": "expired_token"},
]


def called(fault: Fault) -> str:
    """A fault's name in a list of tests."""
    return " ".join(str(value) for value in fault.values())


def at_every_kind(provider: str, fault: Fault, choices: Collection[str] = ()) -> list[Fault]:
    """The fault at the first request of each kind."""
    return [{**fault, "match": one_of(provider, kind, choices)} for kind in KINDS]


def everything_arrives(
    home: Path,
    provider: str,
    faults: Sequence[Fault],
    switches: Mapping[str, Any] | None = None,
    *,
    choices: Collection[str] = (),
    rate: float = 60,
    **settings: Any,
) -> None:
    """Sync while the faults strike; every one does, and in the end the books agree to the cent."""
    with world(home, provider, rate=rate, choices=choices, **settings) as made, made.hub() as hub:
        if switches:
            made.sandbox.control("switches", switches)
        fill(made, hub, small_shop(provider, choices))
        for fault in faults:
            made.sandbox.fault(**fault)
        made.finish(hub)
        assert_all_struck(made)
        assert_books_agree(made, hub)


def assert_all_struck(made: World) -> None:
    """A fault that waits in vain has tested nothing."""
    waiting = made.sandbox.control("faults", method="GET")["waiting"]
    assert waiting == [], "a fault did not strike"
