"""Small builders of hubs, tenants, connections and records for tests of services and doors."""

from __future__ import annotations

import atexit
import secrets
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from ledgerport.contract import (
    Clock,
    Idempotency,
    KeyTrust,
    Kind,
    KindTerms,
    Limit,
    OAuthTerms,
    ProviderTerms,
    hookimpl,
)
from ledgerport.db.migrate import upgrade
from ledgerport.db.models import Base, Connection, ConnectionState, Link, Task, TaskState, Tenant
from ledgerport.db.session import Database, open_engine
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.host import Host, Provider, Quarantined
from ledgerport.queue import Depth
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.record_input import as_record
from ledgerport.services.save_records import save_record
from ledgerport.vault import Vault

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that a test moves by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()

    def pass_time(self, span: timedelta) -> None:
        self.at += span


@dataclass
class ListQueue:
    """A queue that keeps its messages, so that a test can read them."""

    messages: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, job: str, *ids: int) -> None:
        self.messages.append((job, *ids))

    def depth(self) -> Depth:
        return Depth(waiting=len(self.messages), later=0, given_up=0)


class Books:
    """A plugin with terms and the hooks they promise; these tests never let it be asked."""

    def __init__(self, slug: str) -> None:
        self.terms = terms(slug)

    @hookimpl
    def provider_terms(self) -> ProviderTerms:
        return self.terms


def terms(slug: str) -> ProviderTerms:
    return ProviderTerms(
        slug=slug,
        label=slug.capitalize(),
        color="#336699",
        api_url=f"https://api.{slug}.example",
        kinds={kind: KindTerms(needs_income_account=kind is Kind.ITEM) for kind in Kind},
        limits=(Limit(count=100, per=timedelta(minutes=1)),),
        concurrency=1,
        idempotency=Idempotency(trust=KeyTrust.REPEAT, lifetime=timedelta(hours=1)),
        oauth=OAuthTerms(authorize_url=f"https://{slug}.example/authorize", token_url=f"https://{slug}.example/token"),
        contract=(1, 1),
        object_urls={Kind.INVOICE: f"https://app.{slug}.example/invoices/{{id}}"},
    )


def make_hub(database_url: str, *, clock: Clock | None = None) -> Hub:
    """A hub over a migrated database, with two providers (`alpha`, `beta`) installed and one in quarantine."""
    engine = open_engine(database_url, pool_size=5)
    migrate(engine)
    clock = clock or HandClock()
    return Hub(
        database=Database(engine),
        clock=clock,
        host=Host(
            [Provider(terms(slug), Books(slug), f"ledgerport-{slug} 1.0", 5.0) for slug in ("alpha", "beta")],
            [Quarantined(name="gamma", distribution="ledgerport-gamma 1.2", reason="it needs contract 2")],
        ),
        vault=Vault({"k1": secrets.token_bytes(32)}),
        queue=ListQueue(),
        limiter=MemoryLimiter(clock),
        wire=httpx.MockTransport(refuse),
        apps={
            slug: ProviderApp(client_id=f"{slug}-id-1234567890", client_secret=SecretStr(f"{slug}-secret-1234567890"))
            for slug in ("alpha", "beta")
        },
        public_url="http://127.0.0.1:8080",
        session_secret=SecretStr(secrets.token_hex(32)),
        owner="test",
        request_seconds=5.0,
    )


_MIGRATED: set[str] = set()


def migrate(engine: Engine) -> None:
    """The newest schema.

    SQLite gets a copy of one migrated file, a server's database is migrated once: that is most of a test's time.
    """
    url = engine.url.render_as_string(hide_password=False)
    if engine.dialect.name == "sqlite":
        with sqlite3.connect(_template()) as source, sqlite3.connect(engine.url.database or "") as target:
            source.backup(target)
        source.close()
        target.close()
    elif url not in _MIGRATED:
        upgrade(engine)
        _MIGRATED.add(url)


def migrated_home(home: Path) -> Path:
    """A hub's home folder whose embedded database is at the newest schema already; one that is there is left alone."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (home / "ledgerport.db").exists():
        shutil.copyfile(_template(), home / "ledgerport.db")
    return home


@cache
def _template() -> str:
    folder = tempfile.mkdtemp(prefix="ledgerport-schema-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    engine = open_engine(f"sqlite:///{folder}/schema.db", pool_size=1)
    upgrade(engine)
    engine.dispose()
    return f"{folder}/schema.db"


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.method} {request.url} must not be called here")


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledgerport.db'}"


def messages(hub: Hub) -> list[tuple[Any, ...]]:
    """What was queued since the last look."""
    assert isinstance(hub.queue, ListQueue)
    sent, hub.queue.messages = hub.queue.messages, []
    return sent


def make_tenant(hub: Hub, slug: str = "", *, currency: str = "USD", promote_drafts: bool = True) -> int:
    with hub.database.everything() as session:
        slug = slug or f"t-{secrets.token_hex(4)}"
        tenant = Tenant(
            slug=slug, name=slug, currency=currency, promote_drafts=promote_drafts, created_at=hub.clock.now()
        )
        session.add(tenant)
        session.flush()
        return tenant.id


def make_connection(hub: Hub, tenant_id: int, provider: str = "alpha", **more: Any) -> int:
    with hub.database.tenant(tenant_id) as session:
        values: dict[str, Any] = {
            "state": ConnectionState.ACTIVE,
            "company_id": "9130",
            "company_name": "Blue Plumbing LLC",
            "currency": "USD",
        }
        connection = Connection(
            tenant_id=tenant_id,
            uid=secrets.token_hex(8),
            provider=provider,
            state_since=hub.clock.now(),
            created_at=hub.clock.now(),
            **{**values, **more},
        )
        session.add(connection)
        session.flush()
        return connection.id


def save(hub: Hub, tenant_id: int, kind: str, ref: str, **data: Any) -> Any:
    """Save one record as a PUT would; fields a kind cannot do without have defaults."""
    return save_record(hub, tenant_id=tenant_id, ref=ref, record=as_record(Kind(kind), {**DEFAULTS[kind], **data}))


DEFAULTS: dict[str, dict[str, Any]] = {
    "customer": {"name": "Jon Doe"},
    "item": {"name": "Drain snake 25 ft", "type": "product", "price": "19.99"},
    "invoice": {
        "number": "1001",
        "customer": "C-1",
        "issued_on": "2026-05-01",
        "lines": [{"description": "Work", "quantity": "1", "unit_price": "100.00"}],
    },
    "estimate": {
        "number": "E-1001",
        "customer": "C-1",
        "issued_on": "2026-05-01",
        "lines": [{"description": "Work", "quantity": "1", "unit_price": "100.00"}],
    },
    "payment": {"customer": "C-1", "paid_on": "2026-05-04", "amount": "100.00", "method": "check"},
}


def link(hub: Hub, tenant_id: int, connection_id: int, kind: str, record_id: int, remote_id: str, **more: Any) -> None:
    """Say that a record is in the books, as a drain would, and close its open tasks."""
    with hub.database.tenant(tenant_id) as session:
        session.add(
            Link(
                tenant_id=tenant_id,
                connection_id=connection_id,
                kind=Kind(kind),
                record_id=record_id,
                remote_id=remote_id,
                **{"origin": "pushed", "synced_at": hub.clock.now(), **more},
            )
        )
        for task in session.scalars(select(Task).where(Task.kind == kind, Task.record_id == record_id)):
            task.state = TaskState.DONE


def tasks(hub: Hub, tenant_id: int) -> list[tuple[str, int, str, str]]:
    """(kind, record id, op, state) of every task, in the order in which they were opened."""
    with hub.database.tenant(tenant_id, read=True) as session:
        found = session.scalars(select(Task).order_by(Task.id)).all()
        return [(str(task.kind), task.record_id, str(task.op), str(task.state)) for task in found]


def set_tasks(hub: Hub, tenant_id: int, **values: Any) -> None:
    """Give every task of a tenant these values, as a drain might."""
    with hub.database.tenant(tenant_id) as session:
        for task in session.scalars(select(Task)):
            for name, value in values.items():
                setattr(task, name, value)


def count(hub: Hub, tenant_id: int, model: type[Base]) -> int:
    with hub.database.tenant(tenant_id, read=True) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0
