"""What services work with: an embedder, an index of one hub's passages, and the two together.

A passage is a text that was embedded. Document passages are known by `invoice:12` or `estimate:7` (our row's id),
line passages by the hash of their text. A vector travels as bytes: little-endian float32, four bytes a dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from ledgerport.memory.prices import Limits, dollars, price_of

What = Literal["line", "document"]
Purpose = Literal["document", "query"]


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """One vector per text, in the order of the texts, and the `tokens` that were paid for all of them."""

    vectors: list[bytes]
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Near:
    """A passage that was found: its id, and its cosine similarity to what was asked, -1 to 1."""

    id: str
    similarity: float


class Embedder(Protocol):
    """Makes vectors of texts, for money. Safe to use from several threads."""

    @property
    def model(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Embedded:
        """One request: at most `Limits.texts` texts of at most `Limits.tokens` tokens in all, none of them empty.

        Raises MemoryAway and MemoryRefused. A request that failed for want of an answer may have been paid for.
        """


class Index(Protocol):
    """Passages by tenant and by what they are; one tenant's are never looked at for another's.

    Opens its store at the first use. Safe to use from several threads. Every method raises MemoryAway, MemoryRefused
    (another dimension) and MemoryBusy.
    """

    def put(self, tenant_id: int, what: What, passages: Sequence[tuple[str, bytes]]) -> None:
        """Keep (id, vector) pairs; an id that is there already gets the new vector. Any number of them."""

    def near(self, tenant_id: int, what: What, vector: bytes, limit: int) -> list[Near]:
        """The `limit` passages nearest to `vector`, best first; fewer where there are fewer."""

    def remove(self, tenant_id: int, what: What, ids: Sequence[str]) -> None:
        """Forget these passages; one that is not there is no fault."""

    def drop(self, tenant_id: int) -> None:
        """Forget everything of a tenant, whatever model and dimension it was made with."""

    def count(self, tenant_id: int, what: What) -> int:
        """How many passages there are."""

    def close(self) -> None:
        """Give the store back; a later use opens it again."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The memory of a running hub. `threshold`: the similarity from which a line counts as the thing asked for."""

    embedder: Embedder
    index: Index
    threshold: float
    # What Voyage takes of this model in one request and in one minute.
    limits: Limits
    # Dollars per million tokens that the operator set; None: the price table's.
    price_override: Decimal | None = None
    # Where the vectors are, for people: a folder or a server's address.
    where: str = ""

    @property
    def price_per_million(self) -> Decimal:
        """Dollars for a million tokens of this model."""
        return price_of(self.embedder.model, self.price_override)

    def dollars(self, tokens: int) -> Decimal:
        """What so many tokens cost, exactly; round it where it is shown."""
        return dollars(self.embedder.model, tokens, self.price_override)

    def close(self) -> None:
        """Give the store back."""
        self.index.close()
