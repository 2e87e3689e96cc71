"""What adding older documents costs, and how it goes, in words: the same at every door."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ledgerport.services.memory.backfill import BackfillView
from ledgerport.services.memory.estimate_backfill import Estimate

_CENT, _LEAST = Decimal("0.01"), Decimal("0.0001")


def arithmetic(told: Estimate) -> str:
    """`10,000 documents x about 330 tokens = 3,300,000 tokens x $0.06 per million = about $0.20`."""
    if not told.texts:
        return f"{_documents(told.documents)}, and every text of them was paid for before: $0.00."
    each = max(1, round(told.tokens / told.documents)) if told.documents else told.tokens
    return (
        f"{_documents(told.documents)} x about {each:,} tokens = {told.tokens:,} tokens "
        f"x ${told.price} per million = {about(told.dollars)}"
    )


def price_of_when(told: Estimate) -> str:
    """Whose price that is."""
    if told.as_of is None:
        return f"${told.price} is what your operator set as the price of {told.model}."
    day = f"{told.as_of.day} {told.as_of:%b %Y}"
    return f"${told.price} is Voyage's price for {told.model} of {day}; what it gives for free is not counted."


def nothing_to_do(told: Estimate) -> str:
    """Where there is nothing to add."""
    return f"There is nothing to add: {_documents(told.unchanged)} sent, and all of them are remembered."


def how_far(view: BackfillView) -> str:
    """`1,290 of 3,629 documents · 812,334 tokens paid, $0.05`, and why it waits where it does."""
    words = [f"{view.done:,} of {_documents(view.documents)}"]
    if view.paid_tokens:
        words.append(f"{view.paid_tokens:,} tokens paid, {dollars(view.paid_dollars)}")
    if view.reason:
        words.append(view.reason)
    return " · ".join(words)


def actual(view: BackfillView) -> str:
    """What it has cost beside what was estimated."""
    failed = f" {_documents(view.failed)} could not be remembered." if view.failed else ""
    return (
        f"{_documents(view.done - view.failed)} added. Estimated: {view.tokens:,} tokens, {about(view.dollars)}. "
        f"Paid: {view.paid_tokens:,} tokens, {dollars(view.paid_dollars)}.{failed}"
    )


def about(amount: Decimal) -> str:
    """`about $0.20`, `less than $0.01`."""
    return "less than $0.01" if 0 < amount < _CENT else f"about {dollars(amount)}"


def dollars(amount: Decimal) -> str:
    """To the cent; small amounts to a hundredth of one, so that they are not nothing."""
    if 0 < amount < _LEAST:
        return f"less than ${_LEAST}"
    return f"${amount.quantize(_CENT if amount >= _CENT or not amount else _LEAST, rounding=ROUND_HALF_UP):,}"


def _documents(count: int) -> str:
    return "1 document" if count == 1 else f"{count:,} documents"
