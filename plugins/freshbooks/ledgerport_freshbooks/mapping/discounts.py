"""A discount over the whole document, to the cent. Pure.

FreshBooks knows a percentage of the whole only (`discount_value`). It is used where it gives the very amount and
nothing is taxed: whether a percentage lowers the tax is not documented. Everywhere else the discount becomes lines with
a negative price, one for each tax it lowers, so that both the discount and the tax come out as the host app has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from itertools import permutations

from ledgerport.contract import InvoiceLine, quantum, round_money
from ledgerport_freshbooks.mapping.taxes import Tax

_Parts = Mapping[Tax | None, Decimal]
_FINEST = Decimal("0.01")
_ALL = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Discount:
    """How a discount travels: as a percentage (zero: none), or as amounts (above zero) each taken off under a tax."""

    percent: Decimal = Decimal(0)
    parts: Sequence[tuple[Tax | None, Decimal]] = field(default_factory=tuple)


def discount_of(
    lines: Sequence[InvoiceLine], taxes: Sequence[Tax | None], *, discount: Decimal, tax: Decimal, currency: str
) -> Discount:
    """How `discount` travels. `taxes` are those of the lines; `tax` is the host app's amount for the whole.

    Some take the tax before the discount, some after it; the amount of tax tells which, so the nearest way is taken.
    A cent of the discount more or less under one of several taxes may be what a tax of whole cents is apart.
    """
    if not discount:
        return Discount()
    bases: dict[Tax | None, Decimal] = {}
    for line, its in zip(lines, taxes, strict=True):
        bases[its] = bases.get(its, Decimal(0)) + line.amount
    if all(its is None or not its.percent for its in bases):
        percent = _percent(sum(bases.values(), Decimal(0)), discount)
        return Discount(percent=percent) if percent else Discount(parts=[(None, discount)])
    before: _Parts = {None: discount}
    after = _spread(bases, discount, quantum(currency))
    ways = [after, *_moved(after, quantum(currency)), before]
    nearest = min(ways, key=lambda parts: abs(_tax(bases, parts, currency) - tax))
    return Discount(parts=[(its, part) for its, part in nearest.items() if part])


def _percent(whole: Decimal, discount: Decimal) -> Decimal:
    """The percentage, of at most two decimals, that is `discount` without any rounding; zero when there is none."""
    if whole <= 0 or discount > whole:
        return Decimal(0)
    percent = (discount * _ALL / whole).quantize(_FINEST)
    return percent if percent * whole == discount * _ALL else Decimal(0)


def _spread(bases: _Parts, discount: Decimal, unit: Decimal) -> _Parts:
    """`discount` over the taxes in proportion to what each bills, in whole `unit`s that add up to it."""
    weights = {its: base for its, base in bases.items() if base > 0}
    whole = sum(weights.values(), Decimal(0))
    if not whole:
        return {None: discount}
    exact = {its: discount * base / whole for its, base in weights.items()}
    parts = {its: share.quantize(unit, rounding=ROUND_DOWN) for its, share in exact.items()}
    left = discount - sum(parts.values(), Decimal(0))
    for its in sorted(exact, key=lambda its: exact[its] - parts[its], reverse=True):
        step = min(unit, left)
        parts[its] += step
        left -= step
    return parts


def _moved(parts: _Parts, unit: Decimal) -> Iterator[_Parts]:
    """The same discount with one unit of it under another tax."""
    for giver, taker in permutations(parts, 2):
        if parts[giver] >= unit:
            yield {**parts, giver: parts[giver] - unit, taker: parts[taker] + unit}


def _tax(bases: _Parts, parts: _Parts, currency: str) -> Decimal:
    """The tax on what is left, rounded once for each tax, which is the likeliest way for FreshBooks to do it."""
    left = {its: base - parts.get(its, Decimal(0)) for its, base in bases.items() if its is not None}
    return sum((round_money(rest * its.percent / _ALL, currency) for its, rest in left.items()), Decimal(0))
