"""A hub whose memory is on, for tests: the true client, the true Voyage sandbox, a true Chroma folder."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import select
from tests.factories import HandClock, ListQueue, make_tenant, migrated_home
from tests.stage import HTTP

from ledgerport import wiring
from ledgerport.contract import Clock, Kind
from ledgerport.db.models import MemoryEntry
from ledgerport.memory.chroma import ChromaIndex
from ledgerport.memory.port import Memory
from ledgerport.memory.prices import Limits
from ledgerport.memory.stores import FolderStore
from ledgerport.services.batch import Saved
from ledgerport.services.context import Hub
from ledgerport.services.memory.due import due_memories
from ledgerport.services.memory.embed_waiting import embed_waiting
from ledgerport.services.memory.mark_for_memory import GATHERED
from ledgerport.services.memory.memory_status import memory_status
from ledgerport.services.record_input import RecordInput, as_record
from ledgerport.services.save_records import save_records
from ledgerport.settings import MemorySettings, Settings
from ledgerport_sandbox.runner import Running
from ledgerport_sandbox.voyage.app import create_app


class _Nobody:
    """An embedder and an index that this test must never reach."""

    model = "voyage-3.5"
    dimension = 1024

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} must not be asked for here")

    def embed(self, texts: Sequence[str], *, purpose: str) -> NoReturn:
        raise AssertionError("nothing is to be embedded here")


def no_memory_needed() -> Memory:
    """A memory that is on, in a test where nothing may be embedded or looked up."""
    nobody = _Nobody()
    return Memory(embedder=nobody, index=nobody, threshold=0.35, limits=Limits())  # type: ignore[arg-type]


@dataclass
class VoyageDesk:
    """The Voyage sandbox, and what a test asks of it."""

    url: str

    def control(self, route: str, body: Mapping[str, Any] | None = None, method: str = "POST") -> Any:
        answer = HTTP.request(method, f"{self.url}/_sandbox/{route}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def fault(self, name: str, **more: Any) -> None:
        self.control("faults", {"name": name, **more})

    def heal(self) -> None:
        """No fault strikes any more."""
        self.control("faults", method="DELETE")

    def paid(self) -> Paid:
        """What was paid for since the sandbox started."""
        told = self.control("paid", method="GET")
        return Paid(**{name: told[name] for name in ("requests", "texts", "tokens", "again")})

    def settled(self) -> Paid:
        """What was paid for, once a request that a dead process had sent is answered, too."""
        before, now = None, self.paid()
        while now != before:
            threading.Event().wait(0.2)
            before, now = now, self.paid()
        return now

    def calls(self) -> int:
        """How many requests arrived, answered or not."""
        return int(self.control("calls", method="GET")["total"])


@dataclass(frozen=True, kw_only=True)
class Paid:
    """`again`: texts that had been paid for before."""

    requests: int
    texts: int
    tokens: int
    again: int


@contextmanager
def voyage() -> Iterator[VoyageDesk]:
    """A sandbox of Voyage in this process."""
    with Running(create_app()) as running:
        yield VoyageDesk(running.url)


def remembering_settings(home: Path, url: str, database_url: str = "", **more: Any) -> Settings:
    """Settings of a hub whose memory is on; `more` is of the memory's settings."""
    memory = {"api_key": SecretStr("pa-test"), "address": AnyHttpUrl(f"{url}/v1"), **more}
    if not database_url:
        migrated_home(home)
    return Settings(
        _env_file=None,
        home=home,
        database_url=database_url,
        vault_keys=[SecretStr("test:" + "A" * 43 + "=")],
        session_secret=SecretStr("s" * 64),
        plugins_allow=["none of the installed"],
        rag_billing_embed_enabled=True,
        memory=MemorySettings(**memory),
    )


@contextmanager
def remembering(settings: Settings, clock: Clock, *, own_process: bool = False) -> Iterator[Hub]:
    """A hub as a process that starts would build it, its messages kept in a list.

    Its index is the very one that a hub has in a process beside it; unless `own_process`, it is in this one, since
    loading Chroma anew takes longer than most tests.
    """
    built = wiring.build(settings, clock=clock)
    if not own_process:
        built = dataclasses.replace(built, memory=_in_this_process(built, settings))
    try:
        yield dataclasses.replace(built, queue=ListQueue())
    finally:
        wiring.close(built)


def _in_this_process(hub: Hub, settings: Settings) -> Memory | None:
    """The hub's memory, a folder's index in this process; a server's stays as it is."""
    if hub.memory is None or settings.memory.chroma_url is not None:
        return hub.memory
    store = FolderStore(Path(hub.memory.where))
    model, dimension = settings.memory.model, settings.memory.dimension
    return dataclasses.replace(hub.memory, index=ChromaIndex(store, model=model, dimension=dimension))


def shop(hub: Hub, *, invoices: int = 3, lines: int = 2, estimates: int = 0, things: int = 20, tenant: int = 0) -> int:
    """A tenant with sent documents; document n sells things n, n + 1 and so on. The tenant's id."""
    tenant = tenant or make_tenant(hub)
    records: list[tuple[str, RecordInput]] = [
        ("C-1", _record("customer", name="Jon Doe", type="business", address={"city": "Austin", "region": "TX"})),
        *(
            (
                f"T-{at}",
                _record(
                    "item",
                    name=f"{_NAMES[at % 7]} {at}",
                    type="service",
                    price=f"{100 + at}.00",
                    category="Plumbing",
                    cost=f"{50 + at}.00",
                ),
            )
            for at in range(things)
        ),
    ]
    for kind, count in (("invoice", invoices), ("estimate", estimates)):
        records += [
            (
                f"{kind[0].upper()}-{at}",
                _record(
                    kind,
                    number=f"{1000 + at}",
                    customer="C-1",
                    issued_on="2026-05-01",
                    status="SENT",
                    lines=[
                        {"item": f"T-{(at + line) % things}", "quantity": str(at + 1), "unit_price": "120.00"}
                        for line in range(lines)
                    ],
                ),
            )
            for at in range(count)
        ]
    for start in range(0, len(records), 500):
        saved = save_records(hub, tenant_id=tenant, records=records[start : start + 500])
        assert all(isinstance(one, Saved) for one in saved), saved
    return tenant


def embed(hub: Hub, tenant: int, *, rounds: int = 50) -> None:
    """Work as the scheduler and a worker do together, until nothing of this tenant is due; waits pass at once."""
    clock = hub.clock
    assert isinstance(clock, HandClock)
    clock.pass_time(GATHERED)
    for _ in range(rounds):
        if embed_waiting(hub, tenant) or tenant in due_memories(hub):
            continue
        status = memory_status(hub, tenant_id=tenant)
        if status.held_until is None or not status.waiting + status.leaving:
            return
        clock.pass_time(max(status.held_until - clock.now(), timedelta(0)))
    raise AssertionError(f"Still something due after {rounds} rounds: {memory_status(hub, tenant_id=tenant)}")


def entries(hub: Hub, tenant: int) -> list[tuple[str, str, str]]:
    """(kind, state, reason) of what the memory wants or has, in the order in which it was first wanted."""
    with hub.database.tenant(tenant, read=True) as session:
        rows = session.scalars(select(MemoryEntry).order_by(MemoryEntry.id))
        return [(str(row.kind), str(row.state), str(row.reason)) for row in rows]


def passages(hub: Hub, tenant: int) -> tuple[int, int]:
    """How many passages of documents and of lines the index has."""
    assert hub.memory is not None
    return hub.memory.index.count(tenant, "document"), hub.memory.index.count(tenant, "line")


_NAMES = ("Water heater", "Drain cleaning", "Sump pump", "Faucet", "Toilet", "Garbage disposal", "Shower valve")


def _record(kind: str, **data: Any) -> RecordInput:
    return as_record(Kind(kind), data)
