"""Sixty questions over the plumbing company's price book, forty over a real shop's goods: a change for the worse shows.

The vectors are the Voyage sandbox's, so these figures judge our texts and the sandbox, never Voyage's models. The
floors are what was measured, rounded down; whoever makes a text's format or the vectoriser better raises them.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.evaluation.conftest import FIGURES
from tests.evaluation.scoring import DIMENSION, FIRST, Score, questions, score

from ledgerport.demo.plumbing import generate
from ledgerport.memory.documents import Sold, line_text
from ledgerport_sandbox.voyage.lexical import vector

# LEDGERPORT_MEMORY__THRESHOLD unless it is set: what is less like the question is no answer.
THRESHOLD = 0.35


@pytest.fixture(scope="session")
def price_book() -> list[Sold]:
    return [
        Sold(item=item["name"], category=item["category"], type=item["type"], description=item["description"])
        for item in generate(invoices=0).records
        if item["kind"] == "item"
    ]


@pytest.fixture(scope="session")
def shop(shared: Path) -> list[Sold]:
    """Every code of the real file once, under its commonest description, as the demo makes items of it."""
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with gzip.open(shared / "data" / "online_retail.csv.gz", "rt", encoding="utf-8", newline="") as text:
        for row in csv.reader(text):
            if row[2]:
                names[row[1]][row[2].strip()] += 1
    return [Sold(item=seen.most_common(1)[0][0], type="product") for seen in names.values()]


@pytest.mark.parametrize(("name", "asked"), [("plumbing", 60), ("retail", 40)])
def test_there_are_as_many_questions_as_we_say(name: str, asked: int) -> None:
    assert len({question for question, _ in questions(name)}) == asked


def test_the_plumbing_questions_find_their_lines(
    price_book: list[Sold], record_property: Callable[[str, object], None]
) -> None:
    result = score(questions("plumbing"), price_book)

    record_property(FIGURES, told("plumbing", result, len(price_book)))
    assert result.recall >= 0.96, missed(result)
    assert result.reciprocal_rank >= 0.91, missed(result)
    assert above(result) >= 58, missed(result)


def test_the_real_shops_questions_find_their_lines(
    shop: list[Sold], record_property: Callable[[str, object], None]
) -> None:
    result = score(questions("retail"), shop)

    record_property(FIGURES, told("retail", result, len(shop)))
    assert result.recall >= 0.96, missed(result)
    assert result.reciprocal_rank >= 0.97, missed(result)
    assert above(result) >= 39, missed(result)


def test_what_a_question_is_not_about_is_far_below_the_threshold(price_book: list[Sold]) -> None:
    question = vector("what did we charge for a water heater install?", DIMENSION, query=True)
    others = [thing for thing in price_book if not {"heater", "install"} & set(line_text(thing).lower().split())]

    near = [sum(map(float.__mul__, question, vector(line_text(thing), DIMENSION))) for thing in others[::10]]

    assert len(near) > 200
    # Nothing else is taken for an answer; "water softener", "gas line" and their like come nearest.
    assert max(near) < THRESHOLD
    assert sorted(near)[len(near) * 9 // 10] < 0.1


def above(result: Score) -> int:
    """How many questions are answered with a right line."""
    return sum(found.similarity >= THRESHOLD for found in result.found)


def told(name: str, result: Score, texts: int) -> str:
    figures = f"recall@{FIRST} {result.recall:.3f}, mean reciprocal rank {result.reciprocal_rank:.3f}"
    return f"{name}: {len(result.found)} questions over {texts} things sold: {figures}"


def missed(result: Score) -> str:
    """The questions that cost points, for whoever looks for the reason."""
    return "\n".join(
        f"recall {found.recall:.2f}, rank {found.rank}: {found.question!r} found {found.best!r} first"
        for found in result.found
        if found.recall < 1 or found.rank > 1
    )
