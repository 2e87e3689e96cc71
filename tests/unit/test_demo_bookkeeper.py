"""The demo maps a company as a bookkeeper would, and only what the provider needs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind, ProviderTerms
from ledgerport.demo import bookkeeper
from ledgerport_quickbooks.terms import TERMS

PERCENT = Decimal("8.25")


def account(id: str, name: str, use: str = "income", *, active: bool = True) -> dict[str, Any]:
    return {"id": id, "name": name, "number": "", "use": use, "active": active}


def code(id: str, rate: str | None, *, active: bool = True) -> dict[str, Any]:
    return {"id": id, "name": f"Tax {id}", "rate": rate, "active": active, "mapped_to": []}


def terms(kind: Kind, **needs: Any) -> ProviderTerms:
    """QuickBooks, with other needs for one kind and none for the others."""
    plain = {each: replace(its, needs_income_account=False) for each, its in TERMS.kinds.items()}
    return replace(TERMS, kinds={**plain, kind: replace(plain[kind], **needs)})


def test_the_account_with_the_likeliest_word_in_its_name_is_chosen() -> None:
    accounts = [account("1", "Sales of Product"), account("2", "Plumbing Services"), account("3", "Other")]

    chosen = bookkeeper.account_for(accounts, "income", bookkeeper.INCOME)

    assert chosen == accounts[1]


def test_an_account_of_another_use_or_inactive_is_never_chosen() -> None:
    accounts = [account("1", "Services", "expense"), account("2", "Services", active=False), account("3", "Other")]

    chosen = bookkeeper.account_for(accounts, "income", bookkeeper.INCOME)

    assert chosen == accounts[2]


def test_without_a_fitting_account_none_is_chosen() -> None:
    assert bookkeeper.account_for([account("1", "Bank")], "deposit", bookkeeper.DEPOSIT) is None


def test_what_is_taxable_gets_the_code_with_the_datas_own_rate() -> None:
    codes = [code("GST", "5.00"), code("TX", "8.250000"), code("NONE", "0.00")]

    chosen = bookkeeper.tax_codes_for(codes, PERCENT)

    assert {ours: theirs["id"] for ours, theirs in chosen.items()} == {"taxable": "TX", "exempt": "NONE"}


def test_without_the_datas_rate_the_first_code_with_any_is_taken() -> None:
    chosen = bookkeeper.tax_codes_for([code("NONE", "0"), code("GST", "5"), code("HST", "13")], PERCENT)

    assert chosen["taxable"]["id"] == "GST"


def test_codes_that_are_inactive_or_tell_no_rate_are_not_mapped() -> None:
    assert bookkeeper.tax_codes_for([code("TX", "8.25", active=False), code("AUTO", None)], PERCENT) == {}


def test_an_income_account_is_chosen_where_items_or_documents_wait_for_one() -> None:
    assert bookkeeper.needs_income(terms(Kind.INVOICE, needs_income_account=True))
    assert not bookkeeper.needs_income(terms(Kind.ITEM))


def test_a_deposit_account_is_chosen_where_payments_wait_for_one() -> None:
    assert bookkeeper.needs_deposit(terms(Kind.PAYMENT, needs_deposit_account=True))
    assert not bookkeeper.needs_deposit(TERMS)


def test_tax_codes_are_mapped_where_taxed_documents_wait_for_them() -> None:
    assert bookkeeper.needs_tax_codes(terms(Kind.ESTIMATE, needs_tax_codes=True))
    assert not bookkeeper.needs_tax_codes(TERMS)
