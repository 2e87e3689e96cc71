"""Whom a record is linked to, and when a person is asked instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from tests.integration.killing.shop import customer, invoice, item, payment, total
from tests.integration.killing.world import World, assert_books_agree, fill, links, world
from tests.stage import REALM

from ledgerport.contract import Kind
from ledgerport.db import models
from ledgerport.db.models import IncomeAccount, Link, Task, TaskState
from ledgerport.db.repositories import open_work
from ledgerport.services.context import Hub


def at_the_provider(made: World, kind: str, **data: Any) -> str:
    """Create something over there as a person would; its id."""
    answer = made.sandbox.control("person", {"company": REALM, "action": "create", "kind": kind, "data": data})
    return str(answer["Id"])


def stuck(hub: Hub, kind: Kind) -> list[Task]:
    with hub.database.everything(read=True) as session:
        return list(session.scalars(select(Task).where(Task.kind == kind, Task.state == TaskState.BLOCKED)))


def origins(hub: Hub) -> list[str]:
    with hub.database.everything(read=True) as session:
        return sorted(session.scalars(select(Link.origin)))


def service(name: str) -> dict[str, Any]:
    return {"Name": name, "Type": "Service", "UnitPrice": 99, "IncomeAccountRef": {"value": "1"}}


def income_account(hub: Hub) -> str:
    with hub.database.everything(read=True) as session:
        found = session.scalars(select(IncomeAccount.income_account)).first()
    assert found
    return found


def test_an_item_whose_name_is_there_already_is_linked_and_gets_our_price(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        data = {**service("Item 1"), "IncomeAccountRef": {"value": income_account(hub)}}
        remote = at_the_provider(made, "Item", **data)
        fill(made, hub, [item(1), item(2)])
        made.finish(hub)
        assert remote in links(hub, made.connection, Kind.ITEM).values()
        assert origins(hub) == ["pushed", "recovered"]
        assert_books_agree(made, hub)


def test_a_customer_whose_name_a_vendor_has_waits_with_the_vendor_as_candidate(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        at_the_provider(made, "Vendor", DisplayName="Customer 1")
        fill(made, hub, [customer(1), customer(2), item(1), invoice(1)])
        made.finish(hub)
        (waiting,) = stuck(hub, Kind.CUSTOMER)
        assert "vendor" in waiting.reason
        assert "Customer 1" in waiting.reason
        assert [found["kind"] for found in waiting.reason_data["candidates"]] == ["vendor"]
        (held_up,) = stuck(hub, Kind.INVOICE)
        assert held_up.reason.startswith('Invoice 1001 waits for customer "Customer 1".')


def test_the_one_customer_with_the_same_email_is_linked_and_not_doubled(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        mail = {"Address": "CUSTOMER1@example.com"}
        remote = at_the_provider(made, "Customer", DisplayName="Somebody else's spelling", PrimaryEmailAddr=mail)
        fill(made, hub, [customer(1), customer(2), item(1), invoice(1)])
        made.finish(hub)
        assert remote in links(hub, made.connection, Kind.CUSTOMER).values()
        assert len(made.sandbox.ledger()["customers"]) == 2
        assert_books_agree(made, hub)


def test_several_customers_with_the_email_leave_the_choice_to_a_person(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        mail = {"Address": "customer1@example.com"}
        wanted = {at_the_provider(made, "Customer", DisplayName=name, PrimaryEmailAddr=mail) for name in ("A", "B")}
        fill(made, hub, [customer(1)])
        made.finish(hub)
        (waiting,) = stuck(hub, Kind.CUSTOMER)
        assert waiting.reason_code == "several_matches"
        assert {found["id"] for found in waiting.reason_data["candidates"]} == wanted
        assert len(made.sandbox.ledger()["customers"]) == 2


def test_two_customers_of_ours_with_one_email_never_share_an_object(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, [customer(1), customer(2, email="customer1@example.com")])
        made.finish(hub)
        assert_books_agree(made, hub)
        assert len(made.sandbox.ledger()["customers"]) == 2


def test_a_second_item_of_the_same_cleaned_name_gets_its_sku_appended(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, [item(1, name="TKO-\t813PB", sku="A1"), item(2, name="TKO- 813PB", sku="B2")])
        made.finish(hub)
        names = sorted(row["name"] for row in made.sandbox.ledger()["items"])
        assert names == ["TKO- 813PB", "TKO- 813PB (B2)"]
        assert len(links(hub, made.connection, Kind.ITEM)) == 2


def test_an_unmapped_item_holds_up_itself_its_invoice_and_the_payment_and_mapping_releases_all(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        with hub.database.everything() as session:
            account = session.scalars(select(IncomeAccount.income_account)).first()
            session.execute(delete(IncomeAccount).where(IncomeAccount.item_type == "product"))
        fill(made, hub, [customer(1), item(1), item(2, name="Drain snake 25 ft", type="product")])
        fill(made, hub, [invoice(1, lines=(1, 2)), payment(1, customer=1, parts={1: total(1, (1, 2))})])
        made.finish(hub)
        (waiting,) = stuck(hub, Kind.ITEM)
        assert waiting.reason == 'Item "Drain snake 25 ft" has no income account, so it waits. Map an account to it.'
        assert waiting.blocked_on == f"item:{waiting.record_id}"
        (held_up,) = stuck(hub, Kind.INVOICE)
        assert held_up.blocked_on == waiting.blocked_on
        assert held_up.reason.startswith('Invoice 1001 waits for item "Drain snake 25 ft".')
        assert [task.reason_code for task in stuck(hub, Kind.PAYMENT)] == ["waits_for"]

        with hub.database.everything() as session:
            session.add(
                IncomeAccount(
                    tenant_id=made.tenant,
                    connection_id=made.connection,
                    item_id=waiting.record_id,
                    income_account=account,
                )
            )
            cause = [f"item:{waiting.record_id}"]
            assert open_work.release(session, made.tenant, made.connection, cause, hub.clock.now()) == 2
        made.finish(hub)
        assert_books_agree(made, hub)


def test_an_object_deleted_over_there_waits_for_a_person(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, [customer(1), item(1), invoice(1)])
        made.finish(hub)
        (remote,) = links(hub, made.connection, Kind.INVOICE).values()
        gone = {"company": REALM, "action": "delete", "kind": "Invoice", "id": remote}
        made.sandbox.control("person", gone)
        fill(made, hub, [invoice(1, memo="changed")])
        made.finish(hub)
        (waiting,) = stuck(hub, Kind.INVOICE)
        assert waiting.reason_code == "gone"
        assert waiting.reason_data["action"] == "recreate"
        assert made.sandbox.ledger()["invoices"] == []
        with hub.database.everything(read=True) as session:
            assert session.scalars(select(Link.gone).where(Link.kind == Kind.INVOICE)).all() == [True]


def test_a_total_that_the_provider_sees_otherwise_is_kept_as_variance(tmp_path: Path) -> None:
    """A company with automatic sales tax puts its own tax on a taxable line."""
    with world(tmp_path) as made, made.hub() as hub:
        line = {"item": "I1", "quantity": "1", "unit_price": "100.00", "taxable": True}
        fill(made, hub, [customer(1), item(1, taxable=True), {**invoice(1), "lines": [line], "tax": "1.23"}])
        made.finish(hub)
        (row,) = made.sandbox.ledger()["invoices"]
        with hub.database.everything(read=True) as session:
            (link,) = session.scalars(select(Link).where(Link.kind == Kind.INVOICE))
            ours = session.scalars(select(models.Invoice.total)).one()
        assert f"{link.remote_total:.2f}" == row["total"]
        assert link.remote_total is not None
        assert link.variance == link.remote_total - ours
