"""What only Wave has, seen from the hub: a plan that lapses, cents of tax, lines without an item, voids that delete."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.killing.shop import customer, invoice, item, payment
from tests.integration.killing.world import World, assert_nothing_left, fill, world

from ledgerport.contract import Kind
from ledgerport.db import models
from ledgerport.db.models import Connection, ConnectionState, Link, Notice
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain
from ledgerport.services.void_invoice import void_invoice

TAXED = {"quantity": "1", "unit_price": "0.30", "taxable": True}


@pytest.fixture
def wave(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, "wave") as made:
        yield made


def taxed(number: int) -> dict[str, Any]:
    """Two lines of 0.30 with 0.05 of tax; Wave rounds 8.25 % of each down and bills 0.64."""
    lines = [{"item": "I1", **TAXED}, {"item": "I1", **TAXED}]
    return {**invoice(number), "lines": lines, "tax": "0.05"}


def variances(hub: Hub, connection: int) -> dict[str, Decimal]:
    with hub.database.everything(read=True) as session:
        rows = session.execute(select(Link.kind, Link.variance).where(Link.connection_id == connection)).all()
    return {row.kind: row.variance for row in rows if row.variance}


@pytest.mark.parametrize(("habit", "paid"), [("refuse", "0.64"), ("accept", "0.65")])
def test_an_invoice_that_wave_makes_a_cent_cheaper_is_paid_and_the_cent_is_kept(
    wave: World, habit: str, paid: str
) -> None:
    wave.sandbox.control("switches", {"overpayment": habit})
    with wave.hub() as hub:
        fill(wave, hub, [customer(1), item(1), taxed(1), payment(1, customer=1, parts={1: Decimal("0.65")})])
        wave.finish(hub)
        assert_nothing_left(hub, wave.connection)
        cents = variances(hub, wave.connection)
    assert cents[Kind.INVOICE] == Decimal("-0.01")
    assert cents.get(Kind.PAYMENT, Decimal(0)) == Decimal(paid) - Decimal("0.65")
    (row,) = wave.sandbox.ledger()["payments"]
    assert row["amount"] == paid


def test_a_line_without_an_item_is_billed_as_the_service_item(wave: World) -> None:
    line = {"description": "Emergency call", "quantity": "1", "unit_price": "95.00"}
    with wave.hub() as hub:
        fill(wave, hub, [customer(1), {**invoice(1), "lines": [line]}])
        wave.finish(hub)
        assert_nothing_left(hub, wave.connection)
    ledger = wave.sandbox.ledger()
    assert [row["name"] for row in ledger["items"]] == ["Service"]
    assert [row["total"] for row in ledger["invoices"]] == ["95.00"]


@pytest.mark.parametrize("fault", [None, "drop_after", "drop_before"])
def test_a_void_takes_the_invoice_out_of_the_books_also_when_its_answer_is_lost(wave: World, fault: str | None) -> None:
    with wave.hub() as hub:
        fill(wave, hub, [customer(1), item(1), invoice(1)])
        wave.finish(hub)
        if fault:
            wave.sandbox.fault(fault, match={"operation": "delete"})
        void_invoice(hub, tenant_id=wave.tenant, ref="INV1")
        wave.finish(hub)
        assert_nothing_left(hub, wave.connection)
    assert wave.sandbox.ledger()["invoices"] == []


def test_a_lapsed_plan_costs_no_login_and_everything_goes_on_once_it_is_renewed(wave: World) -> None:
    person = {"company": wave.sandbox.company}
    with wave.hub() as hub:
        fill(wave, hub, [customer(1)])
        wave.sandbox.control("switches", {"lapsed_refresh": "any"})
        wave.sandbox.control("person", {**person, "action": "lapse_plan"})
        wave.pass_time(timedelta(hours=3))
        for _ in range(5):
            wait_and_drain(wave, hub)
        with hub.database.everything(read=True) as session:
            told = [notice.text for notice in session.scalars(select(Notice)) if notice.closed_at is None]
            state = session.get_one(Connection, wave.connection).state
            grant = session.scalars(select(models.Grant)).one()
            assert grant.refresh_cipher is not None
        assert state == ConnectionState.ACTIVE
        assert any("renew the plan" in text for text in told)

        wave.sandbox.control("person", {**person, "action": "renew_plan"})
        wave.finish(hub)
        assert_nothing_left(hub, wave.connection)
        with hub.database.everything(read=True) as session:
            assert not [notice.text for notice in session.scalars(select(Notice)) if notice.closed_at is None]
    assert len(wave.sandbox.ledger()["customers"]) == 1


def wait_and_drain(wave: World, hub: Hub) -> None:
    """One drain, and the time until the next."""
    result = drain(hub, wave.connection)
    if result.due_at is not None:
        wave.pass_time(max(result.due_at - wave.clock.now(), timedelta(0)))
