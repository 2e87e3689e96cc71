"""The job of an import: killed, stopped, held up, and alone at its work."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select
from tests.factories import count
from tests.integration.import_books import Books, books, customer

from ledgerport.contract import LoginNeeded, Refused, TryLater
from ledgerport.db.models import (
    Connection,
    ConnectionState,
    Customer,
    Notice,
)
from ledgerport.services.imports.steer_import import apply_import, resume_import, stop_import
from ledgerport.services.imports.work_import import work_import
from ledgerport.services.rejections import Conflict
from ledgerport.services.tick import Sent, tick


@pytest.fixture
def here(tmp_path: Path) -> Books:
    made = books(tmp_path)
    made.plugin.customers = [
        customer("1", "Jon Doe", email="j.doe@example.com", phone="555 010 1234"),
        customer("2", "Smile Dental Clinic"),
        customer("3", "Kim Fields", phone="(555) 010-7777"),
        customer("4", "Gone Away", active=False),
        customer("5", "Oak Homes", email="info@oakhomes.example", version="7"),
    ]
    return made


def test_a_job_that_was_killed_between_two_pages_goes_on_with_the_next(here: Books) -> None:
    started = here.start()
    # What a plugin raises stays with the plugin: the process dies when it is about to write what came.
    dying = threading.Event()

    def die(_connection: object) -> None:
        if dying.is_set():
            raise KeyboardInterrupt

    here.plugin.before = lambda cursor: dying.set() if cursor == "2" else None
    event.listen(here.hub.database.engine, "begin", die)
    with pytest.raises(KeyboardInterrupt):
        work_import(here.hub, started.id)
    event.remove(here.hub.database.engine, "begin", die)
    assert (here.shown(started.id).listed, here.row(started.id).cursor) == (2, "2")
    assert here.due() == []
    # The lease of the dead runs out.
    here.set(started.id, lease_until=None)
    assert here.due() == [started.id]
    here.plugin.before = None
    assert here.work(started.id).listed == 4
    assert here.plugin.asked == [None, "2", "2", "4"]


def test_two_jobs_at_once_read_every_page_once(here: Books) -> None:
    started = here.start()
    others: list[bool] = []
    here.plugin.before = lambda _cursor: others.append(work_import(here.hub, started.id))
    assert here.work(started.id).listed == 4
    assert others == [False, False, False]
    assert here.plugin.asked == [None, "2", "4"]


def test_an_import_that_is_stopped_goes_on_where_it_was(here: Books) -> None:
    started = here.start()
    whose = {**here.whose, "import_id": started.id}

    def stop(cursor: str | None) -> None:
        if cursor == "2":
            stop_import(here.hub, **whose)

    here.plugin.before = stop
    stopped = here.work(started.id)
    assert (stopped.state, stopped.listed, here.due()) == ("stopped", 2, [])
    here.plugin.before = None
    resume_import(here.hub, **whose)
    assert ("imports.work", started.id) in here.sent()
    assert here.work(started.id).listed == 4


def test_what_was_read_before_a_stop_can_be_brought_over(here: Books) -> None:
    started = here.start()
    here.plugin.before = lambda cursor: (
        stop_import(here.hub, **here.whose, import_id=started.id) and None if cursor == "2" else None
    )
    here.work(started.id)
    assert here.apply(started.id).created == 2


def test_a_limit_of_the_provider_is_waited_for_and_said(here: Books) -> None:
    at = here.hub.clock.now() + timedelta(minutes=5)

    def limited(cursor: str | None) -> None:
        if cursor == "2":
            raise TryLater("Picky Books allows no more calls for now.", at=at)

    here.plugin.before = limited
    started = here.start()
    shown = here.work(started.id)
    assert (shown.state, shown.reason, shown.due_at) == ("reading", "Picky Books allows no more calls for now.", at)
    assert here.due() == []
    here.set(started.id, due_at=here.hub.clock.now())
    assert here.due() == [started.id]
    # Its message may get lost; it is not sent again at once.
    assert here.due() == []
    here.plugin.before = None
    assert here.work(started.id).reason == ""


def test_a_refusal_stops_the_import_with_its_reason(here: Books) -> None:
    def refuse(_cursor: str | None) -> None:
        raise Refused("This user may not see customers.", detail="403")

    here.plugin.before = refuse
    shown = here.read()
    assert (shown.state, shown.reason) == ("stopped", "This user may not see customers. 403")


def test_a_lost_sign_in_opens_a_notice_and_the_import_waits_for_it(here: Books) -> None:
    def lost(_cursor: str | None) -> None:
        raise LoginNeeded("Picky Books no longer accepts our sign-in.")

    here.plugin.before = lost
    shown = here.read()
    assert (shown.state, shown.reason) == ("reading", "Picky Books no longer accepts our sign-in.")
    assert count(here.hub, here.tenant, Notice) == 1
    here.plugin.before = None
    assert here.work(shown.id).reason == "Waits until the connection is reconnected."
    assert here.plugin.asked == []


def test_a_paused_connection_is_not_read(here: Books) -> None:
    started = here.start()
    with here.hub.database.tenant(here.tenant) as session:
        session.scalars(select(Connection)).one().state = ConnectionState.PAUSED
    assert here.work(started.id).reason == "The connection is paused."
    assert here.plugin.asked == []


@pytest.mark.parametrize("state", ["reading", "importing"])
def test_disconnecting_stops_an_import(here: Books, state: str) -> None:
    number = here.read().id
    here.set(number, state=state, phase=state, due_at=here.hub.clock.now())
    with here.hub.database.tenant(here.tenant) as session:
        session.scalars(select(Connection)).one().state = ConnectionState.DISCONNECTED
    asked = len(here.plugin.asked)
    work_import(here.hub, number)
    assert (here.row(number).state, here.due(), len(here.plugin.asked)) == ("stopped", [], asked)
    assert count(here.hub, here.tenant, Customer) == 0


def test_the_scheduler_sends_an_import_whose_message_was_lost(here: Books) -> None:
    started = here.start()
    here.sent()
    tick(here.hub, Sent())
    assert ("imports.work", started.id) in here.sent()


def test_starting_twice_is_one_import_and_applying_twice_brings_over_once(here: Books) -> None:
    assert here.start().id == here.start().id
    ready = here.read()
    for _ in range(2):
        apply_import(here.hub, **here.whose, import_id=ready.id)
    here.work(ready.id)
    apply_import(here.hub, **here.whose, import_id=ready.id)
    assert here.work(ready.id).created == 4


def test_a_list_that_is_still_read_cannot_be_applied(here: Books) -> None:
    started = here.start()
    with pytest.raises(Conflict, match="still being read"):
        apply_import(here.hub, **here.whose, import_id=started.id)


def test_the_rows_of_an_old_import_are_dropped_when_a_new_one_begins(here: Books) -> None:
    here.bring()
    assert here.kept() == 4
    here.start()
    assert here.kept() == 0


def test_thousands_of_customers_are_brought_over_in_batches(here: Books) -> None:
    here.plugin.customers = [customer(str(number), f"Customer {number}") for number in range(250)]
    here.plugin.size = 100
    ready = here.read()
    assert ready.to_create == 250
    assert here.apply(ready.id).created == 250
