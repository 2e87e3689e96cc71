"""Ten questions to the memory of past prices, each answer held to the records: every citation and every figure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledgerport.demo.rest import HubClient
from ledgerport.demo.sold import Line, Sold, plain, read_sold

LEXICAL = "The sandbox's vectors are lexical: made from words, with no language model behind them."
QUESTIONS = 10
_CITED = 5
# A question to the made-up company, and what the name of the thing that is cited first must look like.
_PLUMBING = (
    ("what did we charge for a water heater install?", r"Install water heater"),
    ("price of a 40 gallon gas water heater", r"Gas water heater 40 gal"),
    ("PEX elbows", r"PEX .*elbow"),
    ("1 inch ball valve", r"Ball valve .* 1 in$"),
    ("what does it cost to repair a toilet?", r"Repair toilet"),
    ("copper pipe 3/4 in, ten foot length", r"Copper pipe type . 3/4 in"),
    ("clearing a main line", r"Clear (main|sewer) line"),
    ("kitchen faucets", r".*[Kk]itchen faucet"),
    ("fit a new garbage disposal", r"(Install|Replace) garbage disposal"),
)
_MARKUP = "what is our typical markup?"
_CENT, _TENTH = Decimal("0.01"), Decimal("0.1")
_SHOWN = 3


class WrongAnswer(Exception):
    """An answer does not agree with the records. The message names the question, and what is not so."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """A question, its answer as the API gave it, and how many citations were found to be right."""

    question: str
    answer: Mapping[str, Any]
    citations: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def ask_ten(api: HubClient) -> Iterator[Told]:
    """Ask, and hold each answer to what was sold. Raises WrongAnswer."""
    sold = read_sold(api)
    for question, expected in questions(sold):
        answer = api.search_memory(question, _CITED)
        yield Told(question=question, answer=answer, citations=check(question, expected, answer, sold))


def words(told: Told) -> list[str]:
    """A question and its answer, a line each, the nearest citations below."""
    shown = [f"  {told.question}", f"    {told.answer['sentence']}"]
    for one in told.answer["citations"][:_SHOWN]:
        cost = f", cost {one['cost']}" if one["cost"] else ""
        what = plain(one["item_name"] or one["description"])
        shown.append(
            f"      {one['number'] or one['ref']} line {one['line']}, {_day(one['on'])}, "
            f"{one['customer_type'] or 'customer'}: {what}, {Decimal(one['quantity']).normalize():f} x "
            f"{one['unit_price']} {one['currency']}{cost}"
        )
    return shown


def questions(sold: Sold) -> Iterator[tuple[str, str]]:
    """Each with what the name of the thing that is cited first must look like.

    Those of the made-up company that its records can answer, then one for each of the things sold most often.
    """
    names = sold.names()
    asked = [each for each in _PLUMBING if any(re.match(each[1], name) for name in names)]
    rest = (name for name in names if not any(re.match(expected, name) for _, expected in asked))
    yield from asked
    for _, name in zip(range(QUESTIONS - 1 - len(asked)), rest, strict=False):
        yield f"what did we charge for {name}?", rf"{re.escape(name)}$"
    yield _MARKUP, ""


def check(question: str, expected: str, answer: Mapping[str, Any], sold: Sold) -> int:
    """How many citations there are, all of them right. Raises WrongAnswer."""
    for place, one in enumerate(answer["citations"]):
        line = sold.lines.get((one["kind"], one["ref"], one["line"]))
        name = f"{one['kind']} {one['ref']} line {one['line']}"
        if line is None:
            raise WrongAnswer(f'"{question}": {name} is cited, and there is no such line that was sent.')
        if wrong := _differences(one, line):
            raise WrongAnswer(f'"{question}": {name} is cited with {wrong}.')
        if place == 0 and expected and not re.match(expected, line.name):
            raise WrongAnswer(f'"{question}": {name} is cited first, and that is "{line.name}".')
    if not answer["citations"]:
        raise WrongAnswer(f'"{question}" is answered with no citation, though it was sold.')
    _check_figures(question, answer, sold)
    return len(answer["citations"])


def _differences(one: Mapping[str, Any], line: Line) -> str:
    """What a citation says otherwise than the record; empty where they agree."""
    cited = {
        "number": one["number"],
        "date": one["on"],
        "customer type": one["customer_type"],
        "item": one["item"],
        "description": one["description"],
        "quantity": Decimal(one["quantity"]),
        "price": Decimal(one["unit_price"]),
        "cost": None if one["cost"] is None else Decimal(one["cost"]),
        "currency": one["currency"],
    }
    right = {
        "number": line.number,
        "date": line.on,
        "customer type": line.customer_type,
        "item": line.item,
        "description": line.description,
        "quantity": line.quantity,
        "price": line.unit_price,
        "cost": line.cost,
        "currency": line.currency,
    }
    return ", ".join(
        f"the {name} {cited[name]} instead of {right[name]}" for name in right if cited[name] != right[name]
    )


def _check_figures(question: str, answer: Mapping[str, Any], sold: Sold) -> None:
    """The figures are those of all invoice lines of the things that the answer says it is about."""
    everything = answer["scope"] == "everything"
    right = sold.figures(
        None if everything else {plain(one["item_name"] or one["description"]) for one in answer["things"]}
    )
    if answer["basis"] != "invoices" or right is None:
        return
    told = answer["figures"][0]
    its = told["markup"]
    markup = None if right.markup is None else right.markup.quantize(_TENTH, rounding=ROUND_HALF_UP)
    pairs = (
        ("lines", told["lines"], right.lines),
        ("lowest price", Decimal(told["low"]), right.low),
        ("median", Decimal(told["median"]), right.median.quantize(_CENT, rounding=ROUND_HALF_UP)),
        ("highest price", Decimal(told["high"]), right.high),
        ("markup", None if its is None else Decimal(its["median_percent"]), markup),
    )
    for name, said, so in pairs:
        if said != so:
            raise WrongAnswer(f'"{question}": the {name} is told to be {said}, and it is {so}.')


def _day(text: str) -> str:
    on = date.fromisoformat(text)
    return f"{on.day} {on:%b %Y}"
