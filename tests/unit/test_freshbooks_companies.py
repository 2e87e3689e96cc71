"""After consent: which books the person may write, and which account id each business has."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.freshbooks_factories import Wire, many, old_error

from ledgerport.contract import Company, Refused, TryLater
from ledgerport_freshbooks import hooks

USD = many("journal_entry_accounts", {"id": 1, "currency_code": "USD"})
NO_CHART = old_error(41001, status=200)


def business(name: str, account_id: str | None, **more: Any) -> dict[str, Any]:
    known = {"id": 439000, "business_uuid": "b-1", "name": name, "account_id": account_id, "address": None}
    return {"id": 1, "role": "owner", "fasttrack_token": "eyJsecret", "business": {**known, **more}}


def role(account_id: str, name: str = "admin") -> dict[str, Any]:
    return {"id": 1, "role": name, "accountid": account_id}


def person(*businesses: dict[str, Any], roles: list[dict[str, Any]] | None = None) -> tuple[int, Any]:
    return 200, {"response": {"id": 1, "business_memberships": list(businesses), "roles": roles or []}}


def reached(*answers: Any) -> list[Company]:
    wire = Wire(list(answers))
    found = hooks.open_companies(account=wire.account(company=""))
    assert not wire.answers
    return list(found)


def test_one_consent_reaches_all_businesses_of_the_person() -> None:
    two = person(business("Blue", "6BApk"), business("Second", "7CBql"), roles=[role("6BApk"), role("7CBql", "owner")])
    assert [(company.id, company.name) for company in reached(two, USD, USD)] == [
        ("6BApk", "Blue"),
        ("7CBql", "Second"),
    ]


def test_the_other_ids_are_kept_as_facts() -> None:
    (company,) = reached(person(business("Blue", "6BApk"), roles=[role("6BApk")]), USD)
    assert company.facts == {"business_id": "439000", "business_uuid": "b-1"}
    assert company.currency == "USD"


def test_a_business_whose_client_the_person_is_is_not_offered() -> None:
    two = person(business("Blue", "6BApk"), business("Theirs", "XYZ1"), roles=[role("6BApk"), role("XYZ1", "client")])
    assert [company.id for company in reached(two, USD)] == ["6BApk"]


def test_who_is_a_client_everywhere_is_told_to_sign_in_as_somebody_else() -> None:
    with pytest.raises(Refused, match="owner or administrator"):
        reached(person(business("Theirs", "XYZ1"), roles=[role("XYZ1", "client")]))


def test_a_business_without_a_role_of_its_own_is_offered_beside_one_that_he_is_a_client_of() -> None:
    assert [
        company.id for company in reached(person(business("Blue", "6BApk"), roles=[role("XYZ1", "client")]), USD)
    ] == ["6BApk"]


def test_who_belongs_to_no_business_is_told_so() -> None:
    with pytest.raises(Refused, match="belongs to no business"):
        reached(person(roles=[role("XYZ1", "client")]))


def test_an_account_id_that_is_null_is_the_one_writable_role_that_is_left() -> None:
    two = person(
        business("Blue", None),
        business("Second", "7CBql"),
        roles=[role("6BApk", "owner"), role("7CBql"), role("XYZ1", "client")],
    )
    assert [company.id for company in reached(two, USD, USD)] == ["6BApk", "7CBql"]


def test_of_several_roles_the_businesss_own_entry_decides() -> None:
    entries = [{"id": 5, "account_id": "6BApk"}, {"id": 6, "account_id": "XYZ1"}]
    one = person(business("Blue", None, business_clients=entries), roles=[role("6BApk"), role("7CBql")])
    assert [company.id for company in reached(one, USD)] == ["6BApk"]


def test_without_roles_the_only_entry_is_it() -> None:
    assert [
        company.id
        for company in reached(person(business("Blue", None, business_clients=[{"account_id": "6BApk"}])), USD)
    ] == ["6BApk"]


def chart(*ids: int, currency: str = "USD") -> tuple[int, Any]:
    return many("journal_entry_accounts", *({"id": id, "currency_code": currency} for id in ids))


def ledger(*ids: int) -> tuple[int, Any]:
    return 200, {"data": [{"uuid": f"l-{id}", "jea_id": id} for id in ids] + [{"uuid": "l-0", "jea_id": None}]}


def test_the_charts_of_accounts_tell_which_of_several_accounts_is_a_businesss() -> None:
    two = person(
        business("Blue", None), business("Second", None, business_uuid="b-2"), roles=[role("6BApk"), role("7CBql")]
    )
    companies = reached(two, ledger(11, 12), chart(11, 12), chart(21, 22, currency="CAD"), ledger(21))
    assert [(company.name, company.id, company.currency) for company in companies] == [
        ("Blue", "6BApk", "USD"),
        ("Second", "7CBql", "CAD"),
    ]


@pytest.mark.parametrize("told", [ledger(), ledger(31), ledger(11, 21), old_error(1003, status=403)])
def test_an_account_id_that_cannot_be_told_for_certain_is_not_guessed(told: Any) -> None:
    one = person(business("Blue", None), business("Second", None), roles=[role("6BApk"), role("7CBql")])
    with pytest.raises(Refused, match="which books belong to which"):
        reached(one, told, chart(11), chart(21))


def test_books_without_a_chart_have_the_currency_of_the_country() -> None:
    blue = business("Blue", "6BApk", address={"country": "Canada"})
    (company,) = reached(person(blue, roles=[role("6BApk")]), NO_CHART)
    assert (company.currency, company.country) == ("CAD", "Canada")


def test_a_currency_that_cannot_be_told_is_not_guessed() -> None:
    with pytest.raises(Refused, match="currency"):
        reached(person(business("Blue", "6BApk"), roles=[role("6BApk")]), NO_CHART)


def test_an_answer_without_a_person_is_tried_later() -> None:
    with pytest.raises(TryLater):
        reached((200, {}))
