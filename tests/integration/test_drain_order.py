"""What is sent, in which order, and what is not sent at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from tests.integration.killing.shop import customer, invoice, item, payment, shop, total
from tests.integration.killing.world import World, assert_books_agree, fill, world
from tests.stage import OTHER_REALM, connect, load, make_tenant, map_defaults

from ledgerport.contract import Kind
from ledgerport.db import models
from ledgerport.db.models import Attempt, Connection, Priority, Send, Task, TaskState
from ledgerport.db.repositories import drain_leases
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain
from ledgerport.services.draining.execute import Carrier
from ledgerport.services.open_tasks import open_tasks
from ledgerport.services.sync_connection import sync_connection


def sends(hub: Hub) -> list[Kind]:
    with hub.database.everything(read=True) as session:
        return [Kind(kind) for kind in session.scalars(select(Send.kind).order_by(Send.id))]


def writes(made: World) -> int:
    rows = made.sandbox.calls()["last"]
    return sum(row["method"] == "POST" and row["operation"] != "query" for row in rows if row["company"])


def test_customers_and_items_go_before_invoices_and_invoices_before_payments(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, shop())
        made.finish(hub)
        ranks = [{Kind.CUSTOMER: 1, Kind.ITEM: 1, Kind.INVOICE: 2, Kind.PAYMENT: 3}[kind] for kind in sends(hub)]
        assert ranks == sorted(ranks)
        assert_books_agree(made, hub)


def test_ten_edits_in_a_minute_are_one_push_of_the_last_state(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        for price in range(10):
            fill(made, hub, [item(1, price=f"{price}.50")])
        made.finish(hub)
        assert sends(hub) == [Kind.ITEM]
        assert [row["price"] for row in made.sandbox.ledger()["items"]] == ["9.50"]


def test_what_a_person_asked_for_is_one_run_and_leaves_no_run_of_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, shop())
        sync_connection(hub, tenant_id=made.tenant, provider="quickbooks", requested_by="ann")
        made.finish(hub)
        with hub.database.everything(read=True) as session:
            assert list(session.execute(select(models.Run.trigger, models.Run.state))) == [("click", "finished")]


def test_an_edit_made_while_its_record_is_being_sent_is_sent_next(tmp_path: Path, monkeypatch: Any) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, [item(1, price="1.00")])
        carry = Carrier.carry
        edited: list[bool] = []

        def carry_and_edit(carrier: Carrier, order: Any) -> Any:
            if not edited:
                edited.append(True)
                load(hub, made.tenant, [item(1, price="2.00")])
            return carry(carrier, order)

        monkeypatch.setattr(Carrier, "carry", carry_and_edit)
        made.finish(hub)
        assert len(sends(hub)) == 2
        assert [row["price"] for row in made.sandbox.ledger()["items"]] == ["2.00"]
        assert_books_agree(made, hub)


def test_an_edit_made_while_the_outcome_is_unknown_waits_for_it_and_then_arrives_once(tmp_path: Path) -> None:
    """Without the wait the second task of the payment would create a second payment."""
    with world(tmp_path, rate=60) as made, made.hub() as hub:
        fill(made, hub, [customer(1), item(1), invoice(10)])
        made.finish(hub)
        fill(made, hub, [payment(1, customer=1, parts={10: total(10)})])
        made.sandbox.fault("drop_after", match={"entity": "Payment"})
        first = drain(hub, made.connection)
        assert first.again
        fill(made, hub, [payment(1, customer=1, parts={10: total(10)}, memo="edited")])
        made.finish(hub)
        assert len(made.sandbox.ledger()["payments"]) == 1
        assert_books_agree(made, hub)


def test_an_edit_in_the_same_drain_as_an_unknown_outcome_is_not_sent_before_it_is_resolved(
    tmp_path: Path, monkeypatch: Any
) -> None:
    with world(tmp_path, rate=60) as made, made.hub() as hub:
        fill(made, hub, [customer(1), item(1), invoice(10)])
        made.finish(hub)
        fill(made, hub, [payment(1, customer=1, parts={10: total(10)})])
        made.sandbox.fault("drop_after", match={"entity": "Payment"})
        carry = Carrier.carry
        edited: list[bool] = []

        def carry_and_edit(carrier: Carrier, order: Any) -> Any:
            if not edited:
                edited.append(True)
                load(hub, made.tenant, [payment(1, customer=1, parts={10: total(10)}, memo="edited")])
            return carry(carrier, order)

        monkeypatch.setattr(Carrier, "carry", carry_and_edit)
        made.finish(hub)
        assert len(made.sandbox.ledger()["payments"]) == 1
        assert_books_agree(made, hub)


def test_a_record_that_is_saved_unchanged_is_not_sent_again(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, shop(customers=3, items=3, invoices=3))
        made.finish(hub)
        before = writes(made)
        with hub.database.everything() as session:
            ids = list(session.scalars(select(models.Item.id)))
            open_tasks(session, hub, tenant_id=made.tenant, kind=Kind.ITEM, record_ids=ids, priority=Priority.CLICK)
        made.finish(hub)
        assert writes(made) == before
        with hub.database.everything(read=True) as session:
            unchanged = select(func.count()).where(Attempt.verdict == "unchanged", Attempt.kind == Kind.ITEM)
            assert session.scalar(unchanged) == 3


def test_a_click_goes_before_automatic_work_and_that_before_a_backfill(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, [item(number) for number in range(1, 4)])
        wanted = {"I1": Priority.BACKFILL, "I2": Priority.AUTOMATIC, "I3": Priority.CLICK}
        with hub.database.everything() as session:
            for ref, priority in wanted.items():
                record = select(models.Item.id).where(models.Item.ref == ref).scalar_subquery()
                session.execute(update(Task).where(Task.record_id == record).values(priority=int(priority)))
        made.finish(hub)
        assert_books_agree(made, hub)
        made_in_order = sorted(made.sandbox.ledger()["items"], key=lambda row: int(row["id"]))
        assert [row["name"] for row in made_in_order] == ["Item 3", "Item 2", "Item 1"]


def test_one_bad_item_of_a_refused_batch_waits_alone_and_twenty_nine_arrive(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, [item(number) for number in range(1, 31)])
        made.sandbox.fault("refuse_batch", code="2010", match={"entity": "Item"})
        made.sandbox.fault("refuse_item", record="Item 17", code="6000", detail="It may not be.", count=None)
        made.finish(hub)
        assert len(made.sandbox.ledger()["items"]) == 29
        with hub.database.everything(read=True) as session:
            (blocked,) = session.scalars(select(Task).where(Task.state != TaskState.DONE))
        assert blocked.state == TaskState.BLOCKED
        assert blocked.reason.startswith('Item "Item 17" is not accepted by QuickBooks Online')


def test_a_budget_used_up_asks_to_be_called_again(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, shop())
        result = drain(hub, made.connection, budget_seconds=0)
        assert result.worked
        assert result.again
        assert sends(hub) == []
        made.finish(hub)
        assert_books_agree(made, hub)


def test_the_second_of_two_drains_at_once_does_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, [item(1)])
        others = []
        carry = Carrier.carry

        def carry_beside_another(carrier: Carrier, order: Any) -> Any:
            others.append(drain(hub, made.connection))
            return carry(carrier, order)

        monkeypatch.setattr(Carrier, "carry", carry_beside_another)
        made.finish(hub)
        assert [other.worked for other in others] == [False]
        assert_books_agree(made, hub)


def test_a_drain_that_lost_its_lease_writes_nothing_and_its_successor_finds_out(
    tmp_path: Path, monkeypatch: Any
) -> None:
    with world(tmp_path, rate=60) as made, made.hub() as hub:
        fill(made, hub, [item(1)])
        carry = Carrier.carry

        def carry_and_lose(carrier: Carrier, order: Any) -> Any:
            answer = carry(carrier, order)
            made.let_lease_run_out(hub)
            with hub.database.everything() as session:
                assert drain_leases.take(session, made.connection, "somebody else")
            return answer

        monkeypatch.setattr(Carrier, "carry", carry_and_lose)
        drain(hub, made.connection)
        with hub.database.everything(read=True) as session:
            assert session.scalars(select(Task.state)).all() == [TaskState.SENDING]
            assert session.scalar(select(Connection.lease_owner)) == "somebody else"
        monkeypatch.undo()
        made.let_lease_run_out(hub)
        made.finish(hub)
        assert_books_agree(made, hub)


def test_two_tenants_side_by_side_keep_their_books_apart(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        other = make_tenant(hub, "acme")
        theirs = connect(hub, made.sandbox, other, company=OTHER_REALM)
        map_defaults(hub, other, theirs)
        fill(made, hub, shop(customers=3, items=4, invoices=5))
        assert not load(hub, other, shop(customers=5, items=3, invoices=2)).rejected
        made.finish(hub)
        made.finish(hub, theirs)
        assert_books_agree(made, hub)
        assert_books_agree(made, hub, tenant=other, connection=theirs, company=OTHER_REALM)
