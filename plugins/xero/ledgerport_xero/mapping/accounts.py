"""Ledger accounts and tax rates: rows of Xero's Accounts and TaxRates -> our values. Pure; they are only read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import AccountUse, LedgerAccount, TaxCode
from ledgerport_xero.mapping.wire import amount, text, truth

_CLASSES = {"REVENUE": AccountUse.INCOME, "EXPENSE": AccountUse.EXPENSE}
# Old answers have a type and no class.
_TYPES = {
    "REVENUE": AccountUse.INCOME,
    "SALES": AccountUse.INCOME,
    "OTHERINCOME": AccountUse.INCOME,
    "EXPENSE": AccountUse.EXPENSE,
    "DIRECTCOSTS": AccountUse.EXPENSE,
    "OVERHEADS": AccountUse.EXPENSE,
}


def accounts(row: Mapping[str, Any]) -> Iterator[LedgerAccount]:
    """What an Accounts row can be chosen for; one may be of two uses, or of none.

    Lines and items name an account by its code, so one without a code cannot take income. Payments name it by its id,
    because a bank account may have no code.
    """
    active = text(row, "Status").upper() in ("ACTIVE", "")
    kind, code, name = text(row, "Type").upper(), text(row, "Code"), text(row, "Name")
    use = _CLASSES.get(text(row, "Class").upper()) or _TYPES.get(kind)
    if use is not None and code and not text(row, "SystemAccount"):
        yield LedgerAccount(id=code, name=name, use=use, number=code, active=active)
    if kind == "BANK" or truth(row, "EnablePaymentsToAccount"):
        yield LedgerAccount(id=text(row, "AccountID"), name=name, use=AccountUse.DEPOSIT, number=code, active=active)


def tax_code(row: Mapping[str, Any]) -> TaxCode:
    """A TaxRates row; of use on sales, and active, or not."""
    status = text(row, "Status").upper()
    return TaxCode(
        id=text(row, "TaxType"),
        name=text(row, "Name"),
        rate=rate(row),
        active=status in ("ACTIVE", "") and truth(row, "CanApplyToRevenue"),
    )


def rate(row: Mapping[str, Any]) -> Decimal | None:
    """The percentage that a rate comes to, components on components included."""
    return amount(row, "EffectiveRate")
