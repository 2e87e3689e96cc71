"""How far a run is and when it will be done, from what is left, the provider's published limits and the pace so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ledgerport.contract import ON, Kind, Limit, ProviderTerms

EVERY_CALL = "request"
_SPANS = {
    timedelta(seconds=1): "a second",
    timedelta(minutes=1): "a minute",
    timedelta(hours=1): "an hour",
    timedelta(days=1): "a day",
}
# A pace measured over less than this says nothing yet.
_MEASURED = timedelta(seconds=5)
# A limit is named when keeping it takes at least this long, and this part of the whole wait.
_WORTH_NAMING = timedelta(seconds=20)
_MOST_OF_IT = 0.7


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A run as it stands. `left`: records still to be sent, by kind; `stopped`: why nothing is sent now, in words."""

    label: str
    done: int
    left: Mapping[Kind, int]
    elapsed: timedelta
    held_for: timedelta = timedelta(0)
    stopped: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is, in figures and in words; `over`: nothing more will come."""

    done: int
    total: int
    words: str
    over: bool = False


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How long the rest takes at least, and the limit that makes it so (None: no limit does)."""

    span: timedelta
    limit: Limit | None


def progress(terms: ProviderTerms | None, standing: Standing) -> Progress:
    """`1,290 of 3,629 · about 2 min left · limited by QuickBooks to 40 batch requests a minute`."""
    total = standing.done + sum(standing.left.values())
    words = [f"{standing.done:,} of {total:,}"]
    if standing.stopped:
        words.append(standing.stopped)
    elif terms is not None:
        told = estimate(terms, standing)
        words.append(f"{about(told.span)} left")
        if standing.held_for > timedelta(0):
            words.append(f"{standing.label} makes us wait, we go on in {_rounded(standing.held_for)}")
        elif told.limit is not None:
            words.append(f"limited by {standing.label} to {limit_words(told.limit)}")
    return Progress(done=standing.done, total=total, words=" · ".join(words))


def estimate(terms: ProviderTerms, standing: Standing) -> Estimate:
    """When the rest will be there: never earlier than the limits let it, never faster than it went so far."""
    calls = calls_needed(terms, standing.left, standing.choices)
    by_limits, reached = timedelta(0), None
    for limit in terms.limits:
        number = calls[limit.meter]
        if standing.done:
            # Somewhere within a window: on average as much of it is used up as of the way.
            least = limit.per * number / limit.count if number > limit.count else timedelta(0)
        else:
            # The first `count` go at once, the others a span after each other.
            least = limit.per * max(0, -(-number // limit.count) - 1)
        if least > by_limits:
            by_limits, reached = least, limit
    by_pace = timedelta(0)
    if standing.done and standing.elapsed >= _MEASURED:
        by_pace = standing.elapsed / standing.done * sum(standing.left.values())
    span = max(by_limits, by_pace)
    named = reached if by_limits >= max(_WORTH_NAMING, span * _MOST_OF_IT) else None
    return Estimate(span=span + standing.held_for, limit=named)


def calls_needed(
    terms: ProviderTerms, records: Mapping[Kind, int], choices: Mapping[str, str] | None = None
) -> Counter[str]:
    """Calls per meter when every record is written once, in batches as large as declared; look-ups are not counted.

    A batch that a connection has to be asked for (`batch_choice`) is used where its choice is on.
    """
    calls: Counter[str] = Counter({EVERY_CALL: 0})
    for kind, number in records.items():
        declared = terms.kinds.get(kind)
        if declared is None or not declared.push:
            continue
        chosen = not declared.batch_choice or (choices or {}).get(declared.batch_choice) == ON
        batched = declared.batch_size > 1 and chosen
        needed = -(-number // declared.batch_size) if batched else number
        calls[EVERY_CALL] += needed
        meter = declared.batch_meter if batched else declared.meter
        if meter != EVERY_CALL:
            calls[meter] += needed
    return calls


def limit_words(limit: Limit) -> str:
    """`40 batch requests a minute`."""
    meter = "requests" if limit.meter == EVERY_CALL else f"{limit.meter} requests"
    return f"{limit.count:,} {meter} {every(limit)}"


def every(limit: Limit) -> str:
    """The span of a limit in words: `a minute`."""
    return _SPANS.get(limit.per, f"in {limit.per.total_seconds():g} s")


def about(span: timedelta) -> str:
    """`about 2 min`, or `less than a minute`."""
    return "less than a minute" if span < timedelta(seconds=50) else f"about {_rounded(span)}"


def _rounded(span: timedelta) -> str:
    """Up to the next minute, so that it is never promised too early; from two days on in days."""
    minutes = max(1, -(-int(span.total_seconds()) // 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours + bool(rest)} h"
    return f"{-(-hours // 24)} days"


def started_words(run_total: int, span: timedelta, label: str) -> str:
    """What a person is told who asked for a sync."""
    how_long = (
        f"{about(span).capitalize()} within the limits of {label}"
        if span > timedelta(minutes=2)
        else "A few minutes for large catalogues"
    )
    records = "1 record" if run_total == 1 else f"{run_total:,} records"
    return f"Sync started: {records}. {how_long}; you may leave this page; see Sync history."
