"""A provider that needs all that the contract lets one need: codes, accounts, taxes, an item on every line.

Its plugin keeps what it was handed; every push arrives at once as a call over the wire, so that calls are paced.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import httpx
from pydantic import SecretStr
from sqlalchemy import select
from tests.factories import make_hub, make_tenant
from tests.integration.test_drain_machine import empty_database
from tests.stage import load

from ledgerport.contract import (
    Account,
    Choice,
    ContractError,
    Customer,
    Endpoint,
    Estimate,
    Grant,
    Idempotency,
    Invoice,
    Item,
    ItemType,
    KeyTrust,
    Kind,
    KindTerms,
    LedgerAccount,
    Limit,
    NameRules,
    OAuthTerms,
    Outcome,
    Payment,
    ProviderTerms,
    Push,
    Refused,
    Remote,
    ScaledClock,
    TaxCode,
    TryLater,
    Value,
    call_options,
    hookimpl,
)
from ledgerport.db.models import Connection, ConnectionState, RemoteTaxCode, Task, TaskState
from ledgerport.db.models import LedgerAccount as StoredAccount
from ledgerport.db.session import Database, open_engine
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.host import Host, Provider
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.drain_connection import DrainResult, drain
from ledgerport.services.map_accounts import map_default
from ledgerport.services.settle_connection import keep_grant

START = datetime(2026, 10, 1, 9, tzinfo=UTC)
_CREATE = call_options(meter="create")
_DOCUMENT = KindTerms(meter="create", needs_tax_codes=True, lines_need_items=True)
TERMS = ProviderTerms(
    slug="picky",
    label="Picky Books",
    color="#123456",
    api_url="https://api.picky.example",
    kinds={
        Kind.CUSTOMER: KindTerms(meter="create", name=NameRules(max_length=50, unique=False)),
        Kind.ITEM: KindTerms(
            meter="create",
            batch_size=3,
            batch_choice="together",
            name=NameRules(max_length=12, unique=False),
            code=NameRules(max_length=8),
            needs_income_account=True,
        ),
        Kind.INVOICE: _DOCUMENT,
        Kind.ESTIMATE: _DOCUMENT,
        Kind.PAYMENT: KindTerms(meter="create", needs_deposit_account=True),
    },
    limits=(
        Limit(count=1000, per=timedelta(minutes=1)),
        Limit(count=20, per=timedelta(minutes=1), meter="create"),
    ),
    concurrency=1,
    idempotency=Idempotency(trust=KeyTrust.NONE),
    oauth=OAuthTerms(authorize_url="https://picky.example/a", token_url="https://picky.example/t"),
    contract=(1, 1),
    choices=(Choice(name="together", label="Send several items in one call."),),
)


@dataclass
class PickyPlugin:
    """Every hook that pushes; `requests` holds the pushes of each request, in order. `trouble` befalls each call."""

    terms: ProviderTerms = TERMS
    trouble: ContractError | None = None
    requests: list[list[Push[Value]]] = field(default_factory=list)

    @hookimpl
    def provider_terms(self) -> ProviderTerms:
        return self.terms

    @hookimpl
    def open_companies(self) -> NoReturn:
        raise Refused("Nobody connects here.")

    @hookimpl
    def refresh_token(self, grant: Grant, endpoint: Endpoint) -> NoReturn:
        raise TryLater("The token of these tests never ends.")

    @hookimpl
    def push_customer(self, account: Account, push: Push[Customer]) -> Remote:
        return self._take(account, [push])[0]

    @hookimpl
    def push_item(self, account: Account, push: Push[Item]) -> Remote:
        return self._take(account, [push])[0]

    @hookimpl
    def push_item_batch(self, account: Account, pushes: list[Push[Item]]) -> list[Outcome]:
        return list(self._take(account, pushes))

    @hookimpl
    def push_invoice(self, account: Account, push: Push[Invoice]) -> Remote:
        return self._take(account, [push])[0]

    @hookimpl
    def push_estimate(self, account: Account, push: Push[Estimate]) -> Remote:
        return self._take(account, [push])[0]

    @hookimpl
    def push_payment(self, account: Account, push: Push[Payment]) -> Remote:
        return self._take(account, [push])[0]

    @hookimpl
    def find_pushed(self, account: Account, push: Push[Value]) -> list[Remote]:
        return []

    @hookimpl
    def pull_accounts(self, account: Account) -> list[LedgerAccount]:
        if self.trouble is not None:
            raise self.trouble
        return []

    @hookimpl
    def pull_tax_codes(self, account: Account) -> list[TaxCode]:
        return []

    def _take(self, account: Account, pushes: list[Any]) -> list[Remote]:
        if self.trouble is not None:
            raise self.trouble
        # On a busy machine the wire refuses what would leave too late; that never arrived.
        assert account.http.post("/things", extensions=_CREATE).status_code == 200
        self.requests.append(pushes)
        return [
            Remote(
                id=push.marker,
                kind=_KINDS[type(push.value)],
                total=getattr(push.value, "total", getattr(push.value, "amount", None)),
            )
            for push in pushes
        ]

    def pushed(self, kind: type[Value]) -> list[Any]:
        """The values of one kind that arrived, in order."""
        return [push.value for pushes in self.requests for push in pushes if isinstance(push.value, kind)]


_KINDS = {
    Customer: Kind.CUSTOMER,
    Item: Kind.ITEM,
    Invoice: Kind.INVOICE,
    Estimate: Kind.ESTIMATE,
    Payment: Kind.PAYMENT,
}


class _Wire(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps({}).encode()))


@dataclass
class Picky:
    """A tenant whose only books are picky."""

    hub: Hub
    plugin: PickyPlugin
    clock: ScaledClock
    tenant: int
    connection: int

    def save(self, *records: dict[str, Any]) -> None:
        loaded = load(self.hub, self.tenant, records)
        assert not loaded.rejected, loaded.rejected

    def drain(self) -> DrainResult:
        """Drain until nothing is due; waits pass at once."""
        for _ in range(30):
            result = drain(self.hub, self.connection)
            if result.due_at is None:
                return result
            self.clock.at += max(result.due_at - self.clock.now(), timedelta(0))
        raise AssertionError(f"still something to do: {result}")

    def book_services(self, *, products: bool = True) -> None:
        for kind in ItemType if products else [ItemType.SERVICE]:
            map_default(self.hub, tenant_id=self.tenant, provider="picky", item_type=kind, income_account="400")

    def blocked(self) -> dict[str, str]:
        """Kind -> reason of what waits for a person."""
        with self.hub.database.everything(read=True) as session:
            rows = session.scalars(select(Task).where(Task.state == TaskState.BLOCKED)).all()
        return {str(row.kind): row.reason for row in rows}


def picky(folder: Path, *, lines_need_items: bool = True) -> Picky:
    """A hub over an empty database, connected, nothing mapped. Else bare lines need an account of their own."""
    clock = ScaledClock(rate=20, at=START)
    url = f"sqlite:///{shutil.copy(empty_database(), folder / 'hub.db')}"
    document = dataclasses.replace(
        _DOCUMENT, lines_need_items=lines_need_items, needs_income_account=not lines_need_items
    )
    kinds = {**TERMS.kinds, Kind.INVOICE: document, Kind.ESTIMATE: document}
    plugin = PickyPlugin(dataclasses.replace(TERMS, kinds=kinds))
    made = make_hub(url, clock=clock)
    made.database.close()
    hub = dataclasses.replace(
        made,
        database=Database(open_engine(url, pool_size=5)),
        host=Host([Provider(plugin.terms, plugin, "picky 1", 30.0)]),
        wire=_Wire(),
        limiter=MemoryLimiter(clock),
        apps={"picky": ProviderApp(client_id="picky-id-123456", client_secret=SecretStr("picky-secret-123456"))},
    )
    tenant = make_tenant(hub)
    return Picky(hub=hub, plugin=plugin, clock=clock, tenant=tenant, connection=_connection(hub, tenant))


def _connection(hub: Hub, tenant: int) -> int:
    now = hub.clock.now()
    with hub.database.tenant(tenant) as session:
        grant = Grant(access_token=SecretStr("token"), access_expires_at=now + timedelta(days=9999))
        row = keep_grant(session, hub, tenant_id=tenant, provider="picky", grant=grant)
        connection = Connection(
            uid="picky",
            provider="picky",
            grant_id=row.id,
            company_id="1",
            company_name="Blue",
            currency="USD",
            state=ConnectionState.ACTIVE,
            state_since=now,
            created_at=now,
        )
        session.add(connection)
        session.flush()
        account = {"tenant_id": tenant, "connection_id": connection.id, "active": True, "number": "", "read_at": now}
        session.add(StoredAccount(**account, remote_id="400", name="Services", use="income"))
        session.add(StoredAccount(**account, remote_id="100", name="Bank", use="deposit"))
        session.add(
            RemoteTaxCode(tenant_id=tenant, connection_id=connection.id, remote_id="TX", name="Texas", active=True)
        )
        session.flush()
        return connection.id
