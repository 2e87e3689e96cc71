"""What a mapping must know of the business: its id, currency and country. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledgerport.contract import ON, Account, Broken, Company
from ledgerport_wave.mapping.wire import part, text
from ledgerport_wave.terms import SEVERAL_MUTATIONS

# Wave serves the United States and Canada; only the state or province of an address without a country hangs on it.
_HOMES = {"USD": "US", "CAD": "CA"}


@dataclass(frozen=True, kw_only=True)
class Books:
    """A business as the mappings see it."""

    business: str = ""
    currency: str = "USD"
    country: str = ""
    deposit_account: str = ""


def books_of(account: Account) -> Books:
    """The business of an account. One that does not tell its country is taken to be in its currency's."""
    company = account.company
    return Books(
        business=company.id,
        currency=company.currency,
        country=company.country or _HOMES.get(company.currency, ""),
        deposit_account=account.choices.deposit_account,
    )


def together(account: Account) -> bool:
    """Whether the operator lets several records travel in one request."""
    return account.choices.values.get(SEVERAL_MUTATIONS) == ON


def company_of(row: Mapping[str, Any]) -> Company:
    """A Business row as a company. Broken without an id or a currency."""
    currency = text(part(row, "currency"), "code")
    if not text(row, "id") or not currency:
        raise Broken(f"Wave does not tell the id and currency of the business '{text(row, 'name')}'.")
    country = text(part(part(row, "address"), "country"), "code")
    return Company(
        id=text(row, "id"),
        name=text(row, "name") or text(row, "id"),
        currency=currency,
        country=country,
        facts={"home_currency": currency, "country": country},
    )
