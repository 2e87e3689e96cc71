"""What an embedding costs, and what Voyage takes at once."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledgerport.memory.batches import cut, heaviest
from ledgerport.memory.prices import MODELS, Limits, dollars, limits_of, price_of


def test_ten_thousand_documents_of_330_tokens_cost_about_twenty_cents() -> None:
    assert dollars("voyage-3.5", 10_000 * 330) == Decimal("0.198")


def test_what_the_operator_set_goes_before_the_table() -> None:
    assert price_of("voyage-3.5", Decimal("0.5")) == Decimal("0.5")
    assert price_of("a-model-of-tomorrow", Decimal(0)) == 0
    assert dollars("a-model-of-tomorrow", 2_000_000, Decimal("0.07")) == Decimal("0.14")


def test_a_model_that_nobody_priced_has_no_price() -> None:
    with pytest.raises(KeyError):
        price_of("a-model-of-tomorrow")


def test_an_unknown_model_has_the_smallest_limits() -> None:
    assert limits_of("a-model-of-tomorrow").tokens == min(model.limits.tokens for model in MODELS.values())


@pytest.mark.parametrize(
    ("model", "tokens"), [("voyage-3.5", 320_000), ("voyage-3.5-lite", 1_000_000), ("voyage-4-large", 120_000)]
)
def test_a_request_takes_what_voyage_says_of_the_model(model: str, tokens: int) -> None:
    assert limits_of(model) == Limits(
        texts=1000,
        tokens=tokens,
        requests_per_minute=2000,
        tokens_per_minute=limits_of(model).tokens_per_minute,
    )


def test_a_text_weighs_a_token_for_every_byte() -> None:
    assert heaviest("漏水修理") - heaviest("") == 12


def test_a_text_that_is_too_heavy_goes_alone() -> None:
    small = Limits(tokens=200)

    assert list(cut(["a", "b" * 500, "c"], small, text_of=str)) == [["a"], ["b" * 500], ["c"]]


def test_nothing_makes_no_request() -> None:
    assert list(cut([], Limits(), text_of=str)) == []


@given(
    texts=some.lists(some.text(max_size=60), max_size=80),
    tokens=some.integers(min_value=1, max_value=900),
    texts_a_request=some.integers(min_value=1, max_value=20),
    most=some.integers(min_value=1, max_value=20),
)
def test_every_text_goes_once_in_its_order_and_no_request_is_too_large(
    texts: list[str], tokens: int, texts_a_request: int, most: int
) -> None:
    limits = Limits(texts=texts_a_request, tokens=tokens)

    batches = list(cut(texts, limits, text_of=str, most=most))

    assert [text for batch in batches for text in batch] == texts
    for batch in batches:
        assert 1 <= len(batch) <= min(most, texts_a_request)
        assert len(batch) == 1 or sum(heaviest(text) for text in batch) <= tokens
    # None could have taken the first text of the next one.
    for batch, after in itertools.pairwise(batches):
        grown = [*batch, after[0]]
        assert len(grown) > min(most, texts_a_request) or sum(heaviest(text) for text in grown) > tokens
