"""The text embedding models and what is published about each.

Dimensions, types, tokens per request and context are those of the embeddings API's reference and of "Text Embeddings",
requests and tokens per minute those of "Rate Limits" at tier 1 (docs.voyageai.com/reference/embeddings-api,
/docs/embeddings, /docs/rate-limits; mongodb.com/docs/api/doc/atlas-embedding-and-reranking-api), read in November 2026.
`voyage-3` and `voyage-3-lite` stand no longer in the tables of limits: theirs are those of earlier editions.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledgerport_sandbox.limits import Limit

MOST_TEXTS = 1000
FLOAT = "float"
DTYPES = (FLOAT, "int8", "uint8", "binary", "ubinary")
FLEXIBLE = (256, 512, 1024, 2048)
MINUTE = 60.0
REQUESTS, FREE_REQUESTS, FREE_TOKENS = "requests per minute", "free requests per minute", "free tokens per minute"
LIMITS = (
    Limit(REQUESTS, 2000, MINUTE),
    *(Limit(f"{millions}M tokens per minute", millions * 1_000_000, MINUTE) for millions in (3, 8, 16)),
    # Until a payment method is known; the refusal itself names these two.
    Limit(FREE_REQUESTS, 3, MINUTE),
    Limit(FREE_TOKENS, 10_000, MINUTE),
)


@dataclass(frozen=True, slots=True)
class Model:
    """`most_tokens` a request may bring, `context` a single text; `dimensions` are those it offers, `default` first
    chosen; `millions` of tokens a minute are let in.
    """

    name: str
    most_tokens: int
    millions: int
    default: int = 1024
    dimensions: tuple[int, ...] = FLEXIBLE
    dtypes: tuple[str, ...] = DTYPES
    context: int = 32_000

    @property
    def token_limit(self) -> str:
        """The name of its limit of tokens per minute."""
        return f"{self.millions}M tokens per minute"


def _fixed(name: str, most_tokens: int, millions: int, dimension: int = 1024, context: int = 32_000) -> Model:
    return Model(name, most_tokens, millions, dimension, (dimension,), (FLOAT,), context)


MODELS = {
    model.name: model
    for model in (
        Model("voyage-4-large", 120_000, 3),
        Model("voyage-4", 320_000, 8),
        Model("voyage-4-lite", 1_000_000, 16),
        Model("voyage-3-large", 120_000, 3),
        Model("voyage-3.5", 320_000, 8),
        Model("voyage-3.5-lite", 1_000_000, 16),
        Model("voyage-code-3", 120_000, 3),
        _fixed("voyage-finance-2", 120_000, 3),
        _fixed("voyage-law-2", 120_000, 3, context=16_000),
        _fixed("voyage-3", 320_000, 8),
        _fixed("voyage-3-lite", 1_000_000, 16, dimension=512),
    )
}
