"""The provider's limits: kept without being told, and obeyed at once when the provider tells."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

from ledgerport.contract import Kind, ProviderTerms, TryLater
from ledgerport.host import Host
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check, check_each
from ledgerport.testing.desk import Desk
from ledgerport.testing.faulty import KINDS, everything_arrives, kinds_of, wanted

GROUP = "limits"
_TOLD = 20
# Requests of a minute that a shrunken limit lets through: few, so that a small sync meets it.
_FEW = 12
# Real seconds by which two requests may change their distance on the way.
_JITTER = 0.05
# On a busy machine a request may leave later than its place in the window allows: it is given another one.
_ROUNDS = 2000


def _no_limits(terms: ProviderTerms) -> str:
    return "" if terms.limits else f"{terms.label} publishes no limits."


@check_each(
    KINDS,
    "{kind}.429_is_waited_out",
    group=GROUP,
    change="Turn a 429 into TryLater(throttled=True, after=<what Retry-After says>): nothing was done, and the same "
    "request goes again.",
    why="On a busy day records are given up on (or sent twice), and nobody sees which.",
    money=True,
)
def throttled(desk: Desk, kind: Kind) -> None:
    everything_arrives(desk, kind, {"name": "throttle", "retry_after": _TOLD}, {"name": "throttle"})


@check(
    "limits.429_with_a_header_says_when",
    group=GROUP,
    change="Read Retry-After (or the header that the provider sends in its place) of a 429 into TryLater.after, and "
    "say throttled=True.",
    why="Asking again too early makes the provider shut the door for longer, for every tenant of the app.",
    money=True,
)
def with_header(desk: Desk) -> None:
    told = _throttled(desk, retry_after=_TOLD)
    wait = told.after if told.after is not None else (told.at - desk.clock.now() if told.at else None)
    assert wait is not None, f"the answer said {_TOLD} s, the TryLater says nothing"
    assert timedelta(seconds=_TOLD - 2) <= wait <= timedelta(seconds=4 * _TOLD), (
        f"the answer said {_TOLD} s, the TryLater says {wait.total_seconds():g} s"
    )


@check(
    "limits.429_without_a_header_is_one_too",
    group=GROUP,
    change="Raise TryLater(throttled=True) for every 429, also one that says nothing of when; terms.throttle_wait is "
    "the wait then.",
    why="A provider that is short of words would be asked again at once, and again, and shut us out.",
    money=True,
)
def without_header(desk: Desk) -> None:
    told = _throttled(desk)
    assert told.after is None or told.after > timedelta(0), f"the TryLater says to come again after {told.after}"


@check(
    "limits.429_holds_the_company",
    group=GROUP,
    change="Say throttled=True in the TryLater of a 429: the hub then lets no call of this company out until it may.",
    why="The rest of the queue runs against the closed door, and each knock counts.",
    money=True,
)
def holds(desk: Desk) -> None:
    kind = kinds_of(desk)[0]
    desk.fault("throttle", retry_after=_TOLD)
    desk.load(wanted(kind))
    with desk.counted() as calls:
        desk.drain()
    desk.agrees()
    refused = next(index for index, call in enumerate(calls) if call["fault"] == "throttle")
    # What left beside it could not know.
    beside = _JITTER * desk.clock.rate
    early = [
        call["at"] - calls[refused]["at"]
        for call in calls[refused + 1 :]
        if beside < call["at"] - calls[refused]["at"] < _TOLD
    ]
    assert not early, f"told to wait {_TOLD} s, a request came after {early[0]:.1f} s"


@check(
    "limits.never_exceeded",
    group=GROUP,
    needs=Needs(terms=_no_limits),
    change="Declare in terms.limits no more than the provider allows, with the meter of every call that counts on a "
    "limit of its own (call_options(meter=...), KindTerms.meter, batch_meter).",
    why="Every refused request is lost time, and some providers lock out an app that is refused too often.",
)
def never_exceeded(desk: Desk) -> None:
    """Limits of hub and sandbox shrunk by the same factor: what was allowed stays so, and a small sync meets it."""
    least = min(limit.count / limit.per.total_seconds() for limit in desk.terms.limits)
    factor = max(1.0, least * 60 / _FEW)
    there = desk.sandbox.control("limits", method="GET")["limits"]
    desk.sandbox.control("limits", {"limits": [_shrunk(row, factor) for row in there], "jitter": _JITTER})
    ours = tuple(replace(limit, count=max(1, int(limit.count / factor))) for limit in desk.terms.limits)
    plugin = copy(desk.plugin)
    plugin.terms = replace(desk.terms, limits=ours)
    hub = replace(desk.hub, host=Host([plugin]))
    for number in range(1, _FEW + 1):
        # A request each, also where records can travel together.
        desk.load([records.customer(number)])
        _drain_unrefused(desk, hub)
    desk.load([records.customer(number) for number in range(_FEW + 1, 2 * _FEW + 1)])
    _drain_unrefused(desk, hub)
    desk.nothing_stuck()


def _drain_unrefused(desk: Desk, hub: Hub) -> None:
    """Work until nothing is due; waits pass at once. Raises AssertionError as soon as a call is refused."""
    for _ in range(_ROUNDS):
        result = drain(hub, desk.connection)
        told = desk.sandbox.control("limits", method="GET")
        assert told["refusals"]["total"] == 0, (
            f"the provider refused a call over its limit {next(iter(told['refusals']))!r}; limits here are scaled, "
            f"yours against its: {[(its.meter, its.count) for its in hub.host.providers[0].terms.limits]}, "
            f"{[(row['name'], row['count']) for row in told['limits']]}"
        )
        if not result.worked or result.due_at is None:
            return
        desk.pass_time(max(result.due_at - desk.clock.now(), timedelta(0)))
    raise AssertionError(f"After {_ROUNDS} rounds the sync has still something to do.")


def _shrunk(row: dict[str, Any], factor: float) -> dict[str, Any]:
    """Rounded up over there and down here; how many may be under way at once stays."""
    return row if row["per"] is None else {**row, "count": ceil(row["count"] / factor)}


def _throttled(desk: Desk, **told: Any) -> TryLater:
    """What the plugin makes of a 429 to its first write."""
    kind = kinds_of(desk)[0]
    value = records.customer_value(1) if kind is Kind.CUSTOMER else records.item_value(1)
    desk.fault("throttle", **told)
    answer: object = None
    try:
        answer = desk.ask(f"push_{kind}", push=records.push(value, desk.mapping))
    except TryLater as later:
        answer = later
    assert isinstance(answer, TryLater), f"a 429 became {type(answer).__name__}, not TryLater"
    assert answer.throttled, f"a 429 became TryLater({answer.reason!r}) without throttled=True"
    return answer
