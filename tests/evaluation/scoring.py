"""How well questions find the lines they are about: recall at five and mean reciprocal rank.

A question names what it should find by patterns of the items' descriptions (`*` stands for any text). The texts are
those the memory embeds; nothing but their nearness to the question decides.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy

from ledgerport.memory.documents import Sold, line_text
from ledgerport_sandbox.voyage.lexical import vector

DIMENSION = 1024
FIRST = 5
HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of one question: the share of `FIRST` places (or of all it should find, when those are fewer) that hold
    what it should find; the rank of the first such text, from 1, and its `similarity`; `best` came first of all.
    """

    question: str
    recall: float
    rank: int
    similarity: float
    best: str


@dataclass(frozen=True, kw_only=True)
class Score:
    """All questions together; both figures are from 0 to 1."""

    recall: float
    reciprocal_rank: float
    found: Sequence[Found]


def questions(name: str) -> list[tuple[str, list[str]]]:
    """(question, patterns) of `questions_<name>.json`."""
    rows = json.loads((HERE / f"questions_{name}.json").read_text(encoding="utf-8"))
    return [(row["question"], row["expected"]) for row in rows]


def score(asked: Sequence[tuple[str, list[str]]], sold: Sequence[Sold]) -> Score:
    """Raises ValueError for a question whose patterns fit nothing that was sold."""
    texts = {line_text(thing): thing.description or thing.item for thing in sold}
    vectors = numpy.array([vector(text, DIMENSION) for text in texts])
    names = list(texts.values())
    found = [_ask(question, patterns, vectors, names) for question, patterns in asked]
    return Score(
        recall=sum(one.recall for one in found) / len(found),
        reciprocal_rank=sum(1 / one.rank for one in found) / len(found),
        found=found,
    )


def _ask(question: str, patterns: list[str], vectors: numpy.ndarray, names: list[str]) -> Found:
    right = {place for place, name in enumerate(names) if any(fnmatchcase(name, pattern) for pattern in patterns)}
    if not right:
        raise ValueError(f"{question!r} should find {patterns}, and there is nothing of the kind")
    near = vectors @ numpy.array(vector(question, DIMENSION, query=True))
    # Of equals the first comes first, on every machine.
    order = numpy.argsort(-near.round(6), kind="stable").tolist()
    rank, first = next((rank, place) for rank, place in enumerate(order, 1) if place in right)
    return Found(
        question=question,
        recall=len(right.intersection(order[:FIRST])) / min(FIRST, len(right)),
        rank=rank,
        similarity=float(near[first]),
        best=names[order[0]],
    )
