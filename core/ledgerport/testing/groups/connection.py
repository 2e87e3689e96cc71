"""Connecting a company, connecting it again, and reading what its operator must choose from."""

from __future__ import annotations

import re

from ledgerport.contract import AccountUse, Kind, ProviderTerms
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.testing import records
from ledgerport.testing.checks import CannotBeTried, Needs, check
from ledgerport.testing.desk import Desk

GROUP = "connection"
_CURRENCY = re.compile(r"[A-Z]{3}")


@check(
    "connection.company_is_told",
    group=GROUP,
    change="Let open_companies return each company with the provider's id, the name a person knows it by, its currency "
    "(ISO 4217) and facts that are plain text.",
    why="A bookkeeper sees by the name which books he connects; in the wrong currency every amount is wrong.",
)
def company_is_told(desk: Desk) -> None:
    with desk.opened() as account:
        company = account.company
    assert company.id and company.name, f"the company has no id or no name: {company!r}"
    assert _CURRENCY.fullmatch(company.currency), f"{company.currency!r} is no currency"
    texts = all(isinstance(part, str) for fact in company.facts.items() for part in fact)
    assert texts, "facts are not plain text"
    there = desk.ledger()["company"]
    assert company.id == there["id"], f"connected {company.id!r}, the books are those of {there['id']!r}"
    assert company.currency == there["currency"], f"it says {company.currency}, the books are in {there['currency']}"


@check(
    "connection.facts_hold_no_secret",
    group=GROUP,
    change="Keep no token, code or key in Company.facts: the hub stores facts in clear and shows them.",
    why="Whoever reads a copy of the database could write into the books.",
)
def facts_hold_no_secret(desk: Desk) -> None:
    with desk.opened() as account:
        facts = account.company.facts
    secret = desk.access_token()
    leaked = [name for name, fact in facts.items() if secret in fact]
    assert not leaked, f"the access token stands in the fact {leaked[0]!r}"


@check(
    "connection.accounts_can_be_chosen",
    group=GROUP,
    needs=Needs(hooks=("pull_accounts",)),
    change="Let pull_accounts list the active accounts, each with its id, name and use; INCOME and DEPOSIT at least, "
    "where the terms need them.",
    why="Without an account to choose every invoice or payment waits, and nobody can tell the hub where to book it.",
    live=True,
)
def accounts_can_be_chosen(desk: Desk) -> None:
    accounts = desk.ask("pull_accounts")
    assert all(account.id and account.name for account in accounts), "an account has no id or no name"
    assert len({account.id for account in accounts}) == len(accounts), "two accounts have the same id"
    uses, kinds = {account.use for account in accounts if account.active}, desk.terms.kinds.values()
    if any(its.needs_income_account for its in kinds):
        assert AccountUse.INCOME in uses, "the terms need an income account, and none is listed"
    if any(its.needs_deposit_account for its in kinds):
        assert AccountUse.DEPOSIT in uses, "the terms need a deposit account, and none is listed"


@check(
    "connection.tax_codes_can_be_chosen",
    group=GROUP,
    needs=Needs(hooks=("pull_tax_codes",)),
    change="Let pull_tax_codes list the active tax codes, each with an id of its own and a name.",
    why="Two codes of one id cannot be told apart: sales tax goes to the wrong place.",
    live=True,
)
def tax_codes_can_be_chosen(desk: Desk) -> None:
    codes = desk.ask("pull_tax_codes")
    assert codes, "no tax code is listed"
    assert all(code.id and code.name for code in codes), "a tax code has no id or no name"
    assert len({code.id for code in codes}) == len(codes), "two tax codes have the same id"
    rates = [code.rate for code in codes if code.rate is not None]
    assert all(0 <= rate <= 100 for rate in rates), f"a rate is no percentage: {rates}"


@check(
    "connection.connecting_again_keeps_the_books",
    group=GROUP,
    change="Return the same Company.id for the same company on every consent.",
    why="After a new sign-in every record would be created once more.",
)
def connecting_again(desk: Desk) -> None:
    desk.sync([records.customer(1)] if Kind.CUSTOMER in desk.terms.kinds else [])
    again = desk.connect(desk.tenant, company=desk.company, connection=desk.connection)
    assert again.connection_id == desk.connection, "connecting the same company again made another connection"
    desk.sync([records.customer(1, phone="555-0100")] if Kind.CUSTOMER in desk.terms.kinds else [])
    count = len(desk.rows(Kind.CUSTOMER))
    assert count <= 1, f"after connecting again one customer stands in the books {count} times"


@check(
    "connection.another_company_is_refused",
    group=GROUP,
    change="Return from open_companies the companies of this very consent, each with the id it has over there; ignore "
    "what an earlier call was told.",
    why="One company's invoices would land in another company's books.",
)
def another_company(desk: Desk) -> None:
    other = next((each for each in desk.sandbox.offered if each != desk.company), "")
    if not other:
        raise CannotBeTried("The sandbox has one company only.")
    try:
        done = desk.connect(desk.tenant, company=other, connection=desk.connection)
    except ConnectRefused:
        return
    with desk.opened(done.connection_id) as account:
        now = account.company.id
    # Where a consent always covers all companies, the hub picks the one that was connected before.
    assert now == desk.company, f"a connection of {desk.company!r} was led to {now!r}"


def _several(terms: ProviderTerms) -> str:
    return "" if Kind.CUSTOMER in terms.kinds else f"{terms.label} takes no customers."


@check(
    "connection.two_tenants_keep_apart",
    group=GROUP,
    needs=Needs(terms=_several),
    change="Take company and http from the account of each call, and remember nothing between calls.",
    why="One tenant's customers would turn up in another's books.",
)
def two_tenants(desk: Desk) -> None:
    other = next((each for each in desk.sandbox.offered if each != desk.company), "")
    if not other:
        raise CannotBeTried("The sandbox has one company only.")
    first, its_connection, its_company = desk.tenant, desk.connection, desk.company
    desk.sync([records.customer(1)])
    desk.move_in(company=other)
    assert desk.company == other, f"consent was for {other!r}, the connection is to {desk.company!r}"
    desk.sync([records.customer(2)])
    desk.tenant, desk.connection, desk.company = first, its_connection, its_company
    desk.sync([records.customer(3)])
    names = {
        company: sorted(row["name"] for row in desk.ledger(company)["customers"]) for company in (its_company, other)
    }
    assert names[its_company] == ["Customer 1", "Customer 3"], f"the first company's customers are {names[its_company]}"
    assert names[other] == ["Customer 2"], f"the second company's customers are {names[other]}"
