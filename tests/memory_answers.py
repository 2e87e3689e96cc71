"""A plumbing company whose memory is filled, for tests of answers and doors: the true client, the Voyage sandbox, a
Chroma folder. Amounts are easy to recognise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from tests.factories import HandClock, make_hub, make_tenant, save, sqlite_url

from ledgerport.engine.retry_after import retry_after
from ledgerport.memory.chroma import ChromaIndex
from ledgerport.memory.port import Memory
from ledgerport.memory.prices import limits_of
from ledgerport.memory.stores import FolderStore
from ledgerport.memory.voyage import VoyageEmbedder
from ledgerport.services.context import Hub
from ledgerport.services.memory.embed_waiting import embed_waiting
from ledgerport_sandbox import Running
from ledgerport_sandbox.voyage.app import create_app

MODEL, DIMENSION = "voyage-3.5", 256
_HEATER = {"name": "Install water heater", "type": "service", "category": "Labour", "price": "420.00", "cost": "280.00"}
_FAUCET = {"name": "Kitchen faucet chrome", "type": "product", "category": "Fixtures", "price": "150.00"}
_DRAIN = {"name": "Drain snake 25 ft", "type": "product", "category": "Tools", "price": "19.99", "cost": "10.00"}


@contextmanager
def voyage() -> Iterator[str]:
    """A running Voyage sandbox: its origin."""
    with Running(create_app()) as sandbox:
        yield sandbox.url


def control(voyage_url: str, route: str, body: Any = None, method: str = "POST") -> Any:
    """Call one of the sandbox's control routes."""
    answer = httpx.request(method, f"{voyage_url}/_sandbox/{route}", json=body, timeout=10, trust_env=False)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def memory(folder: Path, voyage_url: str, *, key: str = "good-key", seconds: float = 10.0) -> Memory:
    store = FolderStore(folder / "vectors")
    return Memory(
        embedder=VoyageEmbedder(
            api_key=SecretStr(key),
            model=MODEL,
            dimension=DIMENSION,
            seconds=seconds,
            pause_in=retry_after,
            address=f"{voyage_url}/v1",
        ),
        index=ChromaIndex(store, model=MODEL, dimension=DIMENSION),
        threshold=0.35,
        limits=limits_of(MODEL),
        where=store.where,
    )


@contextmanager
def remembering(folder: Path, voyage_url: str, database_url: str = "") -> Iterator[Hub]:
    """A hub with its memory on and nothing in it."""
    hub = dataclasses.replace(make_hub(database_url or sqlite_url(folder)), memory=memory(folder, voyage_url))
    try:
        yield hub
    finally:
        if hub.memory is not None:
            hub.memory.close()
        hub.database.close()


def remember(hub: Hub, tenant: int) -> None:
    """Embed what waits, as the job does."""
    assert isinstance(hub.clock, HandClock)
    hub.clock.pass_time(timedelta(seconds=5))
    embed_waiting(hub, tenant)


def plumber(hub: Hub, slug: str = "blue") -> int:
    """Four invoices, an estimate and a draft, remembered: three water heaters were fitted for 400, 420 and 460, one was
    offered for 999."""
    tenant = make_tenant(hub, slug, promote_drafts=False)
    save(hub, tenant, "customer", "C-1", name="Ann Reed", type="homeowner")
    save(hub, tenant, "customer", "C-2", name="Smile Dental Clinic", type="business")
    for ref, item in (("HEATER", _HEATER), ("FAUCET", _FAUCET), ("DRAIN", _DRAIN)):
        save(hub, tenant, "item", ref, **item)
    invoice(hub, tenant, "I-1", "C-1", "2026-01-10", [("HEATER", "400.00"), ("FAUCET", "150.00")])
    invoice(hub, tenant, "I-2", "C-2", "2026-02-10", [("DRAIN", "19.99"), ("HEATER", "420.00")])
    invoice(hub, tenant, "I-3", "C-1", "2026-04-10", [("HEATER", "460.00")])
    invoice(hub, tenant, "I-4", "C-1", "2026-04-11", [("FAUCET", "160.00")])
    invoice(hub, tenant, "I-5", "C-1", "2026-04-12", [("HEATER", "777.00")], status="DRAFT")
    save(
        hub,
        tenant,
        "estimate",
        "E-1",
        number="EST-1",
        status="SENT",
        customer="C-2",
        issued_on="2026-04-20",
        lines=[line("HEATER", "999.00")],
    )
    remember(hub, tenant)
    return tenant


def invoice(
    hub: Hub, tenant: int, ref: str, customer: str, day: str, lines: list[tuple[str, str]], **more: Any
) -> None:
    """An invoice of items at prices, sent unless said otherwise; its number is `N` and the ref."""
    values = {"status": "SENT", "number": f"N{ref}", "customer": customer, "issued_on": day, **more}
    save(hub, tenant, "invoice", ref, lines=[line(item, price) for item, price in lines], **values)


def line(item: str, price: str, quantity: str = "1") -> dict[str, Any]:
    return {"item": item, "description": "", "quantity": quantity, "unit_price": price}
