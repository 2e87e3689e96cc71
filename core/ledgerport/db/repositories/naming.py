"""What payments are called: they have no name of their own, so people know them by amount and day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledgerport.contract import quantum


def payment_name(amount: Decimal, currency: str, paid_on: date, invoice: str = "") -> str:
    """`350.00 of 4 May 2026 for INV-0047`, without the invoice where it is not told."""
    told = f"{amount.quantize(quantum(currency)):,} of {paid_on.day} {paid_on:%b %Y}"
    return f"{told} for {invoice}" if invoice else told
