"""Ledger accounts and tax codes: rows of QuickBooks' Account, TaxCode and TaxRate -> our values. Pure; they are only
read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ledgerport.contract import AccountUse, LedgerAccount, TaxCode
from ledgerport_quickbooks.mapping.wire import amount, part, reference_id, rows_of, text, truth

_USES = {
    "Income": AccountUse.INCOME,
    "Expense": AccountUse.EXPENSE,
    "Cost of Goods Sold": AccountUse.EXPENSE,
    "Bank": AccountUse.DEPOSIT,
    "Other Current Asset": AccountUse.DEPOSIT,
}


def account(row: Mapping[str, Any]) -> LedgerAccount:
    """An Account row. Its name is the full one (`Parent:Child`), because short names repeat."""
    return LedgerAccount(
        id=text(row, "Id"),
        name=text(row, "FullyQualifiedName") or text(row, "Name"),
        use=_USES.get(text(row, "AccountType"), AccountUse.OTHER),
        number=text(row, "AcctNum"),
        active=truth(row, "Active", default=True),
    )


def tax_codes(codes: Sequence[Mapping[str, Any]], rates: Sequence[Mapping[str, Any]]) -> list[TaxCode]:
    """TaxCode rows with the percentages of the TaxRate rows.

    The rates of a code add up; where one is a tax on another tax, or is not told, the sum would be wrong and `rate`
    is None. `TAX` and `NON` of the United States are no rates but words.
    """
    percent = {text(row, "Id"): amount(row, "RateValue") for row in rates}
    return [
        TaxCode(
            id=text(row, "Id"),
            name=text(row, "Name"),
            rate=_rate(row, percent),
            active=truth(row, "Active", default=True),
        )
        for row in codes
    ]


def _rate(row: Mapping[str, Any], percent: Mapping[str, Decimal | None]) -> Decimal | None:
    details = rows_of(part(row, "SalesTaxRateList"), "TaxRateDetail")
    total = Decimal(0)
    for detail in details:
        rate = percent.get(reference_id(detail, "TaxRateRef"))
        if rate is None or text(detail, "TaxTypeApplicable") not in ("", "TaxOnAmount"):
            return None
        total += rate
    return total if details else None
