"""What a mapping must know of the company: tax, numbering, currency, payment methods.

Read once at connect (`facts_of`), kept by the hub as plain strings, and read back on each call (`books_of`). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ledgerport.contract import Account, Broken, Company, PaymentMethod, Refused
from ledgerport_quickbooks.mapping.wire import part, reference_id, rows_of, text, truth

_METHOD_FACT = "payment_method."
_CURRENCIES = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "IN": "INR", "NZ": "NZD", "ZA": "ZAR", "SG": "SGD"}
# Company addresses answer three letters since August 2025, and some companies wrote the country by hand.
_COUNTRIES = {"USA": "US", "UNITED STATES": "US", "CAN": "CA", "GBR": "GB", "UK": "GB", "AUS": "AU", "IND": "IN"}
_METHOD_NAMES = {
    PaymentMethod.CARD: ("credit card", "card", "debit card", "visa", "mastercard"),
    PaymentMethod.CHECK: ("check", "cheque"),
    PaymentMethod.CASH: ("cash",),
    PaymentMethod.TRANSFER: (
        "bank transfer",
        "transfer",
        "ach",
        "eft",
        "wire transfer",
        "wire",
        "direct debit",
        "e-check",
    ),
    PaymentMethod.OTHER: ("other",),
}


class Tax(StrEnum):
    """How a company's sales tax works.

    AST: United States, automated (companies since November 2017). US: United States, by hand. GLOBAL: elsewhere,
    every line needs a real tax code. OFF: not used.
    """

    AST = "ast"
    US = "us"
    GLOBAL = "global"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class Books:
    """A company as the mappings see it."""

    currency: str = "USD"
    tax: Tax = Tax.AST
    custom_numbers: bool = True
    multicurrency: bool = False
    deposit_account: str = ""
    default_item: str = ""
    methods: Mapping[str, str] = field(default_factory=dict)

    def currency_reference(self, currency: str) -> dict[str, str] | None:
        """What to name as currency: needed with several currencies, not to be sent with one.

        Refused when the books hold one currency and this is another.
        """
        if self.multicurrency:
            return {"value": currency}
        if currency != self.currency:
            raise Refused(
                f"These QuickBooks books are kept in {self.currency} only; this is in {currency}.", field="currency"
            )
        return None


def books_of(account: Account) -> Books:
    """The facts of `account.company` and the operator's choices. Broken when a fact is none that `facts_of` writes."""
    facts = account.company.facts
    try:
        tax = Tax(facts.get("tax", Tax.AST))
    except ValueError as error:
        raise Broken(f"The company's tax mode reads {facts['tax']!r}; reconnect to read it anew.") from error
    return Books(
        currency=account.company.currency,
        tax=tax,
        # Not known is not true: a number that QuickBooks does not want would be refused or ignored.
        custom_numbers=facts.get("custom_numbers") == "true",
        multicurrency=facts.get("multicurrency") == "true",
        deposit_account=account.choices.deposit_account,
        default_item=account.choices.values.get("default_item", "") or facts.get("default_item", ""),
        methods={
            name.removeprefix(_METHOD_FACT): remote_id
            for name, remote_id in facts.items()
            if name.startswith(_METHOD_FACT)
        },
    )


def company_of(
    realm: str, info: Mapping[str, Any], preferences: Mapping[str, Any], methods: Sequence[Mapping[str, Any]]
) -> Company:
    """A company from the rows CompanyInfo, Preferences and PaymentMethod. Broken when its currency cannot be told."""
    country = _country(text(info, "Country") or text(part(info, "CompanyAddr"), "Country"))
    money = part(preferences, "CurrencyPrefs")
    currency = reference_id(money, "HomeCurrency") or _CURRENCIES.get(country, "")
    if not currency:
        raise Broken(f"QuickBooks does not tell the currency of company {realm} (country {country or 'unknown'}).")
    facts = {
        "country": country,
        "home_currency": currency,
        "custom_numbers": _word(truth(part(preferences, "SalesFormsPrefs"), "CustomTxnNumbers")),
        "multicurrency": _word(truth(money, "MultiCurrencyEnabled")),
        "tax": _tax(country, part(preferences, "TaxPrefs")).value,
    }
    for pair in rows_of(part(preferences, "OtherPrefs"), "NameValue"):
        # The item QuickBooks itself puts on a line that names none.
        if text(pair, "Name") == "SalesFormsPrefs.DefaultItem" and text(pair, "Value"):
            facts["default_item"] = text(pair, "Value")
    for method, remote_id in _methods(methods).items():
        facts[_METHOD_FACT + method] = remote_id
    name = text(info, "CompanyName") or text(info, "LegalName") or realm
    return Company(id=realm, name=name, currency=currency, country=country, facts=facts)


def _country(name: str) -> str:
    plain = name.strip().upper()
    return _COUNTRIES.get(plain, plain)


def _tax(country: str, preferences: Mapping[str, Any]) -> Tax:
    if country not in ("US", ""):
        return Tax.GLOBAL if truth(preferences, "UsingSalesTax", default=True) else Tax.OFF
    if not truth(preferences, "UsingSalesTax"):
        return Tax.OFF
    return Tax.AST if truth(preferences, "PartnerTaxEnabled") else Tax.US


def _methods(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Which of the company's own list stands for each of our methods: by name, and any credit card for `card`."""
    by_name = {
        text(row, "Name").strip().casefold(): text(row, "Id") for row in rows if truth(row, "Active", default=True)
    }
    found = {}
    for method, names in _METHOD_NAMES.items():
        remote_id = next((by_name[name] for name in names if name in by_name), "")
        if not remote_id and method is PaymentMethod.CARD:
            remote_id = next((text(row, "Id") for row in rows if text(row, "Type") == "CREDIT_CARD"), "")
        if remote_id:
            found[method.value] = remote_id
    return found


def _word(value: bool) -> str:
    return "true" if value else "false"
