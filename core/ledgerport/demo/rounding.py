"""Differences that are nothing but the provider's own rounding of tax, and those alone.

Where a provider works out sales tax itself, its total may be some cents apart from ours. The hub compares after each
push and keeps the difference as the link's variance. A difference counts as explained when that note names it to the
cent and it is no more than a cent a line; everything else stays a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind
from ledgerport.services.list_books import BooksRow

_ZERO = Decimal(0)
_CENT = Decimal("0.01")

Theirs = Mapping[Kind, Mapping[str, Mapping[str, Any]]]


class Rounding:
    """What is explained, by record id; amounts are theirs less ours.

    `documents`: totals of invoices and estimates. `amounts`: payments that were capped at what was open over there.
    `applied`: what of a payment went to its invoice (the rest of it is the customer's credit).
    """

    def __init__(self, ours: Mapping[Kind, Sequence[BooksRow]], theirs: Theirs, *, computes_tax: bool) -> None:
        self.documents: dict[tuple[Kind, int], Decimal] = {}
        self.amounts: dict[int, Decimal] = {}
        self.applied: dict[int, Decimal] = {}
        # invoice id -> what is left open less than the records here say
        self._capped: dict[int, Decimal] = {}
        if computes_tax:
            self._documents((*ours[Kind.INVOICE], *ours[Kind.ESTIMATE]), theirs)
            self._payments(ours, theirs)

    def of_open(self, invoice_id: int) -> Decimal:
        """By how much more (or less, below zero) is open of an invoice over there."""
        return self.documents.get((Kind.INVOICE, invoice_id), _ZERO) - self._capped.get(invoice_id, _ZERO)

    def sums(self) -> dict[str, Decimal]:
        """By how much the books' sums may differ for these reasons alone."""
        invoiced = sum((off for (kind, _), off in self.documents.items() if kind is Kind.INVOICE), _ZERO)
        return {
            "invoiced": invoiced,
            "paid": sum(self.amounts.values(), _ZERO),
            "open": invoiced - sum(self._capped.values(), _ZERO),
            "estimated": sum(self.documents.values(), _ZERO) - invoiced,
        }

    def _documents(self, rows: Iterable[BooksRow], theirs: Theirs) -> None:
        for row, there in _both(rows, theirs):
            off = Decimal(there["total"]) - row.amount
            if not off or off != row.variance or abs(off) > _CENT * row.lines:
                continue
            # It is tax that is rounded: nothing else of the document may have moved.
            if row.kind is Kind.INVOICE and Decimal(there["tax"]) - row.tax != off:
                continue
            self.documents[row.kind, row.id] = off

    def _payments(self, ours: Mapping[Kind, Sequence[BooksRow]], theirs: Theirs) -> None:
        """A payment of all that is open here finds less open there: never by more than its invoice is lower, and only
        when nothing is open of it any more."""
        invoices = {row.id: row for row in ours[Kind.INVOICE]}
        for row, there in _both(ours[Kind.PAYMENT], theirs):
            invoice = invoices.get(row.invoice_id)
            lower = self.documents.get((Kind.INVOICE, row.invoice_id), _ZERO)
            if invoice is None or lower >= 0:
                continue
            left = lower - self._capped.get(row.invoice_id, _ZERO)
            off = applied_to(there, invoice.remote_id) - row.amount
            if not left <= off < 0 or Decimal(theirs[Kind.INVOICE][invoice.remote_id]["balance"]):
                continue
            amount_off = Decimal(there["amount"]) - row.amount
            if amount_off not in (off, _ZERO) or amount_off != row.variance:
                continue
            self.applied[row.id] = off
            if amount_off:
                self.amounts[row.id] = amount_off
            self._capped[row.invoice_id] = self._capped.get(row.invoice_id, _ZERO) + off


def applied_to(payment: Mapping[str, Any], invoice_id: str) -> Decimal:
    """What of a ledger's payment went to an invoice."""
    return sum((Decimal(part["amount"]) for part in payment["applied"] if part["invoice_id"] == invoice_id), _ZERO)


def _both(rows: Iterable[BooksRow], theirs: Theirs) -> Iterator[tuple[BooksRow, Mapping[str, Any]]]:
    """Records that should be in the books and are, with what stands there."""
    for row in rows:
        there = theirs[row.kind].get(row.remote_id) if row.due and row.remote_id else None
        if there is not None and not there.get("void"):
            yield row, there
