"""What doors say of the memory: an answer in a sentence, what adding older documents costs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ledgerport.services.memory.answer_words import sentence
from ledgerport.services.memory.answers import Basis, Filters, Scope
from ledgerport.services.memory.backfill import BackfillView
from ledgerport.services.memory.backfill_words import about, actual, arithmetic, dollars, how_far, price_of_when
from ledgerport.services.memory.estimate_backfill import Estimate
from ledgerport.services.memory.figures import PricedLine, figures

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def estimate(documents: int = 10_000, tokens: int = 3_300_000, **more: object) -> Estimate:
    values: dict[str, object] = {
        "documents": documents,
        "unchanged": 0,
        "texts": documents,
        "tokens": tokens,
        "dollars": tokens * Decimal("0.06") / 1_000_000,
        "model": "voyage-3.5",
        "price": Decimal("0.06"),
        "as_of": date(2026, 11, 22),
    }
    return Estimate(**{**values, **more})  # type: ignore[arg-type]


def view(**more: object) -> BackfillView:
    values: dict[str, object] = {
        "documents": 3629,
        "waiting": 2339,
        "failed": 0,
        "texts": 4000,
        "tokens": 3_300_000,
        "dollars": Decimal("0.198"),
        "paid_tokens": 812_334,
        "paid_dollars": Decimal("0.0487"),
        "requested_by": "ann",
        "started_at": AT,
        "finished_at": None,
        "reason": "",
        "needs_person": False,
        "held_until": None,
    }
    return BackfillView(**{**values, **more})  # type: ignore[arg-type]


def line(price: str, month: int = 1, cost: str | None = "10.00") -> PricedLine:
    return PricedLine(
        thing="heater",
        currency="USD",
        on=date(2026, month, 5),
        quantity=Decimal(1),
        unit_price=Decimal(price),
        cost=None if cost is None else Decimal(cost),
    )


def said(*lines: PricedLine, basis: Basis = Basis.INVOICES, scope: Scope = Scope.SIMILAR, free: int = 0) -> str:
    return sentence(figures(lines), basis, Filters(), scope, found=bool(lines), free=free)


def test_the_arithmetic_is_shown_before_anything_is_spent() -> None:
    told = estimate()

    assert arithmetic(told) == (
        "10,000 documents x about 330 tokens = 3,300,000 tokens x $0.06 per million = about $0.20"
    )
    assert price_of_when(told) == (
        "$0.06 is Voyage's price for voyage-3.5 of 22 Nov 2026; what it gives for free is not counted."
    )


def test_a_price_of_the_operator_s_own_is_said_to_be_that() -> None:
    assert price_of_when(estimate(as_of=None)) == "$0.06 is what your operator set as the price of voyage-3.5."


def test_texts_that_were_paid_for_before_cost_nothing() -> None:
    told = estimate(documents=3, tokens=0, texts=0)

    assert arithmetic(told) == "3 documents, and every text of them was paid for before: $0.00."


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0.198", "about $0.20"), ("0.0042", "less than $0.01"), ("0", "about $0.00"), ("1234.5", "about $1,234.50")],
)
def test_dollars_are_told_to_the_cent(amount: str, words: str) -> None:
    assert about(Decimal(amount)) == words


def test_what_was_spent_below_a_cent_is_not_told_as_nothing() -> None:
    assert dollars(Decimal("0.00042")) == "$0.0004"
    assert dollars(Decimal("0.00001")) == "less than $0.0001"


def test_progress_tells_how_far_what_it_cost_and_why_it_waits() -> None:
    assert how_far(view()) == "1,290 of 3,629 documents · 812,334 tokens paid, $0.05"
    assert how_far(view(reason="Voyage cannot be reached.")).endswith(" · Voyage cannot be reached.")


def test_the_end_tells_the_cost_beside_the_estimate() -> None:
    told = actual(view(waiting=0, failed=2, paid_tokens=3_210_442, paid_dollars=Decimal("0.19262652")))

    assert told == (
        "3,627 documents added. Estimated: 3,300,000 tokens, about $0.20. Paid: 3,210,442 tokens, $0.19. "
        "2 documents could not be remembered."
    )


def test_prices_that_rise_are_said_to() -> None:
    told = said(*(line(f"{100 + 5 * month}.00", month) for month in range(1, 8)))

    assert "Usually 120.00 USD, from 105.00 to 135.00: 7 lines on invoices of 5 Jan 2026 to 5 Jul 2026." in told
    assert "The price of the same thing rose by about 25 % over that time." in told


def test_without_a_known_cost_no_markup_is_told() -> None:
    told = said(*[line("5.00", cost=None)] * 3)

    assert told.endswith("No cost in USD is known, so there is no markup.")


def test_two_known_costs_are_not_a_usual_markup() -> None:
    told = said(line("5.00"), line("5.00"), line("5.00", cost=None))

    assert told.endswith("The cost of only 2 lines is known, which is not enough for a usual markup.")


def test_lines_that_charge_nothing_are_no_price() -> None:
    assert (
        said(line("0.00"), line("0.00"), free=2)
        == "There is no price: 2 lines match, and none of them charges anything."
    )


def test_over_everything_only_the_markup_is_told() -> None:
    told = said(*[line("15.00")] * 3, scope=Scope.EVERYTHING)

    assert told == (
        "The question names nothing that you sell, so this is over all of it. "
        "Markup on cost: usually 50 % (3 lines with a known cost)."
    )
