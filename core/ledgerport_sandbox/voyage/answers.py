"""Embeddings as the API writes them: a list of numbers, or base64 of the same numbers in their own width.

The types are those of docs.voyageai.com/docs/flexible-dimensions-and-quantization: `binary` and `ubinary` hold eight
dimensions in each number, `binary` with 128 taken away. How a model makes integers of its floats is not published: here
the largest entry of each vector becomes 127.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64encode
from typing import Any

from ledgerport_sandbox.voyage.lexical import vector
from ledgerport_sandbox.voyage.requests import Wish


def answer(wish: Wish) -> dict[str, Any]:
    """The body of a successful answer."""
    data = [
        {"object": "embedding", "embedding": _written(text, wish), "index": index}
        for index, text in enumerate(wish.texts)
    ]
    return {"object": "list", "data": data, "model": wish.model.name, "usage": {"total_tokens": wish.tokens}}


def _written(text: str, wish: Wish) -> list[float] | list[int] | str:
    numbers = _typed(vector(text, wish.dimension, query=wish.query), wish.dtype)
    if not wish.base64:
        return numbers.tolist()
    if sys.byteorder == "big":
        numbers.byteswap()
    return b64encode(numbers.tobytes()).decode("ascii")


def _typed(floats: array[float], dtype: str) -> array[Any]:
    if dtype == "float":
        return floats
    if dtype in {"int8", "uint8"}:
        scale = 127 / max(map(abs, floats))
        shift = 128 if dtype == "uint8" else 0
        return array("B" if shift else "b", [round(value * scale) + shift for value in floats])
    bits = "".join("1" if value > 0 else "0" for value in floats)
    eights = [int(bits[start : start + 8], 2) for start in range(0, len(bits), 8)]
    return array("B", eights) if dtype == "ubinary" else array("b", [eight - 128 for eight in eights])
