"""A hub beside a running sandbox, with a tenant connected by real consent: what journeys and kill tests stand on."""

from __future__ import annotations

import importlib
import json
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import select
from tests.factories import migrated_home

from ledgerport import wiring
from ledgerport.contract import Clock, ItemType, Kind, ProviderTerms, SystemClock
from ledgerport.db.models import Connection, IncomeAccount, LedgerAccount, RemoteTaxCode, TaxCode, Tenant
from ledgerport.host import Provider, find_plugins
from ledgerport.services.begin_connect import begin
from ledgerport.services.bulk_load import Loaded, bulk_load
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import DrainResult, drain
from ledgerport.services.finish_connect import CompanyChoice, choose_company, finish
from ledgerport.settings import ProviderSettings, Settings

# Every provider of the house; whatever holds for all of them is tested with each.
PROVIDERS = ("freshbooks", "quickbooks", "wave", "xero")
CLIENT = ("sandbox-client", "sandbox-secret")
# The sandbox speaks plain http; reading all certificates of the system for every request would take longer than it.
HTTP = httpx.Client(timeout=60, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


@cache
def companies_of(provider: str) -> tuple[str, str]:
    """The two companies of a fresh sandbox, by the ids that the hub knows them by."""
    state = importlib.import_module(f"ledgerport_{provider}_sandbox.state")
    return state.COMPANY, state.OTHER_COMPANY


REALM, OTHER_REALM = companies_of("quickbooks")


@cache
def plugin_of(provider: str) -> Provider:
    """The installed plugin, found as the hub finds it."""
    return find_plugins(allow=(provider,)).for_provider(provider)


def terms_of(provider: str) -> ProviderTerms:
    return plugin_of(provider).terms


def settings_for(
    home: Path,
    sandbox_url: str,
    *,
    provider: str = "quickbooks",
    database_url: str = "",
    redis_url: str = "",
    **more: Any,
) -> Settings:
    """Settings whose provider is the sandbox. A database that is not embedded gets keys of its own."""
    app = ProviderSettings(client_id=CLIENT[0], client_secret=SecretStr(CLIENT[1]), address=AnyHttpUrl(sandbox_url))
    if not database_url:
        migrated_home(home)
    if database_url or redis_url:
        more.setdefault("vault_keys", [SecretStr("test:" + "A" * 43 + "=")])
        more.setdefault("session_secret", SecretStr("s" * 64))
    return Settings(
        _env_file=None,
        home=home,
        database_url=database_url,
        redis_url=redis_url,
        providers={provider: app},
        **more,
    )


@dataclass
class Sandbox:
    """The control routes of a running sandbox, and its consent page."""

    url: str
    provider: str = "quickbooks"

    @property
    def company(self) -> str:
        """The company that is meant where none is named."""
        return companies_of(self.provider)[0]

    def control(self, route: str, body: Mapping[str, Any] | None = None, method: str = "POST") -> Any:
        answer = HTTP.request(method, f"{self.url}/_sandbox/{route}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def ledger(self, company: str = "", *, summary: bool = False) -> dict[str, Any]:
        wanted = {"company": company or self.company, **({"summary": "1"} if summary else {})}
        answer = HTTP.get(f"{self.url}/_sandbox/ledger", params=wanted)
        assert answer.status_code == 200, answer.text
        ledger: dict[str, Any] = answer.json()
        assert ledger["checks"] == [], ledger["checks"]
        return ledger

    def fault(self, name: str, **more: Any) -> None:
        self.control("faults", {"name": name, **more})

    def calls(self) -> Any:
        return self.control("calls", method="GET")

    def consent(self, address: str, *, company: str = "", decision: str = "allow") -> dict[str, str]:
        """Decide on the consent page as a person would; the callback's query."""
        answer = HTTP.post(address, data={"company": company or self.company, "decision": decision})
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def make_tenant(hub: Hub, slug: str = "blue") -> int:
    with hub.database.everything() as session:
        tenant = Tenant(slug=slug, name=slug.title(), currency="USD", created_at=hub.clock.now())
        session.add(tenant)
        session.flush()
        return tenant.id


def connect(hub: Hub, sandbox: Sandbox, tenant_id: int, *, company: str = "", connection_id: int | None = None) -> int:
    """Connect to the sandbox's provider through consent, choosing the company where it reaches several; the
    connection's id."""
    provider, company = sandbox.provider, company or sandbox.company
    address = begin(
        hub, tenant_id=tenant_id, provider=provider, browser="b", requested_by="test", connection_id=connection_id
    )
    done = finish(hub, provider=provider, browser="b", query=sandbox.consent(address, company=company))
    if isinstance(done, CompanyChoice):
        done = choose_company(
            hub, tenant_id=tenant_id, grant_id=done.grant_id, company_id=company, connection_id=connection_id
        )
    assert not done.problem, done.problem
    return done.connection_id


def map_defaults(hub: Hub, tenant_id: int, connection_id: int) -> None:
    """Choose what the provider needs chosen, as an operator would: the first account of each use, a tax code each for
    taxed and untaxed lines."""
    with hub.database.tenant(tenant_id) as session:
        connection = session.get_one(Connection, connection_id)
        terms = hub.host.for_provider(connection.provider).terms
        accounts = session.execute(
            select(LedgerAccount.use, LedgerAccount.remote_id)
            .where(LedgerAccount.connection_id == connection_id, LedgerAccount.active)
            .order_by(LedgerAccount.id.desc())
        ).all()
        first: dict[str, str] = {row.use: row.remote_id for row in accounts}
        if any(its.needs_income_account for its in terms.kinds.values()):
            session.add_all(
                IncomeAccount(
                    tenant_id=tenant_id,
                    connection_id=connection_id,
                    item_type=kind,
                    income_account=first["income"],
                    expense_account=first.get("expense", ""),
                )
                for kind in ItemType
            )
        if terms.kinds[Kind.PAYMENT].needs_deposit_account:
            connection.deposit_account = first["deposit"]
        codes = session.execute(
            select(RemoteTaxCode.rate, RemoteTaxCode.remote_id)
            .where(RemoteTaxCode.connection_id == connection_id, RemoteTaxCode.active)
            .order_by(RemoteTaxCode.id.desc())
        ).all()
        chosen = {"taxable" if rate else "exempt": remote_id for rate, remote_id in codes if rate is not None}
        session.add_all(
            TaxCode(tenant_id=tenant_id, connection_id=connection_id, code=code, remote_id=remote_id)
            for code, remote_id in chosen.items()
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
