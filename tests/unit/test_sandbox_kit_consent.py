"""The kit's consent page: which companies a person lets an app into."""

from __future__ import annotations

from ledgerport_sandbox import Clock
from ledgerport_sandbox.consent import Consent
from ledgerport_sandbox.oauth import Authority, Client, TokenRules

APP = Client("app", "hush", ("https://app.example/cb",))
QUERY = {"client_id": "app", "response_type": "code", "scope": "books", "redirect_uri": APP.redirects[0]}
COMPANIES = [("1", "One"), ("2", "Two"), ("3", "Three")]
ALLOW = ("decision", "allow")


def desk() -> Authority:
    return Authority(Clock(rate=0, at=0), TokenRules(), [APP])


def reached(authority: Authority) -> list[list[str]]:
    return [grant.companies for grant in authority.grants.values()]


def test_ticked_companies_are_all_in_the_grant() -> None:
    authority = desk()
    page = Consent("Books", authority, several=True)
    form = [("company", "1"), ("company", "3"), ("company", "1"), ALLOW]
    assert page.answer(QUERY, form, COMPANIES).status == 302
    assert reached(authority) == [["1", "3"]]


def test_two_companies_are_refused_where_one_is_chosen() -> None:
    authority = desk()
    form = [("company", "1"), ("company", "3"), ALLOW]
    assert Consent("Books", authority).answer(QUERY, form, COMPANIES).status == 400
    assert reached(authority) == []


def test_an_unknown_company_among_the_ticked_ones_is_refused() -> None:
    form = [("company", "1"), ("company", "9"), ALLOW]
    assert Consent("Books", desk(), several=True).answer(QUERY, form, COMPANIES).status == 400


def test_the_page_offers_boxes_where_several_may_be_ticked() -> None:
    boxes = Consent("Books", desk(), several=True).answer(QUERY, None, COMPANIES).body
    choices = Consent("Books", desk()).answer(QUERY, None, COMPANIES).body
    assert (boxes.count(b'type="checkbox"'), choices.count(b'type="radio"')) == (3, 3)


def test_the_person_who_decides_is_kept_in_the_grant() -> None:
    authority = desk()
    page = Consent("Books", authority, person="ann")
    page.answer(QUERY, {"company": "1", "decision": "allow"}, COMPANIES)
    page.answer(QUERY, {"company": "1", "decision": "allow", "person": "bob"}, COMPANIES)
    assert [grant.owner for grant in authority.grants.values()] == ["ann", "bob"]


def test_a_yes_covers_every_company_where_there_is_no_choice() -> None:
    authority = desk()
    page = Consent("Books", authority, all_of_them=True)
    assert b"<input" not in page.answer(QUERY, None, COMPANIES).body
    assert page.answer(QUERY, {"company": "2", "decision": "allow"}, COMPANIES).status == 302
    assert reached(authority) == [["1", "2", "3"]]
