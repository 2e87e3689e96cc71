"""Money: Decimal amounts in the smallest unit of their currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_PLACES = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_CENT = Decimal("0.01")
_QUANTA = {code: Decimal(1).scaleb(-places) for code, places in _PLACES.items()}


def quantum(currency: str) -> Decimal:
    """The smallest amount of a currency (ISO 4217): 0.01 for USD, 1 for JPY, 0.001 for KWD."""
    return _QUANTA.get(currency, _CENT)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the currency's smallest unit, halves away from zero, as accountants and all four providers do."""
    return amount.quantize(_QUANTA.get(currency, _CENT), rounding=ROUND_HALF_UP)
