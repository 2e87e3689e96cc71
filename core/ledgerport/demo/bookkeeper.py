"""What a bookkeeper would choose for a connection: accounts for items, one for deposits, tax codes. Pure choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind, ProviderTerms

Row = Mapping[str, Any]
# Words of an account's name, the likeliest first.
INCOME = ("service", "sales")
EXPENSE = ("cost of", "materials")
DEPOSIT = ("checking", "bank", "undeposited", "cash")
# Our codes, as lines without a code of their own have them.
TAXABLE, EXEMPT = "taxable", "exempt"


def needs_income(terms: ProviderTerms) -> bool:
    """Whether anything is held back until it is booked to an income account."""
    return any(its.push and its.needs_income_account for its in terms.kinds.values())


def needs_deposit(terms: ProviderTerms) -> bool:
    """Whether payments are held back until it is known where their money lands."""
    return any(its.push and its.needs_deposit_account for its in terms.kinds.values())


def needs_tax_codes(terms: ProviderTerms) -> bool:
    """Whether taxed documents are held back until our tax codes are mapped."""
    return any(terms.kinds[kind].needs_tax_codes for kind in (Kind.INVOICE, Kind.ESTIMATE) if kind in terms.kinds)


def account_for(accounts: Sequence[Row], use: str, words: Sequence[str]) -> Row | None:
    """The active account of a use whose name holds the earliest of these words, or else the first; None without any."""
    fitting = [account for account in accounts if account["use"] == use and account["active"]]
    return min(
        fitting,
        key=lambda account: next((place for place, word in enumerate(words) if word in account["name"].lower()), 99),
        default=None,
    )


def tax_codes_for(codes: Sequence[Row], percent: Decimal) -> dict[str, Row]:
    """Which of the books' active codes stand for ours: for `taxable` the one with this rate, else the first that has
    any; for `exempt` the first at zero, where there is one."""
    active = [(Decimal(str(code["rate"])), code) for code in codes if code["active"] and code["rate"] is not None]
    taxed = [(rate, code) for rate, code in active if rate > 0]
    chosen: dict[str, Row] = {}
    if taxed:
        chosen[TAXABLE] = min(taxed, key=lambda entry: entry[0] != percent)[1]
    free = [code for rate, code in active if rate == 0]
    if free:
        chosen[EXEMPT] = free[0]
    return chosen
