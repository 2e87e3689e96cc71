"""The least time that a provider's published limits allow, call by call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat

from ledgerport.contract import Kind, Limit, ProviderTerms
from ledgerport.demo.floor import EVERY_CALL


def earliest_end(terms: ProviderTerms, kinds: dict[Kind, int], answer: timedelta) -> timedelta:
    """When the last answer can be there at the earliest, if every call goes in the moment in which the limits let it.

    Every record is written once, in batches as large as declared, kind after kind; look-ups are not counted, and every
    answer takes `answer`. A call waits until no window is full any more, counted from when its calls began, and until
    fewer than the permitted number are under way.
    """
    began = [timedelta(0)] * terms.concurrency
    counted: dict[Limit, list[timedelta]] = {limit: [] for limit in terms.limits}
    for number, meters in enumerate(_calls(terms, kinds)):
        # Nothing overtakes; a place is free when the call that many before has its answer.
        at = max(began[-1], began[-terms.concurrency] + answer) if number >= terms.concurrency else began[-1]
        windows = [counted[limit] for limit in terms.limits if limit.meter in meters]
        for limit in terms.limits:
            window = counted[limit]
            if limit.meter in meters and len(window) >= limit.count:
                at = max(at, window[-limit.count] + limit.per)
        for window in windows:
            window.append(at)
        began.append(at)
    return began[-1] + answer


def _calls(terms: ProviderTerms, kinds: dict[Kind, int]) -> Iterator[frozenset[str]]:
    """The meters that each call counts on."""
    for kind, number in kinds.items():
        its = terms.kinds[kind]
        batched = its.batch_size > 1 and not its.batch_choice
        calls = -(-number // its.batch_size) if batched else number
        yield from repeat(frozenset({EVERY_CALL, its.batch_meter if batched else its.meter}), calls)
