"""The least time a provider's published limits allow for a number of records, from its terms alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ledgerport.contract import Kind, Limit, ProviderTerms
from ledgerport.services.sync_estimate import EVERY_CALL, calls_needed, every


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


def floor(terms: ProviderTerms, records: Mapping[Kind, int]) -> Floor:
    """Every record is written once, in batches as large as declared; look-ups and sign-ins are not counted.

    A batch that a connection has to be asked for (`batch_choice`) is off, so such records travel one by one.
    With n calls of a meter and `count` allowed in any span `per`, the first `count` go at once and the last one goes
    after (ceil(n / count) - 1) spans: nothing faster is allowed, whatever the network does.
    """
    calls = calls_needed(terms, records)
    span, reached = timedelta(0), None
    for limit in terms.limits:
        least = limit.per * max(0, -(-calls[limit.meter] // limit.count) - 1)
        if least > span:
            span, reached = least, limit
    return Floor(span=span, limit=reached, calls=calls)
