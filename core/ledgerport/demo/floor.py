"""The least time a provider's published limits allow for a number of records, from its terms alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ledgerport.contract import Kind, Limit, ProviderTerms

EVERY_CALL = "request"
_SPANS = {
    timedelta(seconds=1): "a second",
    timedelta(minutes=1): "a minute",
    timedelta(hours=1): "an hour",
    timedelta(days=1): "a day",
}


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The span, the limit that sets it (None: no limit is reached), and the calls counted per meter."""

    span: timedelta
    limit: Limit | None
    calls: Mapping[str, int]

    @property
    def words(self) -> str:
        """`252 batch calls at 40 a minute`."""
        if self.limit is None:
            return f"{self.calls[EVERY_CALL]:,} calls, fewer than any limit"
        return f"{self.calls[self.limit.meter]:,} {self.limit.meter} calls at {self.limit.count:,} {every(self.limit)}"


def every(limit: Limit) -> str:
    """The span of a limit in words: `a minute`."""
    return _SPANS.get(limit.per, f"in {limit.per.total_seconds():g} s")


def floor(terms: ProviderTerms, records: Mapping[Kind, int]) -> Floor:
    """Every record is written once, in batches as large as declared; look-ups and sign-ins are not counted.

    With n calls of a meter and `count` allowed in any span `per`, the first `count` go at once and the last one goes
    after (ceil(n / count) - 1) spans: nothing faster is allowed, whatever the network does.
    """
    calls: Counter[str] = Counter({EVERY_CALL: 0})
    for kind, number in records.items():
        declared = terms.kinds.get(kind)
        if declared is None or not declared.push:
            continue
        needed = -(-number // declared.batch_size)
        calls[EVERY_CALL] += needed
        if declared.batch_size > 1 and declared.batch_meter != EVERY_CALL:
            calls[declared.batch_meter] += needed
    span, reached = timedelta(0), None
    for limit in terms.limits:
        least = limit.per * max(0, -(-calls[limit.meter] // limit.count) - 1)
        if least > span:
            span, reached = least, limit
    return Floor(span=span, limit=reached, calls=calls)
