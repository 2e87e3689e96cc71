"""CPU of the Voyage sandbox per text: it must not be what a backfill waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import orjson
from tests.benchmarks.figures import Finding

from ledgerport.demo.plumbing import generate
from ledgerport.memory.documents import Sold, line_text
from ledgerport_sandbox.voyage.answers import answer
from ledgerport_sandbox.voyage.requests import read

TEXTS = 3000
LETTERS = 1300
A_REQUEST = 500


def test_fifteen_hundred_documents_a_second_on_one_core(found: Callable[[Finding], None]) -> None:
    texts = list(_documents())
    bodies = [
        orjson.dumps({"input": texts[start : start + A_REQUEST], "model": "voyage-3.5", "encoding_format": "base64"})
        for start in range(0, TEXTS, A_REQUEST)
    ]

    began = time.process_time()
    for body in bodies:
        orjson.dumps(answer(read(body)))
    seconds = time.process_time() - began

    found(
        Finding(
            bench="CPU of the Voyage sandbox",
            value=seconds / TEXTS * 1000,
            unit="ms per text",
            target=1000 / 1500,
            figures={
                "texts": TEXTS,
                "letters per text (mean)": sum(map(len, texts)) / TEXTS,
                "texts per second of CPU": TEXTS / seconds,
            },
        )
    )


def _documents() -> Iterator[str]:
    """Texts like those of invoices: lines of the price book with figures, each text its own."""
    goods = [record for record in generate(invoices=0).records if record["kind"] == "item"]
    place = 0
    for number in range(TEXTS):
        text = (
            f"Invoice INV-{number}, 2026-09-{number % 30 + 1:02d}, sent, paid, USD\nCustomer: residential, Austin, TX"
        )
        while len(text) < LETTERS:
            good = goods[place % len(goods)]
            sold = Sold(item=good["name"], category=good["category"], type=good["type"])
            text += f"\n- {line_text(sold)} | {place % 12 + 1} x {good['price']} = {good['price']}, cost {good['cost']}"
            place += 7
        yield text
