"""Imports of customers and items: read page by page, proposed, brought over; nothing lost, nothing doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import count, make_connection, save, set_tasks
from tests.integration.import_books import Books, books, customer

from ledgerport.contract import Kind
from ledgerport.db.models import (
    Customer,
    Import,
    Task,
    TaskState,
)
from ledgerport.services.imports.change_rows import RowChange, change_all, change_rows
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_records import show_record


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


def customers(here: Books) -> dict[str, Customer]:
    """By ref."""
    with here.hub.database.tenant(here.tenant, read=True) as session:
        return {row.ref: row for row in session.scalars(select(Customer))}


def test_customers_are_read_page_by_page_with_a_type_and_its_reason(here: Books) -> None:
    shown = here.read()
    assert (shown.state, shown.listed, shown.to_create) == ("ready", 4, 4)
    assert here.plugin.asked == [None, "2", "4"]
    assert {name: (row.type, row.type_reason) for name, row in here.rows(shown.id).items()} == {
        "Jon Doe": ("homeowner", "private e-mail (example.com)"),
        "Smile Dental Clinic": ("business", '"dental" in the name'),
        "Kim Fields": ("homeowner", "no sign of a company"),
        "Oak Homes": ("builder", '"homes" in the name'),
    }


def test_what_is_imported_is_linked_and_never_sent_back(here: Books) -> None:
    done = here.bring()
    assert (done.state, done.created, done.linked, done.failed) == ("done", 4, 0, 0)
    assert here.links() == dict.fromkeys(["1", "2", "3", "5"], "imported")
    assert set(customers(here)) == {"PB-1", "PB-2", "PB-3", "PB-5"}
    assert count(here.hub, here.tenant, Task) == 0
    shown = show_record(here.hub, tenant_id=here.tenant, kind=Kind.CUSTOMER, ref="PB-1")
    assert [(book.state, book.origin) for book in shown.books] == [("synced", "imported")]


def test_what_is_imported_reaches_the_other_books_by_itself(here: Books) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Jon Doe", email="j.doe@example.com")
    set_tasks(here.hub, here.tenant, state=TaskState.DONE)
    other = make_connection(here.hub, here.tenant, "other")
    make_connection(here.hub, here.tenant, "by_hand", auto_sync=False)
    here.sent()
    here.plugin.customers = [customer("7", "Oak Homes"), customer("8", "Jon Doe", email="j.doe@example.com")]
    assert here.bring().created == 1

    with here.hub.database.tenant(here.tenant, read=True) as session:
        waiting = session.scalars(select(Task).where(Task.state == TaskState.WAITING)).all()
        oak = session.scalars(select(Customer).where(Customer.name == "Oak Homes")).one()
        assert [(task.connection_id, task.record_id) for task in waiting] == [(other, oak.id)]
    assert ("sync.drain", other) in here.sent()


def test_a_change_made_afterwards_goes_to_the_customer_it_came_from(here: Books) -> None:
    here.bring()
    save(here.hub, here.tenant, "customer", "PB-5", name="Oak Homes", phone="555")
    here.picky.drain()
    pushes = [push for pushes in here.plugin.requests for push in pushes]
    assert [(push.remote_id, push.remote_version) for push in pushes] == [("5", "7")]


def test_a_customer_without_an_email_gets_none(here: Books) -> None:
    here.bring()
    assert (customers(here)["PB-3"].email, customers(here)["PB-3"].type) == ("", "homeowner")


def test_one_of_ours_with_the_same_email_is_linked_and_not_doubled(here: Books) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Jonathan Doe", email="J.Doe@Example.com")
    ready = here.read()
    row = here.rows(ready.id)["Jon Doe"]
    assert (row.choice, row.link_to, [match.why for match in row.matches]) == ("link", "C-1", ["same e-mail"])
    done = here.apply(ready.id)
    assert (done.created, done.linked) == (3, 1)
    assert customers(here)["C-1"].name == "Jonathan Doe"
    assert "PB-1" not in customers(here)


def test_a_customer_who_waits_to_be_sent_is_updated_once_it_is_linked(here: Books) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Jon Doe", email="j.doe@example.com")
    here.bring()
    here.picky.drain()
    assert [push.remote_id for pushes in here.plugin.requests for push in pushes] == ["1"]


@pytest.mark.parametrize(
    ("ours", "why"),
    [
        ({"name": "kim fields", "phone": "+1 555 010 7777"}, "same name and phone"),
        ({"name": "K. F.", "address": {"line1": "12 Main St.", "postal_code": "78701-1234"}}, "same address"),
    ],
)
def test_a_weak_likeness_is_for_a_person_to_decide(here: Books, ours: dict[str, Any], why: str) -> None:
    there = {"line1": "12 Main Street", "postal_code": "787011234"}
    here.plugin.customers[2] = customer("3", "Kim Fields", phone="(555) 010-7777", address=there)
    save(here.hub, here.tenant, "customer", "C-3", **ours)
    ready = here.read()
    row = here.rows(ready.id)["Kim Fields"]
    assert (row.choice, [(match.ref, match.why) for match in row.matches]) == ("ask", [("C-3", why)])
    done = here.apply(ready.id)
    assert (done.created, done.to_ask) == (3, 1)
    assert "3" not in here.links()


def test_two_of_ours_with_one_email_are_a_persons_choice(here: Books) -> None:
    for ref in ("C-1", "C-2"):
        save(here.hub, here.tenant, "customer", ref, name=f"Doe {ref}", email="j.doe@example.com")
    ready = here.read()
    row = here.rows(ready.id)["Jon Doe"]
    assert row.choice == "ask"
    change_rows(
        here.hub,
        **here.whose,
        import_id=ready.id,
        changes=[RowChange(id=row.id, choice="link", record="C-2")],
    )
    here.apply(ready.id)
    shown = show_record(here.hub, tenant_id=here.tenant, kind=Kind.CUSTOMER, ref="C-2")
    assert shown.books[0].remote_id == "1"


def test_two_over_there_with_the_email_of_one_of_ours_are_a_persons_choice(here: Books) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Jon Doe", email="j.doe@example.com")
    here.plugin.customers.append(customer("6", "Doe Plumbing", email="j.doe@example.com"))
    ready = here.read()
    assert {here.rows(ready.id)[name].choice for name in ("Jon Doe", "Doe Plumbing")} == {"ask"}


def test_what_is_linked_already_is_neither_listed_nor_doubled(here: Books) -> None:
    here.bring()
    here.plugin.customers.append(customer("6", "New One"))
    again = here.start(anew=True)
    shown = here.work(again.id)
    assert (shown.listed, shown.known, list(here.rows(again.id))) == (1, 4, ["New One"])
    here.apply(again.id)
    assert count(here.hub, here.tenant, Customer) == 5


def test_a_customer_that_a_sync_linked_since_it_was_read_is_not_doubled(here: Books) -> None:
    ready = here.read()
    first = here.apply(ready.id)
    here.set(ready.id, state="importing", finished_at=None)
    with here.hub.database.tenant(here.tenant) as session:
        for row in session.execute(select(Import)).scalars():
            row.created = 0
        session.connection().exec_driver_sql("UPDATE import_rows SET state = 'open'")
    second = here.work(ready.id)
    assert (first.created, second.created, second.linked) == (4, 0, 4)
    assert count(here.hub, here.tenant, Customer) == 4


def test_a_person_who_came_here_since_the_list_was_read_is_linked_and_not_doubled(here: Books) -> None:
    ready = here.read()
    save(here.hub, here.tenant, "customer", "X-1", name="Jon Doe", email="j.doe@example.com")
    here.apply(ready.id)
    assert "PB-1" not in customers(here)
    assert show_record(here.hub, tenant_id=here.tenant, kind=Kind.CUSTOMER, ref="X-1").books[0].remote_id == "1"


def test_types_and_choices_are_changed_one_by_one_and_all_at_once(here: Books) -> None:
    ready = here.read()
    rows = here.rows(ready.id)
    changes = [
        RowChange(id=rows["Jon Doe"].id, choice="skip"),
        RowChange(id=rows["Kim Fields"].id, type="builder", ref="KIM-1"),
    ]
    change_rows(here.hub, **here.whose, import_id=ready.id, changes=changes)
    assert change_all(here.hub, **here.whose, import_id=ready.id, type="business", search="oak") == 1
    here.apply(ready.id)
    assert {ref: row.type for ref, row in customers(here).items()} == {
        "KIM-1": "builder",
        "PB-2": "business",
        "PB-5": "business",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "farmer"}, "type"),
        ({"choice": "ask"}, "choice"),
        ({"choice": "link"}, "record"),
        ({"choice": "link", "record": "C-9"}, "record"),
        ({"ref": "a/b"}, "ref"),
        ({"ref": "C-1"}, "ref"),
    ],
)
def test_what_cannot_be_chosen_is_named(here: Books, change: dict[str, str], field: str) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Somebody Else")
    ready = here.read()
    row = here.rows(ready.id)["Kim Fields"]
    with pytest.raises(BadChoice) as refused:
        change_rows(here.hub, **here.whose, import_id=ready.id, changes=[RowChange(id=row.id, **change)])
    assert refused.value.field == field


def test_two_rows_linked_to_one_of_ours_are_told_apart(here: Books) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Somebody Else")
    ready = here.read()
    rows = here.rows(ready.id)
    changes = [RowChange(id=rows[name].id, choice="link", record="C-1") for name in ("Jon Doe", "Kim Fields")]
    change_rows(here.hub, **here.whose, import_id=ready.id, changes=changes)
    done = here.apply(ready.id)
    assert (done.linked, done.failed) == (1, 1)
    told = here.rows(ready.id, show="failed")["Kim Fields"].told
    assert told == "Customer C-1 is linked to another customer in Picky Books already."


def test_a_ref_that_is_in_use_gets_a_number(here: Books) -> None:
    save(here.hub, here.tenant, "customer", "PB-1", name="An Older One")
    here.bring()
    assert {"PB-1", "PB-1-2"} <= set(customers(here))
    assert customers(here)["PB-1"].name == "An Older One"


def test_a_name_that_cannot_be_saved_fails_alone_and_says_why(here: Books) -> None:
    here.plugin.customers[1] = customer("2", "Nul\x00 Clinic")
    done = here.bring()
    assert (done.created, done.failed) == (3, 1)
    assert "cannot be stored" in next(iter(here.rows(done.id, show="failed").values())).told
