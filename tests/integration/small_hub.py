"""A hub with one small provider, over any database, for tests of timers and actors."""

from __future__ import annotations

import base64
import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from tests.factories import migrated_home

from ledgerport import wiring
from ledgerport.contract import Clock, Idempotency, KeyTrust, Limit, OAuthTerms, ProviderTerms
from ledgerport.db.models import Connection, ConnectionState, Grant, Tenant
from ledgerport.host import Host, Provider
from ledgerport.queue import Queue
from ledgerport.services.context import Hub
from ledgerport.settings import Settings

TERMS = ProviderTerms(
    slug="acme",
    label="Acme Books",
    color="#123456",
    api_url="https://api.acme.example",
    kinds={},
    limits=(Limit(count=100, per=timedelta(minutes=1)),),
    concurrency=4,
    idempotency=Idempotency(trust=KeyTrust.NONE),
    oauth=OAuthTerms(authorize_url="https://acme.example/a", token_url="https://acme.example/t"),
    contract=(1, 1),
)


class Plugin:
    """Declares the provider; nothing is asked of it here."""


class Outgoing(Queue):
    """Keeps what was sent, and when (seconds of the machine since 1970)."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []
        self.times: list[float] = []
        self._more = threading.Condition()

    def add(self, job: str, *ids: int) -> None:
        with self._more:
            self.times.append(time.time())
            self.sent.extend((job, row_id) for row_id in ids)
            self._more.notify_all()

    def wait_for(self, count: int, seconds: float) -> bool:
        """Whether so many messages were sent before the time was up."""
        with self._more:
            return self._more.wait_for(lambda: len(self.sent) >= count, timeout=seconds)


@contextmanager
def small_hub(
    home: Path, database_url: str = "", *, clock: Clock | None = None, queue: Queue | None = None
) -> Iterator[Hub]:
    """A hub whose only provider is `acme`; embedded when there is no `database_url`."""
    if not database_url:
        migrated_home(home)
    settings = Settings(
        home=home,
        database_url=database_url,
        vault_keys=[SecretStr("test:" + base64.b64encode(bytes(32)).decode())],
        session_secret=SecretStr("a session secret of the tests"),
        plugins_allow=["none of the installed"],
    )
    built = wiring.build(settings, clock=clock)
    hub = dataclasses.replace(built, host=Host([Provider(TERMS, Plugin(), "tests", 5.0)]), queue=queue or built.queue)
    try:
        yield hub
    finally:
        wiring.close(built)


def connected(hub: Hub, *, due_in: float | None = 0.0, provider: str = "acme", **fields: Any) -> int:
    """The id of a connection of a new tenant, due in so many seconds of the hub's clock."""
    now = hub.clock.now()
    with hub.database.everything() as session:
        tenant = Tenant(slug=uuid.uuid4().hex, name="Acme Plumbing", currency="USD", created_at=now)
        session.add(tenant)
        session.flush()
        grant = Grant(tenant_id=tenant.id, provider=provider, created_at=now)
        session.add(grant)
        session.flush()
        values: dict[str, Any] = {
            "state": ConnectionState.ACTIVE,
            "due_at": None if due_in is None else now + timedelta(seconds=due_in),
            "grant_id": grant.id,
            "company_id": "7",
            **fields,
        }
        connection = Connection(
            tenant_id=tenant.id,
            uid=uuid.uuid4().hex,
            provider=provider,
            state_since=now,
            created_at=now,
            **values,
        )
        session.add(connection)
        session.flush()
        return connection.id


def change(hub: Hub, connection_id: int, **fields: Any) -> None:
    """Write fields of a connection."""
    with hub.database.everything() as session:
        row = session.get_one(Connection, connection_id)
        for name, value in fields.items():
            setattr(row, name, value)


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.005)
    return True
