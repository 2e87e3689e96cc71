"""Edits, a void and a deletion whose answers get lost, at every provider: in the end the books show what we show."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.killing.failures import Fault, assert_all_struck, called
from tests.integration.killing.shop import customer, invoice, item, payment
from tests.integration.killing.world import fill, task_states, world
from tests.stage import PROVIDERS

from ledgerport.db.models import TaskState
from ledgerport.services.delete_payment import delete_payment
from ledgerport.services.void_invoice import void_invoice

LOST: list[Fault] = [
    {"name": "drop_before"},
    {"name": "drop_after"},
    {"name": "status", "status": 502, "body": "html", "applied": True},
]
ENTITIES = ["Customer", "Item", "Invoice", "Invoice", "Payment"]


@pytest.mark.parametrize("fault", LOST, ids=called)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_changes_arrive_although_the_answer_to_each_of_them_gets_lost(
    tmp_path: Path, provider: str, fault: Fault
) -> None:
    with world(tmp_path, provider, rate=60) as made, made.hub() as hub:
        paid = payment(1, customer=1, parts={1: Decimal("1.00")})
        fill(made, hub, [customer(1), item(1), item(2), *(invoice(number) for number in (1, 2, 3)), paid])
        made.finish(hub)
        for entity in ENTITIES:
            made.sandbox.fault(**fault, match={"entity": entity})
        fill(made, hub, [customer(1, name="Renamed"), item(1, price="9.99"), invoice(2, lines=(1, 2))])
        void_invoice(hub, tenant_id=made.tenant, ref="INV3")
        delete_payment(hub, tenant_id=made.tenant, ref="P1")
        made.finish(hub)
        assert_all_struck(made)
        assert task_states(hub, made.connection).keys() == {TaskState.DONE}
        ledger = made.sandbox.ledger()
    assert [row["name"] for row in ledger["customers"]] == ["Renamed"]
    assert {row["name"]: row["price"] for row in ledger["items"]} == {"Item 1": "9.99", "Item 2": "2.25"}
    # Voided: gone, or there with nothing on it.
    owed = {row["number"]: row["balance"] for row in ledger["invoices"] if not row["void"]}
    assert {number: owed[number] for number in owed if owed[number] != "0.00"} == {"1001": "1.25", "1002": "7.00"}
    assert [row for row in ledger["payments"] if not row["void"]] == []
