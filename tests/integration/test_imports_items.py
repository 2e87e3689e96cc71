"""Imports of items: what they keep, what they are linked to, and the code that invoices name them by."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import save
from tests.integration.import_books import Books, books, item

from ledgerport.contract import Kind
from ledgerport.db.models import (
    Item,
    NameClaim,
    Task,
    TaskState,
)


@pytest.fixture
def here(tmp_path: Path) -> Books:
    return books(tmp_path)


def test_items_keep_type_cost_price_tax_and_their_code_over_there(here: Books) -> None:
    here.plugin.items = [item("i1", "Drain snake", price="19.99", cost="8.5", taxable=True, sku="DS-25", code="DS-25")]
    here.bring(Kind.ITEM)
    with here.hub.database.tenant(here.tenant, read=True) as session:
        saved = session.scalars(select(Item)).one()
        claim = session.scalars(select(NameClaim).where(NameClaim.kind == "item_code")).one()
    assert (saved.ref, saved.type, str(saved.price), str(saved.cost), saved.taxable) == (
        "PB-i1",
        "service",
        "19.99",
        "8.50",
        True,
    )
    assert (claim.record_id, claim.name) == (saved.id, "DS-25")
    assert here.links(Kind.ITEM) == {"i1": "imported"}


def test_an_item_of_ours_is_linked_by_its_name_or_sku_and_invoices_name_its_code(here: Books) -> None:
    here.picky.book_services()
    save(here.hub, here.tenant, "item", "P-1", name="Drain Snake", type="service")
    save(here.hub, here.tenant, "item", "P-2", name="Other", type="service", sku="valve-1")
    here.plugin.items = [
        item("i1", "drain snake", code="SNAKE"),
        item("i2", "Brass valve", sku="VALVE-1", code="VALVE-1"),
    ]
    done = here.bring(Kind.ITEM)
    assert (done.created, done.linked) == (0, 2)
    here.picky.save(
        {"kind": "customer", "ref": "C-1", "name": "Jon Doe"},
        {
            "kind": "invoice",
            "ref": "INV-1",
            "number": "1",
            "customer": "C-1",
            "issued_on": "2026-05-01",
            "lines": [{"item": "P-1", "quantity": "1", "unit_price": "5.00"}],
        },
    )
    here.picky.drain()
    pushed = [push.value for pushes in here.plugin.requests for push in pushes]
    lines = next(value.lines for value in pushed if hasattr(value, "lines"))
    assert (lines[0].item_code, lines[0].item.remote_id) == ("SNAKE", "i1")


def test_an_item_that_waited_for_a_code_gives_it_up_to_the_one_that_has_it(here: Books) -> None:
    save(here.hub, here.tenant, "item", "P-9", name="Unsent", type="service", sku="DS-25")
    with here.hub.database.tenant(here.tenant) as session:
        mine = session.scalars(select(Item)).one().id
        claim = {"connection_id": here.picky.connection, "kind": "item_code", "record_id": mine}
        session.add(NameClaim(tenant_id=here.tenant, **claim, name="DS-25", name_key="ds-25", source="DS-25"))
    here.plugin.items = [item("i1", "Drain snake", code="DS-25")]
    here.bring(Kind.ITEM)
    with here.hub.database.tenant(here.tenant, read=True) as session:
        assert [claim.record_id for claim in session.scalars(select(NameClaim))] != [mine]
        assert session.scalars(select(Task).where(Task.state == TaskState.WAITING)).one().record_id == mine
