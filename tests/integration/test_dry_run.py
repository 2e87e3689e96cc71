"""A dry run shows what a sync would ask of a provider, and neither the sandbox nor our database hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.stage import (
    CLIENT,
    PROVIDERS,
    Sandbox,
    connect,
    drain_dry,
    hub_for,
    load,
    make_tenant,
    map_defaults,
    settings_for,
)

from ledgerport.contract import Kind, ScaledClock
from ledgerport.db.models import Base, Connection, ConnectionState, Tenant
from ledgerport.services.context import Hub
from ledgerport.services.dry_run import DryRequest, DryRun, dry_run
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.switch_provider import switch_provider
from ledgerport_sandbox import Running
from ledgerport_sandbox import load as load_sandbox

MORNING = datetime(2026, 10, 1, 9, tzinfo=UTC)
# Of every kind one that is in the books, and one more customer and item that are not.
IN_THE_BOOKS: list[dict[str, Any]] = [
    {"kind": "customer", "ref": "C-1", "name": "Jon Doe", "email": "jon@example.com"},
    {"kind": "item", "ref": "I-1", "name": "Drain snake 25 ft", "type": "service", "price": "105.10"},
    {
        "kind": "invoice",
        "ref": "INV-1",
        "number": "INV-1",
        "customer": "C-1",
        "issued_on": "2026-09-30",
        "status": "SENT",
        "lines": [{"item": "I-1", "quantity": "1", "unit_price": "105.10"}],
    },
    {
        "kind": "payment",
        "ref": "P-1",
        "customer": "C-1",
        "paid_on": "2026-09-30",
        "amount": "5.10",
        "method": "check",
        "allocations": [{"invoice": "INV-1", "amount": "5.10"}],
    },
]
NEW: list[dict[str, Any]] = [
    {"kind": "customer", "ref": "C-2", "name": "Ada Lane", "email": "ada@example.com"},
    {"kind": "item", "ref": "I-2", "name": "Hydro jetting", "type": "service", "price": "350.00"},
    {**IN_THE_BOOKS[2], "ref": "INV-2", "number": "INV-2", "lines": [{**IN_THE_BOOKS[2]["lines"][0], "quantity": "2"}]},
    {**IN_THE_BOOKS[2], "ref": "INV-3", "number": "INV-3", "customer": "C-2"},
    {**IN_THE_BOOKS[2], "ref": "INV-4", "number": "INV-4", "status": "DRAFT"},
    {**IN_THE_BOOKS[3], "ref": "P-2", "amount": "100.00", "allocations": [{"invoice": "INV-1", "amount": "100.00"}]},
]


@dataclass
class Desk:
    """A connected company with one record of each kind in the books."""

    provider: str
    hub: Hub
    sandbox: Sandbox
    tenant_id: int
    connection_id: int

    def dry(self, kind: Kind, ref: str, *, with_reads: bool = False) -> DryRun:
        return dry_run(
            self.hub, tenant_id=self.tenant_id, provider=self.provider, kind=kind, ref=ref, with_reads=with_reads
        )

    def calls(self) -> Any:
        return self.sandbox.calls()

    def rows(self) -> dict[str, list[Any]]:
        """Everything in our database, but what reading signed in may renew."""
        with self.hub.database.everything(read=True) as session:
            return {
                table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
                for table in Base.metadata.sorted_tables
                if table.name not in ("grants", "schedules")
            }

    def token(self) -> str:
        with self.hub.database.everything(read=True) as session:
            grant_id = session.get_one(Connection, self.connection_id).grant_id
        assert grant_id is not None
        return access_token(self.hub, tenant_id=self.tenant_id, grant_id=grant_id).value.get_secret_value()


@pytest.fixture(scope="module", params=PROVIDERS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    provider: str = request.param
    home: Path = tmp_path_factory.mktemp(provider)
    with Running(load_sandbox(provider)) as running:
        sandbox = Sandbox(running.url, provider)
        clock = ScaledClock(rate=20, at=MORNING)
        sandbox.control("clock", {"rate": clock.rate, "at": clock.at.timestamp(), "since": clock.since})
        with hub_for(settings_for(home, running.url, provider=provider), clock) as hub:
            tenant_id = make_tenant(hub)
            connection_id = connect(hub, sandbox, tenant_id)
            map_defaults(hub, tenant_id, connection_id)
            assert load(hub, tenant_id, IN_THE_BOOKS).created == len(IN_THE_BOOKS)
            drain_dry(hub, connection_id)
            with hub.database.everything() as session:
                session.get_one(Tenant, tenant_id).promote_drafts = False
            assert load(hub, tenant_id, NEW).created == len(NEW)
            yield Desk(provider, hub, sandbox, tenant_id, connection_id)


def requests_of(run: DryRun) -> list[DryRequest]:
    return [request for part in run.parts for step in part.steps for request in step.requests]


def ends_of(run: DryRun) -> list[str]:
    return [step.end for part in run.parts for step in part.steps]


@pytest.mark.parametrize(
    ("kind", "ref"),
    [
        (Kind.CUSTOMER, "C-2"),
        (Kind.ITEM, "I-2"),
        (Kind.INVOICE, "INV-2"),
        (Kind.INVOICE, "INV-1"),
        (Kind.PAYMENT, "P-1"),
        (Kind.PAYMENT, "P-2"),
    ],
)
def test_a_dry_run_shows_requests_and_neither_side_hears_of_it(desk: Desk, kind: Kind, ref: str) -> None:
    calls, rows = desk.calls(), desk.rows()
    run = desk.dry(kind, ref)
    assert requests_of(run)
    assert all(request.status is None for request in requests_of(run))
    assert all(end.startswith("Not sent") for end in ends_of(run)), ends_of(run)
    assert desk.calls() == calls
    assert desk.rows() == rows


def test_two_dry_runs_of_a_record_are_alike(desk: Desk) -> None:
    assert desk.dry(Kind.INVOICE, "INV-2") == desk.dry(Kind.INVOICE, "INV-2")


@pytest.mark.parametrize(("kind", "ref"), [(Kind.CUSTOMER, "C-2"), (Kind.INVOICE, "INV-2"), (Kind.PAYMENT, "P-2")])
def test_with_reads_only_what_reads_is_sent_and_no_request_shows_how_it_signed_in(
    desk: Desk, kind: Kind, ref: str
) -> None:
    rows, ledger = desk.rows(), desk.sandbox.ledger()
    run = desk.dry(kind, ref, with_reads=True)
    *reads, last = requests_of(run)
    assert all(request.read and request.status == 200 for request in reads), reads
    assert not last.read
    assert last.status is None
    assert ends_of(run)[-1] == "Not sent: a dry run ends with the first write."
    assert desk.sandbox.ledger() == ledger
    assert desk.rows() == rows
    shown = repr(run)
    assert "authorization" not in shown.lower()
    assert desk.token() not in shown
    assert CLIENT[1] not in shown


def test_a_record_that_needs_another_one_first_says_which_and_how_to_look_at_it(desk: Desk) -> None:
    with pytest.raises(Conflict, match=r"Invoice INV-3 needs customer C-2 in .* first") as told:
        desk.dry(Kind.INVOICE, "INV-3")
    assert "--kind customer C-2" in told.value.next_step


def test_a_draft_and_a_record_that_does_not_exist_are_told_apart(desk: Desk) -> None:
    with pytest.raises(Conflict, match="Invoice INV-4 is a draft"):
        desk.dry(Kind.INVOICE, "INV-4")
    with pytest.raises(NotFound, match="There is no invoice INV-99"):
        desk.dry(Kind.INVOICE, "INV-99")


def test_a_record_that_would_not_be_sent_says_so_and_shows_a_resync(desk: Desk) -> None:
    run = desk.dry(Kind.INVOICE, "INV-1")
    assert run.parts[0].remote_id
    assert any("a sync would send nothing" in note for note in run.notes)


def test_a_provider_that_is_turned_off_is_not_asked(desk: Desk) -> None:
    switch(desk, on=False)
    try:
        with pytest.raises(Conflict, match="Your operator has turned"):
            desk.dry(Kind.CUSTOMER, "C-2")
    finally:
        switch(desk, on=True)


def test_a_lost_sign_in_stops_reads_and_not_a_look_at_the_requests(desk: Desk) -> None:
    in_state(desk, ConnectionState.NEEDS_RECONNECTION)
    try:
        run = desk.dry(Kind.INVOICE, "INV-2")
        assert requests_of(run)
        assert any("Reconnect required" in note for note in run.notes)
        with pytest.raises(Conflict, match="Reconnect required"):
            desk.dry(Kind.INVOICE, "INV-2", with_reads=True)
    finally:
        in_state(desk, ConnectionState.ACTIVE)


def test_what_a_dry_run_shows_is_what_a_sync_then_sends(desk: Desk) -> None:
    """Last in the module: it brings everything into the books."""
    drain_dry(desk.hub, desk.connection_id)
    load(desk.hub, desk.tenant_id, [{**NEW[2], "ref": "INV-9", "number": "INV-9"}])
    shown = requests_of(desk.dry(Kind.INVOICE, "INV-9", with_reads=True))[-1]
    listening = Listening(desk.hub.wire)
    drain_dry(replace(desk.hub, wire=listening), desk.connection_id)
    sent = [seen for seen in listening.seen if seen.headers.get("content-length") and b"INV-9" in seen.content]
    assert len(sent) == 1
    assert (sent[0].method, sent[0].url.copy_with(query=None), sent[0].content.decode()) == (
        shown.method,
        httpx.URL(shown.address).copy_with(query=None),
        shown.body,
    )
    assert set(sent[0].headers) - set(shown.headers) == {"authorization"}


def switch(desk: Desk, *, on: bool) -> None:
    switch_provider(desk.hub, tenant_id=desk.tenant_id, provider=desk.provider, enabled=on, by="test")


def in_state(desk: Desk, state: ConnectionState) -> None:
    with desk.hub.database.everything() as session:
        session.get_one(Connection, desk.connection_id).state = state


class Listening(httpx.BaseTransport):
    """Passes every request on and keeps it."""

    def __init__(self, wire: httpx.BaseTransport) -> None:
        self._wire = wire
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        return self._wire.handle_request(request)
