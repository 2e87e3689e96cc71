"""The books report as values: what stands here, what stands in the provider's ledger, every difference by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ledgerport.contract import Kind


class What(StrEnum):
    """How two sets of books can differ over one record."""

    MISSING_THERE = "missing there"
    MISSING_HERE = "missing here"
    DOUBLED = "doubled"
    SHARED = "shared"
    AMOUNT_APART = "amount apart"
    TAX_APART = "tax apart"
    OPEN_APART = "open balance apart"
    UNAPPLIED = "unapplied"
    OTHER_CUSTOMER = "other customer"
    NAME_APART = "name apart"
    DATE_APART = "date apart"
    NOT_DUE = "should not be there"
    DO_NOT_ADD_UP = "does not add up"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not the same on both sides. `apart` is the money between them, never negative."""

    kind: str
    what: What
    record: str
    sentence: str
    apart: Decimal = Decimal(0)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "what": self.what.value,
            "record": self.record,
            "sentence": self.sentence,
            "apart": f"{self.apart:.2f}",
        }


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many of a kind. `here` should be in the books, `there` is in them, without those `before` our first push."""

    here: int
    there: int
    before: int


@dataclass(frozen=True, kw_only=True)
class Money:
    """One sum over both books."""

    here: Decimal
    there: Decimal

    @property
    def apart(self) -> Decimal:
        return abs(self.here - self.there)


@dataclass(frozen=True, kw_only=True)
class BooksReport:
    """The comparison of one tenant's records with one company's books."""

    provider: str
    label: str
    company: str
    currency: str
    counts: Mapping[Kind, Counted]
    # invoiced, paid, open, estimated
    money: Mapping[str, Money]
    differences: tuple[Difference, ...] = field(default=())

    @property
    def apart(self) -> Decimal:
        """The money between both books: over all differences, and never less than between the sums."""
        named = sum((difference.apart for difference in self.differences), Decimal(0))
        return max(named, *(money.apart for money in self.money.values()))

    @property
    def verdict(self) -> str:
        """`0 differences, 0.00 apart` when all is well."""
        count = len(self.differences)
        return f"{count:,} {'difference' if count == 1 else 'differences'}, {self.apart:,.2f} apart"

    @property
    def agrees(self) -> bool:
        return not self.differences and not self.apart

    def as_json(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "company": self.company,
            "currency": self.currency,
            "counts": {
                f"{kind}s": {"here": counted.here, "there": counted.there, "before": counted.before}
                for kind, counted in self.counts.items()
            },
            "money": {
                name: {"here": f"{sums.here:.2f}", "there": f"{sums.there:.2f}", "apart": f"{sums.apart:.2f}"}
                for name, sums in self.money.items()
            },
            "differences": [difference.as_json() for difference in self.differences],
            "difference_count": len(self.differences),
            "apart": f"{self.apart:.2f}",
            "verdict": self.verdict,
        }
