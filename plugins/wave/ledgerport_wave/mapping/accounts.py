"""Ledger accounts and sales taxes: Wave's rows -> our values. Pure; they are only read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import AccountUse, LedgerAccount, TaxCode
from ledgerport_wave.mapping.wire import number, part, text

# What Wave takes as a product's income and expense account, and as a payment's account.
_USES = {
    "INCOME": AccountUse.INCOME,
    "OTHER_INCOME": AccountUse.INCOME,
    "DISCOUNTS": AccountUse.INCOME,
    "EXPENSE": AccountUse.EXPENSE,
    "COST_OF_GOODS_SOLD": AccountUse.EXPENSE,
    "PAYMENT_PROCESSING_FEES": AccountUse.EXPENSE,
    "PAYROLL_EXPENSES": AccountUse.EXPENSE,
    "CASH_AND_BANK": AccountUse.DEPOSIT,
}
# The usual choice of a use comes first.
_RANKS = {subtype: rank for rank, subtype in enumerate(_USES)}


def account(row: Mapping[str, Any], currency: str) -> LedgerAccount:
    """An account. One in another currency than the books' `currency` is of no use: payments would need a rate."""
    foreign = text(part(row, "currency"), "code") not in ("", currency)
    use = AccountUse.OTHER if foreign else _USES.get(_subtype(row), AccountUse.OTHER)
    return LedgerAccount(
        id=text(row, "id"),
        name=text(row, "name"),
        use=use,
        number=text(row, "displayId"),
        active=row.get("isArchived") is not True,
    )


def rank(row: Mapping[str, Any]) -> int:
    """For sorting: an income account proper before other income and discounts."""
    return _RANKS.get(_subtype(row), len(_RANKS))


def tax_code(row: Mapping[str, Any]) -> TaxCode:
    """A sales tax. Wave's rate is a fraction (0.0825), ours percent (8.25)."""
    fraction = number(row.get("rate"))
    return TaxCode(
        id=text(row, "id"),
        name=text(row, "name") or text(row, "abbreviation"),
        rate=None if fraction is None else _percent(fraction),
        active=row.get("isArchived") is not True,
    )


def _percent(fraction: Decimal) -> Decimal:
    percent = (fraction * 100).normalize()
    return percent.quantize(Decimal(1)) if percent == percent.to_integral_value() else percent


def _subtype(row: Mapping[str, Any]) -> str:
    return text(part(row, "subtype"), "value")
