"""The books report's lines: what is said of each, and that sums and differences never disagree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerport.contract import Kind
from ledgerport.services.books_lines import Line, What, add_up, by_month, explain

MAY = date(2026, 5, 4)


def invoice(**more: Any) -> Line:
    given = {"ref": "I-1", "name": "Invoice INV-0051", "on": MAY, "here": Decimal("105.06"), "linked": True}
    return Line(kind=Kind.INVOICE, **{**given, "there": Decimal("105.06"), **more})


def said(line: Line, *, computes_tax: bool = False) -> tuple[What, str] | None:
    told = explain(line, "Wave", computes_tax=computes_tax)
    return (told.what, told.sentence) if told is not None else None


@pytest.mark.parametrize(
    ("more", "what", "sentence"),
    [
        (
            {"there": Decimal("105.05"), "variance": Decimal("-0.01")},
            What.VARIANCE,
            "Invoice INV-0051: 105.06 here, 105.05 in Wave (Wave works out tax in its own way).",
        ),
        (
            {"linked": False, "there": Decimal(0)},
            What.MISSING_THERE,
            "Invoice INV-0051 is not in Wave. It was not sent yet.",
        ),
        (
            {"linked": False, "there": Decimal(0), "reason": 'Item "Drain snake" has no income account.'},
            What.MISSING_THERE,
            'Invoice INV-0051 is not in Wave. Item "Drain snake" has no income account.',
        ),
        ({"gone": True, "there": Decimal(0)}, What.GONE, "Invoice INV-0051 was deleted in Wave."),
        (
            {"changed": True, "there": Decimal(90)},
            What.CHANGED,
            "Invoice INV-0051: 105.06 here, 90.00 in Wave; it was changed since it was sent. The change is on its way.",
        ),
        ({"there": Decimal(90)}, What.AMOUNT, "Invoice INV-0051: 105.06 here, 90.00 in Wave."),
        (
            {"due": False},
            What.NOT_DUE,
            "Invoice INV-0051 is still in Wave, but does not count here any more.",
        ),
    ],
)
def test_each_difference_is_named_in_words(more: dict[str, Any], what: What, sentence: str) -> None:
    assert said(invoice(**more), computes_tax=True) == (what, sentence)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"changed": True},
        {"there": None},
        {"due": False, "linked": False, "there": Decimal(0)},
        {"due": False, "there": None},
    ],
)
def test_what_agrees_is_not_mentioned(more: dict[str, Any]) -> None:
    assert said(invoice(**more)) is None


def test_an_amount_that_nobody_told_is_counted_as_such_and_taken_to_agree() -> None:
    sums = add_up([invoice(there=None), invoice()], {})
    assert (sums.apart, sums.untold, sums.count_there) == (0, 1, 2)


def test_customers_that_are_only_there_are_counted_and_no_difference() -> None:
    line = Line(kind=Kind.CUSTOMER, ref="", name="Customer 7", due=False, what=What.MISSING_HERE)
    assert explain(line, "Wave", computes_tax=False) is None
    sums = add_up([line], {})
    assert (sums.count_here, sums.count_there, sums.not_here) == (0, 1, 1)


amounts = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    linked = draw(st.booleans())
    gone = linked and draw(st.booleans())
    what = draw(st.sampled_from([None, None, None, What.UNAPPLIED, What.MISSING_HERE]))
    if what is What.MISSING_HERE:
        on, there = draw(st.dates()), draw(amounts)
        return Line(kind=Kind.PAYMENT, ref="", name="Payment 9", on=on, due=False, there=there, what=what)
    there = draw(st.none() | amounts) if linked and not gone else Decimal(0)
    return Line(
        kind=Kind.PAYMENT,
        ref="P",
        name="Payment P",
        on=draw(st.dates()),
        due=draw(st.booleans()) or what is not None,
        here=draw(amounts),
        linked=linked and what is None,
        gone=gone and what is None,
        there=there if what is None else Decimal(0),
        variance=draw(amounts),
        changed=draw(st.booleans()),
        what=what,
    )


@given(st.lists(lines(), max_size=20))
def test_what_two_sums_are_apart_is_what_the_differences_explain_in_all_and_in_each_month(its: list[Line]) -> None:
    told = {id(line): found for line in its if (found := explain(line, "Wave", computes_tax=False)) is not None}
    whole = add_up(its, told)
    assert whole.apart == whole.explained
    months = [add_up(some, told) for _, some in by_month(its)]
    assert all(sums.apart == sums.explained for sums in months)
    assert sum(sums.here for sums in months) == whole.here
    assert sum(sums.there for sums in months) == whole.there
