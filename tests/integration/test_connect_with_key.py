"""Connecting with an API key: what is kept, what is refused, what becomes of a key that is lost. Takes about 10 s."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from tests.keyed_books import ACME, BLUE, OFFICE, PLUGIN, Till, till

from ledgerport.db import models
from ledgerport.services.choice_ticket import choice_ticket, choose
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_with_key import connect_at_once, connect_with_key
from ledgerport.services.disconnect import disconnect
from ledgerport.services.drain_connection import drain
from ledgerport.services.finish_connect import CompanyChoice, Connected
from ledgerport.services.keep_grants_fresh import due_grants, refresh_due
from ledgerport.services.provider_apps import check_apps
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_connections import show_connection
from ledgerport.services.show_tokens import token_status
from ledgerport.services.switch_provider import switch_provider

OF_BLUE, OF_ACME, OF_BOTH = "till-key-of-blue", "till-key-of-acme", "till-key-of-both"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path / "home") as opened:
        yield opened


def connect(books: Till, key: str = OF_BLUE, field: str = OFFICE, **more: Any) -> Connected:
    return connect_at_once(
        books.hub, tenant_id=books.tenant_id, provider="till", key=SecretStr(key), field=field, **more
    )


def grants(books: Till) -> list[models.Grant]:
    with books.hub.database.everything(read=True) as session:
        return list(session.scalars(select(models.Grant)))


def connection(books: Till) -> models.Connection:
    with books.hub.database.everything(read=True) as session:
        return session.scalars(select(models.Connection)).one()


def everything_stored(books: Till) -> str:
    """All that the database holds, as text."""
    with books.hub.database.everything(read=True) as session:
        names = session.scalars(text("select name from sqlite_master where type = 'table'")).all()
        return repr([list(session.execute(text(f"select * from {name}"))) for name in names])


# -- connecting --------------------------------------------------------------------------------------------------------


def test_a_provider_with_keys_needs_no_app_of_ours(books: Till) -> None:
    assert [check.problem for check in check_apps(books.hub) if check.provider == "till"] == [""]


def test_the_company_of_the_key_is_connected_and_records_reach_it(books: Till) -> None:
    done = connect(books)

    assert (done.company_name, done.new, done.problem) == ("Blue Plumbing LLC", True, "")
    books.save_customer("C-1", "Jon Doe")
    drain(books.hub, done.connection_id)
    assert books.sandbox.customers == {BLUE: ["Jon Doe"], ACME: []}
    # What was typed beside the key is told with each call, in the header that the terms name and to the plugin.
    assert PLUGIN.offices == [OFFICE]


def test_the_key_is_kept_sealed_and_never_ends(books: Till) -> None:
    connect(books)

    (grant,) = grants(books)
    assert (grant.access_expires_at, grant.refresh_cipher, grant.generation) == (None, None, 1)
    assert OF_BLUE not in everything_stored(books)
    (told,) = token_status(books.hub)
    assert (told.state, told.access_expires_at) == ("good", None)
    assert OF_BLUE not in repr(told)


def test_upkeep_passes_a_key_over(books: Till) -> None:
    connect(books)
    books.clock.at = books.clock.at.replace(year=books.clock.at.year + 20)
    (grant,) = grants(books)

    assert due_grants(books.hub) == []
    assert refresh_due(books.hub, grant.id) == ""
    assert connection(books).state == "active"


@pytest.mark.parametrize(
    ("key", "field", "wrong", "words"),
    [
        ("", OFFICE, "key", "The Till key is missing."),
        (" \n", OFFICE, "key", "The Till key is missing."),
        ("two words", OFFICE, "key", "This is no Till key"),
        ("k\u00e9y", OFFICE, "key", "This is no Till key"),
        ("k" * 4001, OFFICE, "key", "This is no Till key"),
        ("never-given-out", OFFICE, "key", "Till Books does not accept this Till key."),
        (OF_BLUE, "", "field", "The Office is missing."),
        (OF_BLUE, "evil.example/", "field", "The Office does not look like one."),
    ],
)
def test_what_cannot_be_used_is_said_of_its_field_and_nothing_is_kept(
    books: Till, key: str, field: str, wrong: str, words: str
) -> None:
    with pytest.raises(BadChoice) as refused:
        connect(books, key, field)

    assert refused.value.field == wrong
    assert words in refused.value.reason
    assert not key.strip() or key not in f"{refused.value.reason} {refused.value.next_step}"
    assert grants(books) == []


def test_blanks_that_were_copied_along_do_no_harm(books: Till) -> None:
    assert connect(books, f"  {OF_BLUE}\n", f" {OFFICE} ").company_name == "Blue Plumbing LLC"


def test_a_key_that_the_provider_cannot_judge_now_changes_nothing(books: Till) -> None:
    books.fault("status", status=503, count=None)

    with pytest.raises(ConnectRefused, match="did not tell which company this Till key is for"):
        connect(books)
    assert grants(books) == []


def test_another_office_is_refused_in_the_provider_s_own_words(books: Till) -> None:
    with pytest.raises(ConnectRefused, match="This key is of another office"):
        connect(books, field="south")


def test_nobody_gets_in_where_the_operator_has_turned_the_provider_off(books: Till) -> None:
    switch_provider(books.hub, tenant_id=books.tenant_id, provider="till", enabled=False, by="Olga")

    with pytest.raises(ConnectRefused, match="turned Till Books off"):
        connect(books)
    assert books.sandbox.calls.report()["total"] == 0


# -- several companies -------------------------------------------------------------------------------------------------


def test_of_several_companies_the_caller_names_one(books: Till) -> None:
    with pytest.raises(BadChoice, match=r'several companies: "Blue Plumbing LLC" \(1\), "Acme Inc" \(2\)') as refused:
        connect(books, OF_BOTH)
    assert (refused.value.field, grants(books)) == ("company_id", [])

    with pytest.raises(BadChoice, match="does not reach the company 9"):
        connect(books, OF_BOTH, company_id="9")

    assert connect(books, OF_BOTH, company_id=ACME).company_name == "Acme Inc"


def test_a_person_chooses_one_of_several_companies_on_a_page(books: Till) -> None:
    key = SecretStr(OF_BOTH)
    choice = connect_with_key(
        books.hub, tenant_id=books.tenant_id, provider="till", key=key, field=OFFICE, company_id=None
    )
    assert isinstance(choice, CompanyChoice)

    ticket = choice_ticket(books.hub, choice, "browser-1")
    done = choose(books.hub, provider="till", browser="browser-1", ticket=ticket, company_id=ACME)

    assert done.company_name == "Acme Inc"
    assert connection(books).facts == {"office": OFFICE}


# -- losing it ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["expired_token", "revoked_grant"])
def test_a_lost_key_asks_for_a_new_one_and_work_goes_on_with_it(books: Till, fault: str) -> None:
    done = connect(books)
    books.save_customer("C-1", "Jon Doe")
    books.fault(fault)

    drain(books.hub, done.connection_id)

    lost = show_connection(books.hub, tenant_id=books.tenant_id, provider="till")
    assert lost.state == "needs_reconnection"
    assert 'Till Books no longer accepts our connection to "Blue Plumbing LLC"' in lost.reason
    assert "1 change waits" in lost.reason
    (grant,) = grants(books)
    assert grant.access_cipher is None
    assert books.sandbox.customers[BLUE] == []

    again = connect(books, books.sandbox.api_keys.make([BLUE], field=OFFICE).value)
    assert (again.connection_id, again.new) == (done.connection_id, False)
    drain(books.hub, done.connection_id)
    assert books.sandbox.customers[BLUE] == ["Jon Doe"]
    assert len(grants(books)) == 1


def test_one_refusal_by_a_gateway_loses_no_key(books: Till) -> None:
    done = connect(books)
    books.save_customer("C-1", "Jon Doe")
    books.fault("status", status=401)

    drain(books.hub, done.connection_id)

    assert connection(books).state == "active"
    assert books.sandbox.customers[BLUE] == ["Jon Doe"]


def test_a_key_of_another_company_is_refused_with_both_names(books: Till) -> None:
    done = connect(books)
    books.sandbox.api_keys.end(OF_BLUE)
    books.save_customer("C-1", "Jon Doe")
    drain(books.hub, done.connection_id)

    with pytest.raises(ConnectRefused) as refused:
        connect(books, OF_ACME)

    assert refused.value.reason == (
        'This Till key is for "Acme Inc", but this connection belongs to "Blue Plumbing LLC".'
    )
    assert connection(books).state == "needs_reconnection"
    # We did not make that key, and somebody may work with it.
    assert books.sandbox.api_keys.check(OF_ACME)[1] == ""


# -- disconnecting -----------------------------------------------------------------------------------------------------


def test_disconnecting_forgets_the_key_and_ends_it_where_that_is_offered(books: Till) -> None:
    done = connect(books)

    ended = disconnect(books.hub, tenant_id=books.tenant_id, connection_id=done.connection_id, by="Ann")

    assert ended.problem == ""
    assert grants(books) == []
    assert books.sandbox.api_keys.check(OF_BLUE)[1] == "revoked"


def test_a_lost_key_is_forgotten_without_a_call(books: Till) -> None:
    done = connect(books)
    books.sandbox.api_keys.end(OF_BLUE)
    books.save_customer("C-1", "Jon Doe")
    drain(books.hub, done.connection_id)
    books.sandbox.calls.clear()

    disconnect(books.hub, tenant_id=books.tenant_id, connection_id=done.connection_id, by="Ann")

    assert grants(books) == []
    assert books.sandbox.calls.report()["total"] == 0
