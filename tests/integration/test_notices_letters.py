"""Letters about notices, handed to a real mail server."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from tests.factories import HandClock, make_hub, make_tenant, sqlite_url
from tests.letter_box import LetterBox, letter_box

from ledgerport.db.models import OutboxRow, User
from ledgerport.db.repositories import notices
from ledgerport.services.context import Hub, MailServer
from ledgerport.services.deliver_email import Letter, NotDelivered, send_letter
from ledgerport.services.deliver_outbox import GIVE_UP_AFTER, deliver
from ledgerport.services.notices_upkeep import KEPT, due_deliveries, forget_delivered
from ledgerport.services.users import create_user, switch_user

TEXT = 'Reconnect required. Alpha no longer accepts our connection to "Blue" (since 14:02). Nothing is lost.'


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[LetterBox]:
    with letter_box(tmp_path, security="none") as box:
        yield box


@pytest.fixture
def hub(tmp_path: Path, clock: HandClock, box: LetterBox) -> Iterator[Hub]:
    made = make_hub(sqlite_url(tmp_path), clock=clock)
    hub = dataclasses.replace(made, mail=server(box, security="none"))
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    tenant = make_tenant(hub, "blue")
    create_user(hub, email="ann@example.com", name="Ann", role="admin", tenant="blue")
    create_user(hub, email="vera@example.com", name="Vera", role="viewer", tenant="blue")
    create_user(hub, email="root@example.com", name="Root", role="operator")
    make_tenant(hub, "red")
    create_user(hub, email="bob@example.com", name="Bob", role="admin", tenant="red")
    return tenant


def server(box: LetterBox, *, security: str, **more: object) -> MailServer:
    values = {"host": "127.0.0.1", "port": box.port, "sender": "Ledgerport <hub@example.com>", "ca_file": box.ca_file}
    return MailServer(security=security, **{**values, **more})  # type: ignore[arg-type]


def opened(hub: Hub, tenant_id: int, *, text: str = TEXT) -> None:
    with hub.database.tenant(tenant_id) as session:
        notices.open_once(
            session,
            tenant_id=tenant_id,
            connection_id=None,
            cause="grant:1",
            text=text,
            action="reconnect",
            now=hub.clock.now(),
        )


def closed(hub: Hub, tenant_id: int) -> None:
    with hub.database.tenant(tenant_id) as session:
        notices.close(session, tenant_id, "grant:1", hub.clock.now())


def post(hub: Hub) -> list[str]:
    """What the scheduler and the job do now; the state of each row."""
    return [deliver(hub, row_id) for row_id in due_deliveries(hub)]


def rows(hub: Hub) -> list[OutboxRow]:
    with hub.database.everything(read=True) as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def test_the_admins_of_the_tenant_get_a_letter_and_nobody_else(hub: Hub, tenant: int, box: LetterBox) -> None:
    opened(hub, tenant)
    opened(hub, tenant)
    assert post(hub) == ["delivered"]
    assert box.receivers == ["ann@example.com"]
    (letter,) = box.letters
    assert letter["From"] == "Ledgerport <hub@example.com>"
    assert letter["Subject"] == "Needs you: Reconnect required (blue)"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    assert TEXT in text.replace("\n", " ")
    assert f"{hub.public_url}/t/blue/notices" in text
    assert f"{hub.public_url}/me" in text
    assert post(hub) == []


def test_a_second_letter_says_that_it_is_settled(hub: Hub, tenant: int, box: LetterBox) -> None:
    opened(hub, tenant)
    post(hub)
    closed(hub, tenant)
    assert post(hub) == ["delivered"]
    assert [letter["Subject"] for letter in box.letters] == [
        "Needs you: Reconnect required (blue)",
        "Settled: Reconnect required (blue)",
    ]
    assert box.letters[0]["Message-ID"] != box.letters[1]["Message-ID"]


def test_what_healed_before_anybody_was_told_is_told_to_nobody(hub: Hub, tenant: int, box: LetterBox) -> None:
    opened(hub, tenant)
    closed(hub, tenant)
    assert post(hub) == ["dropped", "dropped"]
    assert box.letters == []


@pytest.mark.parametrize("change", ["opted out", "kept out"])
def test_who_wants_no_letters_or_is_kept_out_gets_none(hub: Hub, tenant: int, box: LetterBox, change: str) -> None:
    opened(hub, tenant)
    if change == "kept out":
        switch_user(hub, email="ann@example.com", on=False)
    else:
        with hub.database.everything() as session:
            ann = session.scalars(select(User).where(User.email == "ann@example.com")).one()
            ann.notices_by_mail = False
    assert post(hub) == ["dropped"]
    closed(hub, tenant)
    opened(hub, tenant)
    assert post(hub) == []
    assert box.letters == []


def test_a_notice_is_opened_all_the_same_on_a_hub_without_a_mail_server(hub: Hub, tenant: int) -> None:
    without = dataclasses.replace(hub, mail=None)
    opened(without, tenant)
    assert post(without) == ["dropped"]


def test_a_server_that_is_away_gets_the_letter_later(hub: Hub, tenant: int, box: LetterBox, clock: HandClock) -> None:
    assert hub.mail is not None
    away = dataclasses.replace(hub, mail=dataclasses.replace(hub.mail, port=1))
    opened(away, tenant)
    assert post(away) == ["waiting"]
    assert "127.0.0.1 could not be used" in rows(hub)[0].last_error
    assert post(hub) == []
    clock.pass_time(timedelta(minutes=1))
    assert post(hub) == ["delivered"]
    assert len(box.letters) == 1


def test_a_server_that_stays_away_is_given_up_after_a_day(hub: Hub, tenant: int, clock: HandClock) -> None:
    assert hub.mail is not None
    away = dataclasses.replace(hub, mail=dataclasses.replace(hub.mail, port=1))
    opened(away, tenant)
    began = clock.now()
    states = []
    while rows(away)[0].state == "waiting":
        states += post(away)
        clock.at = max(clock.at, rows(away)[0].due_at)
    assert states[-1] == "given_up"
    assert 8 <= len(states) <= 20
    assert timedelta(hours=18) < clock.now() - began <= GIVE_UP_AFTER


def test_an_address_that_is_refused_for_good_is_not_tried_again(hub: Hub, tenant: int, box: LetterBox) -> None:
    box.refusal = "550 5.1.1 No such person here"
    opened(hub, tenant)
    assert post(hub) == ["given_up"]
    assert rows(hub)[0].last_error == "The mail server 127.0.0.1 refused it: 550 5.1.1 No such person here"


def test_an_address_that_is_refused_for_now_is_tried_again(hub: Hub, tenant: int, box: LetterBox) -> None:
    box.refusal = "451 4.7.1 Greylisted"
    opened(hub, tenant)
    assert post(hub) == ["waiting"]


def test_a_name_with_a_line_break_in_it_begins_no_header_of_its_own(hub: Hub, tenant: int, box: LetterBox) -> None:
    opened(hub, tenant, text='"Evil\r\nBcc: all@example.com" has no account.')
    assert post(hub) == ["delivered"]
    assert "Bcc" not in box.letters[0]
    assert box.receivers == ["ann@example.com"]


def test_a_row_that_somebody_delivers_already_is_left_to_them(hub: Hub, tenant: int, box: LetterBox) -> None:
    opened(hub, tenant)
    (row_id,) = due_deliveries(hub)
    assert deliver(hub, row_id) == "delivered"
    assert deliver(hub, row_id) == ""
    assert len(box.letters) == 1


def test_what_went_out_a_month_ago_is_forgotten_and_what_waits_is_not(hub: Hub, tenant: int, clock: HandClock) -> None:
    opened(hub, tenant)
    post(hub)
    closed(hub, tenant)
    clock.pass_time(KEPT + timedelta(seconds=1))
    forget_delivered(hub)
    assert [row.event for row in rows(hub)] == ["notice.closed"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_letters_travel_encrypted_and_signed_in(tmp_path: Path, clock: HandClock, security: str) -> None:
    letter = Letter("evt_1", "ann@example.com", "A subject", "A text.", clock.now())
    with letter_box(tmp_path, security=security, asks_login=True) as box:
        login = {"username": "hub", "password": SecretStr("mail password")}
        send_letter(server(box, security=security, **login), letter)
        assert box.logins == [("hub", "mail password")]
        assert box.receivers == ["ann@example.com"]
        with pytest.raises(NotDelivered, match="refused it: 535") as refused:
            send_letter(server(box, security=security, username="hub", password=SecretStr("wrong")), letter)
        assert not refused.value.for_good


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(tmp_path: Path, clock: HandClock) -> None:
    letter = Letter("evt_1", "ann@example.com", "A subject", "A text.", clock.now())
    with letter_box(tmp_path) as box:
        with pytest.raises(NotDelivered, match="certificate"):
            send_letter(server(box, security="starttls", ca_file=""), letter)
        assert box.letters == []
