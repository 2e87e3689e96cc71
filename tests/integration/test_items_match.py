"""Items that are in the books already under their name or SKU: linked before they are created a second time."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import ListQueue
from tests.stage import PROVIDERS, Sandbox, connect, drain_dry, hub_for, load, make_tenant, map_defaults, settings_for

from ledgerport.contract import Kind
from ledgerport.db.models import Link, Task, TaskState
from ledgerport.services.context import Hub
from ledgerport.services.show_records import show_record
from ledgerport_sandbox import Running
from ledgerport_sandbox import load as load_sandbox

THERE: list[dict[str, Any]] = [
    {"kind": "item", "ref": "A-1", "name": "Drain snake 25 ft", "type": "service", "price": "10.00"},
    {"kind": "item", "ref": "A-2", "name": "Wax ring", "type": "product", "price": "3.00"},
]
HERE: list[dict[str, Any]] = [
    {"kind": "customer", "ref": "C-1", "name": "Jon Doe"},
    {"kind": "item", "ref": "P-1", "name": "drain snake 25 FT", "type": "service", "price": "21.62"},
    {"kind": "item", "ref": "P-2", "name": "Valve", "type": "product", "price": "4.00"},
    {
        "kind": "invoice",
        "ref": "I-1",
        "number": "INV-9001",
        "customer": "C-1",
        "issued_on": "2026-05-01",
        "lines": [{"item": "P-1", "quantity": "2", "unit_price": "21.62"}],
    },
]


def tenant_with_books(hub: Hub, sandbox: Sandbox) -> tuple[int, int]:
    tenant = make_tenant(hub)
    connection = connect(hub, sandbox, tenant)
    map_defaults(hub, tenant, connection)
    return tenant, connection


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_item_that_is_there_under_its_name_is_linked_and_not_doubled(tmp_path: Path, provider: str) -> None:
    with Running(load_sandbox(provider)) as running:
        sandbox = Sandbox(running.url, provider)
        # Two hubs do not know of each other's calls.
        sandbox.control("limits", {"enabled": False})
        with hub_for(settings_for(tmp_path / "a", running.url, provider=provider)) as hub:
            tenant, connection = tenant_with_books(hub, sandbox)
            load(hub, tenant, THERE)
            drain_dry(hub, connection)
        names = sorted(row["name"] for row in sandbox.ledger()["items"])
        assert {"Drain snake 25 ft", "Wax ring"} <= set(names)
        with hub_for(settings_for(tmp_path / "b", running.url, provider=provider)) as built:
            hub = dataclasses.replace(built, queue=ListQueue())
            tenant, connection = tenant_with_books(hub, sandbox)
            load(hub, tenant, HERE)
            drain_dry(hub, connection)

            with hub.database.tenant(tenant, read=True) as session:
                assert session.scalars(select(Task.reason).where(Task.state != TaskState.DONE)).all() == []
                links = session.scalars(select(Link).where(Link.kind == Kind.ITEM)).all()
                assert sorted(link.origin for link in links if link.origin != "pushed") in (["matched"], ["recovered"])
            now = sorted(row["name"] for row in sandbox.ledger()["items"])
            assert len(now) == len(names) + 1
            assert [name for name in now if name.casefold() == "drain snake 25 ft"] == ["drain snake 25 FT"]
            invoice = show_record(hub, tenant_id=tenant, kind=Kind.INVOICE, ref="I-1")
            assert [book.state for book in invoice.books] == ["synced"]


@pytest.mark.parametrize("provider", ["freshbooks", "wave", "xero"])
def test_two_over_there_of_one_name_are_a_persons_choice(tmp_path: Path, provider: str) -> None:
    with Running(load_sandbox(provider)) as running:
        sandbox = Sandbox(running.url, provider)
        sandbox.control("limits", {"enabled": False})
        for folder in ("a", "b"):
            with hub_for(settings_for(tmp_path / folder, running.url, provider=provider)) as hub:
                tenant, connection = tenant_with_books(hub, sandbox)
                # Made under another name and renamed, so that nobody finds it by the one it ends up with.
                for name in (f"Snake {folder}", "Drain snake 25 ft"):
                    load(hub, tenant, [{**THERE[0], "ref": f"{folder}-1", "name": name}])
                    drain_dry(hub, connection)
        before = len(sandbox.ledger()["items"])
        with hub_for(settings_for(tmp_path / "c", running.url, provider=provider)) as hub:
            tenant, connection = tenant_with_books(hub, sandbox)
            load(hub, tenant, HERE[1:2])
            drain_dry(hub, connection)

            with hub.database.tenant(tenant, read=True) as session:
                (task,) = session.scalars(select(Task).where(Task.kind == Kind.ITEM)).all()
            assert (task.state, task.reason_code) == (TaskState.BLOCKED, "several_matches")
            assert "2 items in" in task.reason
            assert "have this name or SKU" in task.reason
            assert len(sandbox.ledger()["items"]) == before
