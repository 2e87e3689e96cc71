"""What a person does about a stuck record, and what becomes of it: link, rename, create, retry, skip, let go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update
from tests.factories import make_tenant
from tests.integration.crowded_books import crowded, links, open_tasks, other, stuck, verdicts
from tests.integration.killing.shop import customer, invoice, item
from tests.integration.picky_books import Picky

from ledgerport.contract import Customer, Invoice, Item, Kind, Refused
from ledgerport.db.models import Connection, ConnectionState, Task, TaskState
from ledgerport.services.let_go_record import let_go_record
from ledgerport.services.link_record import link_record
from ledgerport.services.list_stuck import list_alike, list_stuck, show_stuck, stuck_of_record
from ledgerport.services.recreate_record import recreate_record
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.rename_record import rename_record
from ledgerport.services.retry_tasks import retry_all_alike, retry_task
from ledgerport.services.send_anyway import send_anyway
from ledgerport.services.show_runs import list_runs, show_run
from ledgerport.services.skip_record import skip_record
from ledgerport.services.sync_connection import sync_connection
from ledgerport.services.sync_invoice import sync_invoice
from ledgerport.services.sync_record import sync_record

DOE = {"name": "Doe Plumbing", "email": "j.doe@example.com"}
TWINS = (other("58", name="John Doe", email=DOE["email"]), other("59", name="Doe & Sons", email=DOE["email"]))


def doe(number: int = 1, **more: Any) -> dict[str, Any]:
    return {**customer(number), **DOE, **more}


def act(books: Picky, service: Callable[..., Any], kind: str = "customer", **asked: Any) -> Any:
    """A person acts on the one task of a kind that is stuck."""
    by = "user:ann@example.com"
    return service(books.hub, tenant_id=books.tenant, task_id=stuck(books, kind).id, by=by, **asked)


def waiting_twins(folder: Path) -> Picky:
    """A customer, and an invoice of theirs, that wait: two over there have their e-mail."""
    books, _ = crowded(folder, *TWINS)
    books.save(doe(), item(1), invoice(1))
    books.drain()
    assert stuck(books).reason_code == "several_matches"
    return books


def deleted_doe(folder: Path) -> Picky:
    """A customer who was deleted over there, as an edit has shown."""
    books, plugin = crowded(folder)
    books.save(doe())
    books.drain()
    plugin.vanished.add(links(books)[0][0])
    books.save(doe(phone="555-0100"))
    books.drain()
    assert stuck(books).reason_code == "gone"
    return books


def test_a_customer_is_linked_to_the_one_a_person_chose_and_what_waited_goes_on(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    told = act(books, link_record, remote_id="59")
    assert told.words == 'Customer "Doe Plumbing" is linked to "Doe & Sons" in Picky Books.'
    books.drain()
    assert links(books) == [("59", "matched")]
    assert [value.customer.remote_id for value in books.plugin.pushed(Invoice)] == ["59"]
    assert books.plugin.pushed(Customer) == [], "a customer stays as the books have it"
    assert verdicts(books)[-1] == "linked"


def test_a_question_about_a_match_counts_to_the_run_that_raised_it(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    (run,) = list_runs(books.hub, tenant_id=books.tenant).rows
    assert (run.state, run.total, run.created, run.skipped) == ("finished", 3, 1, 2)


def test_a_second_click_on_link_changes_nothing(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    task = stuck(books).id
    for remote_id in ("59", "58"):
        told = link_record(books.hub, tenant_id=books.tenant, task_id=task, remote_id=remote_id)
    assert told.words == 'Customer "Doe Plumbing" is settled already.'
    assert links(books) == [("59", "matched")]


def test_an_object_that_the_provider_did_not_name_cannot_be_linked(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    with pytest.raises(BadChoice, match="none of those that Picky Books named"):
        act(books, link_record, remote_id="77")
    assert links(books) == []


def test_an_object_of_another_record_cannot_be_linked(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    act(books, link_record, remote_id="58")
    books.plugin.others.append(other("60", name="Doe Three", email=DOE["email"]))  # type: ignore[attr-defined]
    books.save(doe(2, name="Jane Doe"))
    books.drain()
    with books.hub.database.everything() as session:
        both = [{"id": "58", "kind": "customer", "active": True}]
        session.execute(update(Task).where(Task.id == stuck(books).id).values(reason_data={"candidates": both}))
    with pytest.raises(Conflict, match='belongs to Customer "Doe Plumbing" here already'):
        act(books, link_record, remote_id="58")


def test_a_customer_cannot_be_linked_to_a_vendor(tmp_path: Path) -> None:
    books, _ = crowded(tmp_path, other("9", "vendor", name=DOE["name"]))
    books.save(doe())
    books.drain()
    with pytest.raises(BadChoice, match="It is a vendor in Picky Books"):
        act(books, link_record, remote_id="9")


def test_nobody_of_those_means_a_new_customer_and_the_question_does_not_come_back(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    act(books, send_anyway)
    books.drain()
    assert open_tasks(books) == []
    assert [value.name for value in books.plugin.pushed(Customer)] == ["Doe Plumbing"]
    assert [origin for _, origin in links(books)] == ["pushed"]


def test_a_customer_goes_under_the_name_that_a_person_chose_and_keeps_its_own_here(tmp_path: Path) -> None:
    books, _ = crowded(tmp_path, other("9", "vendor", name=DOE["name"]))
    books.save(doe())
    books.drain()
    shown = show_stuck(books.hub, tenant_id=books.tenant, task_id=stuck(books).id)
    assert (shown.rename_from, shown.task.acts) == ("Doe Plumbing", ("rename", "retry", "skip"))
    act(books, rename_record, name="  Doe Plumbing\t(customer of ours) ")
    books.drain()
    assert [value.name for value in books.plugin.pushed(Customer)] == ["Doe Plumbing (custom"]
    books.save(doe(phone="555-0100"))
    books.drain()
    assert [value.name for value in books.plugin.pushed(Customer)][1:] == ["Doe Plumbing (custom"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("\t ", "Nothing of this name can be sent"),
        ("doe plumbing", "is the name that is taken"),
        ("Jane Doe", 'Another customer here is called "Jane Doe"'),
    ],
)
def test_a_name_that_could_not_go_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    books, _ = crowded(tmp_path, other("9", "vendor", name=DOE["name"]))
    books.save(doe(), {**customer(2), "name": "Jane Doe"})
    books.drain()
    with pytest.raises(BadChoice, match=reason):
        act(books, rename_record, name=name)


def test_an_item_goes_under_the_name_that_a_person_chose(tmp_path: Path) -> None:
    books, _ = crowded(tmp_path, other("9", "category", name="Drain snake"))
    books.save({**item(1), "name": "Drain snake"}, {**item(2), "name": "Plunger"})
    books.drain()
    with pytest.raises(BadChoice, match='is the name of item "Plunger" there'):
        act(books, rename_record, "item", name="plunger")
    act(books, rename_record, "item", name="Drain snake 25 ft")
    books.drain()
    assert [value.name for value in books.plugin.pushed(Item)] == ["Plunger", "Drain snake 25 ft"]


def test_a_deleted_customer_is_created_again(tmp_path: Path) -> None:
    books = deleted_doe(tmp_path)
    books.plugin.vanished.clear()  # type: ignore[attr-defined]
    act(books, recreate_record)
    books.drain()
    assert open_tasks(books) == []
    assert verdicts(books)[-1] == "created"


def test_what_was_not_deleted_is_not_created_again(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="was not deleted"):
        act(waiting_twins(tmp_path), recreate_record)


def test_a_record_that_was_let_go_is_sent_by_nothing_but_a_persons_click(tmp_path: Path) -> None:
    books = deleted_doe(tmp_path)
    act(books, let_go_record)
    books.save(doe(phone="555-0111"), item(1), invoice(1))
    books.drain()
    sync_connection(books.hub, tenant_id=books.tenant, provider="picky")
    books.drain()
    assert open_tasks(books) == [("invoice", "blocked")]
    assert "stopped syncing it" in stuck(books, "invoice").reason
    assert verdicts(books)[-1] == "let_go"


def test_a_resync_takes_up_again_what_was_let_go(tmp_path: Path) -> None:
    books, plugin = crowded(tmp_path, other("9", "vendor", name=DOE["name"]))
    books.save(doe())
    books.drain()
    act(books, let_go_record)
    plugin.others.clear()
    for _ in range(2):
        sync_record(books.hub, tenant_id=books.tenant, kind=Kind.CUSTOMER, ref="C1")
        books.drain()
    books.save(doe(phone="555-0100"))
    books.drain()
    assert [value.phone for value in books.plugin.pushed(Customer)][-1] == "555-0100"
    assert [origin for _, origin in links(books)] == ["pushed"]


def test_a_skipped_record_stays_until_it_is_changed(tmp_path: Path) -> None:
    books, plugin = crowded(tmp_path, other("9", "vendor", name=DOE["name"]))
    books.save(doe())
    books.drain()
    told = act(books, skip_record)
    assert told.words == 'Customer "Doe Plumbing" is skipped until it is changed or resynced.'
    started = sync_connection(books.hub, tenant_id=books.tenant, provider="picky")
    assert (started.total, open_tasks(books)) == (0, [])
    plugin.others.clear()
    books.save(doe(phone="555-0100"))
    books.drain()
    assert verdicts(books) == ["blocked", "skipped", "created"]


def test_a_click_on_the_invoice_sends_what_was_skipped(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    act(books, skip_record)
    act(books, skip_record, "invoice")
    books.plugin.others.clear()  # type: ignore[attr-defined]
    sync_invoice(books.hub, tenant_id=books.tenant, ref="INV1")
    books.drain()
    assert [value.ref for value in books.plugin.pushed(Invoice)] == ["INV1"]


def test_all_alike_are_tried_again_in_one_run(tmp_path: Path) -> None:
    books, plugin = crowded(tmp_path)
    plugin.trouble = Refused("Not today.")
    books.save(customer(1), customer(2), customer(3))
    books.drain()
    (group,) = list_stuck(books.hub, tenant_id=books.tenant, rows=2)
    assert (group.title, group.tasks, len(group.rows)) == ("Not accepted by Picky Books", 3, 2)
    plugin.trouble = None
    asked = {"tenant_id": books.tenant, "provider": "picky", "reason_code": "refused", "by": "user:ann@example.com"}
    told = retry_all_alike(books.hub, **asked)
    assert (told.tasks, told.words) == (3, "3 records are tried again now.")
    assert retry_all_alike(books.hub, **asked).run_id is None, "a second click finds nothing left"
    books.drain()
    run = show_run(books.hub, tenant_id=books.tenant, run_id=told.run_id)
    assert (run.state, run.total, run.created, run.requested_by) == ("finished", 3, 3, "user:ann@example.com")


def test_a_page_of_alike_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    books, plugin = crowded(tmp_path)
    plugin.trouble = Refused("Not today.")
    books.save(customer(1), customer(2), customer(3))
    books.drain()
    asked = {"tenant_id": books.tenant, "provider": "picky", "reason_code": "refused", "limit": 2}
    first = list_alike(books.hub, **asked)
    second = list_alike(books.hub, **asked, cursor=first.next)
    assert [row.ref for row in (*first.rows, *second.rows)] == ["C1", "C2", "C3"]
    assert second.next is None
    (one,) = stuck_of_record(books.hub, tenant_id=books.tenant, kind=Kind.CUSTOMER, ref="C2")
    assert one.reason == 'Customer "Customer 2" is not accepted by Picky Books: Not today.'


def test_causes_stand_above_what_only_waits_for_them(tmp_path: Path) -> None:
    books, _ = crowded(tmp_path, *TWINS)
    books.save(doe(), item(1), invoice(1), invoice(2), invoice(3))
    books.drain()
    groups = list_stuck(books.hub, tenant_id=books.tenant)
    assert [(group.reason_code, group.tasks) for group in groups] == [("several_matches", 1), ("waits_for", 3)]


def in_conflict(folder: Path) -> Picky:
    """A customer of whom nobody knows whether they arrived: two over there look like them."""
    books = waiting_twins(folder)
    with books.hub.database.everything() as session:
        session.execute(update(Task).where(Task.id == stuck(books).id).values(reason_code="conflict"))
    return books


@pytest.mark.parametrize("service", [retry_task, skip_record, let_go_record])
def test_what_may_be_in_the_books_already_waits_for_a_choice(tmp_path: Path, service: Callable[..., Any]) -> None:
    books = in_conflict(tmp_path)
    with pytest.raises(Conflict, match="may be in Picky Books already"):
        act(books, service)
    with pytest.raises(Conflict, match="cannot be sent again together"):
        retry_all_alike(books.hub, tenant_id=books.tenant, provider="picky", reason_code="conflict")
    assert stuck(books).reason_code == "conflict"


def test_a_conflict_ends_with_the_one_that_is_ours_or_with_a_new_one(tmp_path: Path) -> None:
    books = in_conflict(tmp_path)
    act(books, send_anyway)
    books.drain()
    assert len(books.plugin.pushed(Customer)) == 1


@pytest.mark.parametrize("service", [retry_task, skip_record, let_go_record, recreate_record, send_anyway])
def test_nobody_acts_on_another_tenants_records(tmp_path: Path, service: Callable[..., Any]) -> None:
    books = waiting_twins(tmp_path)
    stranger, task = make_tenant(books.hub), stuck(books)
    with pytest.raises(NotFound):
        service(books.hub, tenant_id=stranger, task_id=task.id)
    with pytest.raises(NotFound):
        show_stuck(books.hub, tenant_id=stranger, task_id=task.id)
    assert list_stuck(books.hub, tenant_id=stranger) == []
    assert stuck(books).state == TaskState.BLOCKED


def test_nothing_is_tried_again_over_a_connection_that_is_lost_but_a_choice_is_kept(tmp_path: Path) -> None:
    books = waiting_twins(tmp_path)
    with books.hub.database.everything() as session:
        session.execute(update(Connection).values(state=ConnectionState.NEEDS_RECONNECTION))
    with pytest.raises(Conflict, match="Reconnect required"):
        act(books, retry_task)
    act(books, link_record, remote_id="58")
    assert links(books) == [("58", "matched")]


def test_what_is_stuck_is_found_by_its_index_among_many_tasks_that_are_done(tmp_path: Path) -> None:
    books, _ = crowded(tmp_path)
    statements: list[str] = []
    event.listen(books.hub.database.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    list_stuck(books.hub, tenant_id=books.tenant)
    list_alike(books.hub, tenant_id=books.tenant, provider="picky", reason_code="refused")
    wanted = [one for one in statements if "FROM tasks" in one]
    assert len(wanted) == 2
    with books.hub.database.engine.connect() as connection:
        for statement in wanted:
            filled = (0,) * statement.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", filled).all()
            assert any("ix_tasks_stuck" in str(row) for row in plan), plan
