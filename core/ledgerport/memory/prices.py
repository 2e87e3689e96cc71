"""What Voyage charges and takes, by model.

Prices from docs.voyageai.com/docs/pricing, texts and tokens per request from its reference/embeddings-api, per minute
from its docs/rate-limits (usage tier 1; an account without a payment method has far less).
Prices change: what the settings say goes before this table, and whoever shows a price shows AS_OF with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# The day on which the table was read.
AS_OF = date(2026, 11, 22)
MILLION = Decimal(1_000_000)
_ANY_SIZE = (1024, 256, 512, 2048)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What Voyage takes: `texts` and `tokens` in one request, requests and tokens in any minute."""

    texts: int = 1000
    tokens: int = 120_000
    requests_per_minute: int = 2000
    tokens_per_minute: int = 3_000_000


@dataclass(frozen=True, kw_only=True)
class Model:
    """An embedding model: dollars per million tokens, its limits, and the dimensions it offers, its own first."""

    price: Decimal
    limits: Limits
    dimensions: tuple[int, ...] = _ANY_SIZE


_SMALL = Limits()
_MIDDLE = Limits(tokens=320_000, tokens_per_minute=8_000_000)
_LITE = Limits(tokens=1_000_000, tokens_per_minute=16_000_000)
# No source gives tokens per minute for voyage-4-large: it is taken to have the smallest there are.
MODELS = {
    "voyage-4-large": Model(price=Decimal("0.12"), limits=_SMALL),
    "voyage-4": Model(price=Decimal("0.06"), limits=_MIDDLE),
    "voyage-4-lite": Model(price=Decimal("0.02"), limits=_LITE),
    "voyage-3-large": Model(price=Decimal("0.18"), limits=_SMALL),
    "voyage-3.5": Model(price=Decimal("0.06"), limits=_MIDDLE),
    "voyage-3.5-lite": Model(price=Decimal("0.02"), limits=_LITE),
    "voyage-3": Model(price=Decimal("0.06"), limits=_MIDDLE, dimensions=(1024,)),
    "voyage-3-lite": Model(price=Decimal("0.02"), limits=_LITE, dimensions=(512,)),
    "voyage-finance-2": Model(price=Decimal("0.12"), limits=_SMALL, dimensions=(1024,)),
    "voyage-law-2": Model(price=Decimal("0.12"), limits=_SMALL, dimensions=(1024,)),
}


def limits_of(model: str) -> Limits:
    """The limits of a model; for one that is not in the table the smallest there are."""
    return MODELS[model].limits if model in MODELS else _SMALL


def price_of(model: str, override: Decimal | None = None) -> Decimal:
    """Dollars per million tokens. Raises KeyError for a model that is not in the table and has no `override`."""
    return MODELS[model].price if override is None else override


def dollars(model: str, tokens: int, override: Decimal | None = None) -> Decimal:
    """What `tokens` cost, exactly: 3,300,000 of voyage-3.5 at $0.06 a million are 0.198. Raises as `price_of` does."""
    return tokens * price_of(model, override) / MILLION
