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
class Rounded:
    """A document or payment that differs by the provider's rounding of tax alone. `variance`: theirs less ours."""

    kind: Kind
    record: str
    sentence: str
    variance: Decimal

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "record": self.record,
            "sentence": self.sentence,
            "variance": f"{self.variance:.2f}",
        }


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many of a kind. `here` should be in the books, `there` is in them, without those `before` our first push."""

    here: int
    there: int
    before: int


@dataclass(frozen=True, kw_only=True)
class Money:
    """One sum over both books; `variance`: what the provider's rounding of tax, kept and shown, adds to it there."""

    here: Decimal
    there: Decimal
    variance: Decimal = Decimal(0)

    @property
    def apart(self) -> Decimal:
        return abs(self.here + self.variance - self.there)


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
    # Not counted among the differences.
    rounded: tuple[Rounded, ...] = field(default=())

    @property
    def rounding(self) -> str:
        """`12 documents and 3 payments differ by tax rounding, 0.07 in all, kept and shown`; empty without any."""
        if not self.rounded:
            return ""
        payments = [one for one in self.rounded if one.kind is Kind.PAYMENT]
        documents = [one for one in self.rounded if one.kind is not Kind.PAYMENT]
        words = _counted(len(documents), "document")
        if payments:
            words = f"{words} and {_counted(len(payments), 'payment')}"
        one = len(self.rounded) == 1
        amount = sum((abs(one.variance) for one in documents), Decimal(0))
        return f"{words} {'differs' if one else 'differ'} by tax rounding, {amount:,.2f} in all, kept and shown"

    @property
    def apart(self) -> Decimal:
        """The money between both books: over all differences, and never less than between the sums."""
        named = sum((difference.apart for difference in self.differences), Decimal(0))
        return max(named, *(money.apart for money in self.money.values()))

    @property
    def verdict(self) -> str:
        """`0 differences, 0.00 apart` when all is well."""
        return f"{_counted(len(self.differences), 'difference')}, {self.apart:,.2f} apart"

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
                name: {
                    "here": f"{sums.here:.2f}",
                    "there": f"{sums.there:.2f}",
                    "variance": f"{sums.variance:.2f}",
                    "apart": f"{sums.apart:.2f}",
                }
                for name, sums in self.money.items()
            },
            "differences": [difference.as_json() for difference in self.differences],
            "difference_count": len(self.differences),
            "apart": f"{self.apart:.2f}",
            "rounded": [one.as_json() for one in self.rounded],
            "rounded_count": len(self.rounded),
            "rounding": self.rounding,
            "verdict": self.verdict,
        }


def _counted(number: int, noun: str) -> str:
    """`1 document`, `1,200 documents`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
