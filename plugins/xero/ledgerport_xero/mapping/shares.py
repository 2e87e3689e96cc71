"""One amount of a document spread over its lines, to the cent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ledgerport.contract import quantum

_CENT = Decimal("0.01")


def spread(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`total` in parts that are as the weights and add up to it exactly, in the currency's unit (a cent at least).

    What rounding leaves goes to the largest remainders, the first of equal ones first. With weights that add up to
    nothing the first part takes all. A part is never larger than its weight when `total` is not larger than their sum
    and none is below zero.
    """
    if not weights:
        return []
    unit = max(quantum(currency), _CENT)
    if any(value % unit for value in (total, *weights)):
        unit = min(unit, _CENT)
    units = int(total / unit)
    exponents = [weight.normalize().as_tuple().exponent for weight in weights]
    scale = max((-exponent for exponent in exponents if isinstance(exponent, int)), default=0)
    whole = [int(weight.scaleb(max(scale, 0))) for weight in weights]
    weight_sum = sum(whole)
    if weight_sum == 0:
        return [total, *[Decimal(0) * unit] * (len(weights) - 1)]
    if weight_sum < 0:
        weight_sum, whole = -weight_sum, [-weight for weight in whole]
    parts = [divmod(units * weight, weight_sum) for weight in whole]
    left = units - sum(part for part, _ in parts)
    order = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    lucky = set(order[:left])
    return [(part + (place in lucky)) * unit for place, (part, _) in enumerate(parts)]
