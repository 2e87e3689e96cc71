"""The demo's questions to the memory: an answer passes only when all of it is as the records have it."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from ledgerport.demo.memory import QUESTIONS, WrongAnswer, check, questions
from ledgerport.demo.sold import Line, Sold

QUESTION, EXPECTED = "water heater install", r"Install water heater"


def line(ref: str, price: str, **more: Any) -> Line:
    values: dict[str, Any] = {
        "kind": "invoice",
        "ref": ref,
        "number": f"N{ref}",
        "line": 1,
        "on": "2026-05-04",
        "customer_type": "homeowner",
        "item": "P-1",
        "name": "Install water heater",
        "description": "Install water heater",
        "quantity": Decimal("1.00"),
        "unit_price": Decimal(price),
        "cost": Decimal("280.00"),
        "currency": "USD",
    }
    return Line(**{**values, **more})


SOLD = Sold(
    [
        line("I-1", "400.00"),
        line("I-2", "420.00"),
        line("I-3", "460.00"),
        line("I-4", "19.99", item="P-2", name="Drain snake", cost=Decimal("10.00")),
        line("E-1", "999.00", kind="estimate"),
    ]
)
ANSWER: dict[str, Any] = {
    "scope": "similar",
    "basis": "invoices",
    "figures": [
        {"lines": 3, "low": "400.00", "median": "420.00", "high": "460.00", "markup": {"median_percent": "50.0"}}
    ],
    "things": [{"item_name": "Install  water heater", "description": "Install water heater"}],
    "citations": [
        {
            "kind": "invoice",
            "ref": "I-2",
            "number": "NI-2",
            "line": 1,
            "on": "2026-05-04",
            "customer_type": "homeowner",
            "item": "P-1",
            "description": "Install water heater",
            "quantity": "1.00",
            "unit_price": "420.00",
            "cost": "280.00",
            "currency": "USD",
        }
    ],
}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """The answer with one thing in it otherwise."""
    answer = copy.deepcopy(ANSWER)
    place: Any = answer
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return answer


def test_an_answer_that_agrees_with_the_records_passes() -> None:
    assert check(QUESTION, EXPECTED, ANSWER, SOLD) == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (changed("citations", 0, "unit_price", to="421.00"), "the price 421.00 instead of 420.00"),
        (changed("citations", 0, "cost", to=None), "the cost None instead of 280.00"),
        (changed("citations", 0, "on", to="2026-05-05"), "the date 2026-05-05 instead of 2026-05-04"),
        (changed("citations", 0, "customer_type", to="business"), "the customer type business"),
        (changed("citations", 0, "line", to=2), "there is no such line"),
        (changed("citations", to=[]), "no citation"),
        (changed("figures", 0, "lines", to=2), "the lines is told to be 2, and it is 3"),
        (changed("figures", 0, "low", to="19.99"), "the lowest price is told to be 19.99, and it is 400.00"),
        (changed("figures", 0, "median", to="430.00"), "the median"),
        (changed("figures", 0, "high", to="999.00"), "the highest price"),
        (changed("figures", 0, "markup", "median_percent", to="50.1"), "the markup"),
        (changed("figures", 0, "markup", to=None), "the markup"),
    ],
)
def test_anything_that_is_not_as_the_records_have_it_fails_the_demo(answer: dict[str, Any], told: str) -> None:
    with pytest.raises(WrongAnswer, match=told):
        check(QUESTION, EXPECTED, answer, SOLD)


def test_the_first_citation_must_be_the_thing_asked_for() -> None:
    with pytest.raises(WrongAnswer, match="is cited first"):
        check(QUESTION, r"Drain snake", ANSWER, SOLD)


def test_there_are_ten_questions_the_last_one_about_markup_whatever_was_sold() -> None:
    many = Sold(line(f"I-{number}", "1.00", name=f"Thing {number}") for number in range(30))

    asked = list(questions(many))

    assert len(asked) == QUESTIONS
    assert asked[0] == ("what did we charge for Thing 0?", r"Thing\ 0$")
    assert asked[-1][0] == "what is our typical markup?"


def test_the_made_up_company_s_questions_are_asked_where_it_sold_such_a_thing() -> None:
    asked = [question for question, _ in questions(SOLD)]

    assert asked == [
        "what did we charge for a water heater install?",
        "what did we charge for Drain snake?",
        "what is our typical markup?",
    ]
