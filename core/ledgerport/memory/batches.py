"""Texts cut into requests that Voyage takes whatever its tokenizer makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ledgerport.memory.prices import Limits

# Of one request. Fewer than Voyage takes: only the request that is under way when a process is killed can be paid
# twice, and a smaller one fails and repeats for less.
MOST_TEXTS = 512
# What Voyage may put in front of each text ("Represent the document for retrieval: ").
_PROMPT = 16

T = TypeVar("T")


def cut(
    passages: Iterable[T], limits: Limits, *, text_of: Callable[[T], str], most: int = MOST_TEXTS
) -> Iterator[list[T]]:
    """The passages in their order, in lists of at most `most` texts that one request takes.

    A text that is too heavy by itself is a list by itself: Voyage cuts it off. Lazy: reads no further than it needs to.
    """
    most = min(most, limits.texts)
    batch: list[T] = []
    heavy = 0
    for passage in passages:
        weight = heaviest(text_of(passage))
        if batch and (len(batch) == most or heavy + weight > limits.tokens):
            yield batch
            batch, heavy = [], 0
        batch.append(passage)
        heavy += weight
    if batch:
        yield batch


def heaviest(text: str) -> int:
    """More tokens than any tokenizer can make of it: one for every byte.

    The estimate is of the right size for what people write; a request over the limit would be refused as a whole, for
    ever.
    """
    return len(text.encode()) + _PROMPT
