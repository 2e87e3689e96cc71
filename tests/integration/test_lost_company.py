"""A good grant that no longer reaches one company: that connection alone needs a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from tests.integration.killing.shop import customer
from tests.integration.picky_books import Picky, picky

from ledgerport.contract import Company, Customer, Grant, LoginNeeded
from ledgerport.db import models
from ledgerport.db.models import Connection, ConnectionState, TaskState
from ledgerport.services.settle_connection import expected_company, keep_grant, settle


@pytest.fixture
def books(tmp_path: Path) -> Picky:
    made = picky(tmp_path)
    made.plugin.trouble = LoginNeeded("The organisation has disconnected our app.", company_only=True)
    made.save(customer(1), customer(2))
    made.drain()
    return made


def connection_of(books: Picky) -> Connection:
    with books.hub.database.everything(read=True) as session:
        return session.get_one(Connection, books.connection)


def open_notices(books: Picky) -> list[str]:
    with books.hub.database.everything(read=True) as session:
        return list(session.scalars(select(models.Notice.text).where(models.Notice.closed_at.is_(None))))


def reconnect(books: Picky) -> None:
    """What a new consent for the same company ends in."""
    terms = books.hub.host.for_provider("picky").terms
    grant = Grant(access_token=SecretStr("new"), access_expires_at=books.hub.clock.now() + timedelta(days=9))
    with books.hub.database.tenant(books.tenant) as session:
        expected = expected_company(session, tenant_id=books.tenant, terms=terms, connection_id=books.connection)
        settle(
            session,
            books.hub,
            tenant_id=books.tenant,
            provider="picky",
            company=Company(id="1", name="Blue"),
            expected=expected,
            grant_row=keep_grant(session, books.hub, tenant_id=books.tenant, provider="picky", grant=grant),
        )


def test_the_connection_needs_a_person_and_the_reason_is_the_plugins(books: Picky) -> None:
    connection = connection_of(books)
    assert connection.state == ConnectionState.NEEDS_RECONNECTION
    assert "The organisation has disconnected our app." in connection.reason
    assert "Nothing is lost: 2 changes wait." in connection.reason
    assert open_notices(books) == [connection.reason]


def test_the_grant_keeps_its_tokens(books: Picky) -> None:
    with books.hub.database.everything(read=True) as session:
        (grant,) = session.scalars(select(models.Grant)).all()
    assert grant.access_cipher is not None
    assert grant.lost_reason == ""


def test_nothing_waits_for_a_person_record_by_record(books: Picky) -> None:
    with books.hub.database.everything(read=True) as session:
        states = set(session.scalars(select(models.Task.state)))
    assert states == {TaskState.WAITING}


def test_a_reconnection_brings_everything_and_closes_the_notice(books: Picky) -> None:
    books.plugin.trouble = None
    reconnect(books)
    books.drain()
    assert sorted(value.ref for value in books.plugin.pushed(Customer)) == ["C1", "C2"]
    assert open_notices(books) == []
