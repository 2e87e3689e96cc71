"""What Voyage would charge for: requests it answered, whether or not the answer arrived."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Any

from ledgerport_sandbox.voyage.requests import Wish


class Paid:
    """Counts since the start or the last reset. Texts themselves are not kept, only what tells them apart."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything counted so far."""
        self.requests = 0
        self._texts: Counter[tuple[str, str]] = Counter()
        self._tokens: Counter[tuple[str, str]] = Counter()
        self._times: Counter[bytes] = Counter()

    def add(self, wish: Wish) -> None:
        """One request that was answered."""
        kind = (wish.model.name, "query" if wish.query else "document")
        self.requests += 1
        self._texts[kind] += len(wish.texts)
        self._tokens[kind] += wish.tokens
        for text in wish.texts:
            known = f"{kind} {wish.dimension} {wish.dtype} {text}"
            self._times[blake2b(known.encode("utf-8", "replace"), digest_size=16).digest()] += 1

    def report(self) -> dict[str, Any]:
        """`{"requests", "texts", "tokens", "again", "kinds": [{"model", "input", "texts", "tokens"}]}`.

        `again`: how many texts were paid after the same text had been paid for, with the same model, dimension, type
        and input (`document` stands for texts of no kind, too).
        """
        kinds = [
            {"model": model, "input": kind, "texts": texts, "tokens": self._tokens[model, kind]}
            for (model, kind), texts in sorted(self._texts.items())
        ]
        again = sum(self._times.values()) - len(self._times)
        total = {"texts": self._texts.total(), "tokens": self._tokens.total()}
        return {"requests": self.requests, **total, "again": again, "kinds": kinds}
