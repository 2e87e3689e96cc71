"""A hub beside a running sandbox, with a tenant connected by real consent: what journeys and kill tests stand on."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import select

from ledgerport import wiring
from ledgerport.contract import Clock, ItemType, SystemClock
from ledgerport.db.models import Connection, IncomeAccount, LedgerAccount, Tenant
from ledgerport.services.begin_connect import begin
from ledgerport.services.bulk_load import Loaded, bulk_load
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import DrainResult, drain
from ledgerport.services.finish_connect import Connected, finish
from ledgerport.settings import ProviderSettings, Settings

REALM = "9341450000000001"
OTHER_REALM = "9341450000000002"
CLIENT = ("sandbox-client", "sandbox-secret")
# The sandbox speaks plain http; reading all certificates of the system for every request would take longer than it.
HTTP = httpx.Client(timeout=60, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def settings_for(home: Path, sandbox_url: str, *, database_url: str = "", redis_url: str = "", **more: Any) -> Settings:
    """Settings whose QuickBooks is the sandbox. A database that is not embedded gets keys of its own."""
    app = ProviderSettings(client_id=CLIENT[0], client_secret=SecretStr(CLIENT[1]), address=AnyHttpUrl(sandbox_url))
    if database_url or redis_url:
        more.setdefault("vault_keys", [SecretStr("test:" + "A" * 43 + "=")])
        more.setdefault("session_secret", SecretStr("s" * 64))
    return Settings(
        _env_file=None,
        home=home,
        database_url=database_url,
        redis_url=redis_url,
        providers={"quickbooks": app},
        **more,
    )


@dataclass
class Sandbox:
    """The control routes of a running sandbox."""

    url: str

    def control(self, route: str, body: Mapping[str, Any] | None = None, method: str = "POST") -> Any:
        answer = HTTP.request(method, f"{self.url}/_sandbox/{route}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def ledger(self, company: str = REALM, *, summary: bool = False) -> dict[str, Any]:
        wanted = {"company": company, **({"summary": "1"} if summary else {})}
        answer = HTTP.get(f"{self.url}/_sandbox/ledger", params=wanted)
        assert answer.status_code == 200, answer.text
        ledger: dict[str, Any] = answer.json()
        assert ledger["checks"] == [], ledger["checks"]
        return ledger

    def fault(self, name: str, **more: Any) -> None:
        self.control("faults", {"name": name, **more})

    def calls(self) -> Any:
        return self.control("calls", method="GET")

    def consent(self, address: str, *, company: str = REALM, decision: str = "allow") -> dict[str, str]:
        """Decide on the consent page as a person would; the callback's query."""
        answer = HTTP.post(address, data={"company": company, "decision": decision})
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def make_tenant(hub: Hub, slug: str = "blue") -> int:
    with hub.database.everything() as session:
        tenant = Tenant(slug=slug, name=slug.title(), currency="USD", created_at=hub.clock.now())
        session.add(tenant)
        session.flush()
        return tenant.id


def connect(
    hub: Hub, sandbox: Sandbox, tenant_id: int, *, company: str = REALM, connection_id: int | None = None
) -> int:
    """Connect through consent; the connection's id."""
    address = begin(
        hub, tenant_id=tenant_id, provider="quickbooks", browser="b", requested_by="test", connection_id=connection_id
    )
    done = finish(hub, provider="quickbooks", browser="b", query=sandbox.consent(address, company=company))
    assert isinstance(done, Connected)
    with hub.database.tenant(tenant_id, read=True) as session:
        return session.scalars(select(Connection.id).where(Connection.state != "disconnected")).one()


def map_defaults(hub: Hub, tenant_id: int, connection_id: int) -> None:
    """Book services and products to the first income account of the company."""
    with hub.database.tenant(tenant_id) as session:
        income = session.scalars(
            select(LedgerAccount.remote_id).where(LedgerAccount.use == "income").order_by(LedgerAccount.id)
        ).first()
        expense = session.scalars(
            select(LedgerAccount.remote_id).where(LedgerAccount.use == "expense").order_by(LedgerAccount.id)
        ).first()
        assert income
        assert expense
        session.add_all(
            IncomeAccount(
                tenant_id=tenant_id,
                connection_id=connection_id,
                item_type=kind,
                income_account=income,
                expense_account=expense,
            )
            for kind in ItemType
        )


def load(hub: Hub, tenant_id: int, records: Iterable[Mapping[str, Any]]) -> Loaded:
    """Load records as the host app's bulk load does."""
    return bulk_load(hub, tenant_id=tenant_id, lines=(json.dumps(record) for record in records))


def drain_dry(hub: Hub, connection_id: int, *, rounds: int = 50) -> DrainResult:
    """Drain until nothing is due at once; what a worker does with `again`."""
    for _ in range(rounds):
        result = drain(hub, connection_id)
        if not result.again:
            return result
    raise AssertionError(f"still something to do after {rounds} drains: {result}")


@contextmanager
def hub_for(settings: Settings, clock: Clock | None = None) -> Iterator[Hub]:
    hub = wiring.build(settings, clock=clock or SystemClock())
    try:
        yield hub
    finally:
        wiring.close(hub)
