"""What a mapping must know of the organisation. Read once at connect, kept by the hub as plain strings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledgerport.contract import Account, Broken, Company
from ledgerport_xero.mapping.wire import day, text, truth


@dataclass(frozen=True, kw_only=True)
class Books:
    """An organisation as the mappings see it.

    `rates`: tax type -> percent, read for the few documents that have lines of several rates, else empty.
    """

    currency: str = "NZD"
    rates: Mapping[str, Decimal] = field(default_factory=dict)


def books_of(account: Account, rates: Mapping[str, Decimal] | None = None) -> Books:
    """The books of `account.company`."""
    return Books(currency=account.company.currency, rates=rates or {})


def company_of(tenant: str, called: str, row: Mapping[str, Any]) -> Company:
    """An organisation from its row; `called` is its name in the list of connections. Broken without a currency."""
    currency = text(row, "BaseCurrency")
    name = text(row, "Name") or called or tenant
    if not currency:
        raise Broken(f"Xero does not tell the base currency of {name}.")
    country = text(row, "CountryCode")
    facts = {
        "country": country,
        "version": text(row, "Version"),
        "plan": text(row, "Class"),
        "timezone": text(row, "Timezone"),
        "short_code": text(row, "ShortCode"),
        "sales_tax": text(row, "DefaultSalesTax"),
        "tax_basis": text(row, "SalesTaxBasis"),
        "demo": "true" if truth(row, "IsDemoCompany") else "",
    }
    for fact, member in (("locked_until", "PeriodLockDate"), ("year_locked_until", "EndOfYearLockDate")):
        locked = day(row, member)
        facts[fact] = locked.isoformat() if locked else ""
    known = {name: value for name, value in facts.items() if value}
    return Company(id=tenant, name=name, currency=currency, country=country, facts=known)
