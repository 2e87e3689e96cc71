"""Till Books, a provider of the tests that gives out API keys: its plugin, and its sandbox on the kit."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import AnyHttpUrl
from tests.factories import ListQueue, migrated_home
from tests.stage import load

from ledgerport import wiring
from ledgerport.contract import (
    Account,
    ApiKeyTerms,
    Callback,
    Company,
    Customer,
    Endpoint,
    Grant,
    Idempotency,
    KeyField,
    KeyTrust,
    Kind,
    KindTerms,
    Limit,
    ProviderTerms,
    Push,
    Refused,
    Remote,
    ScaledClock,
    hookimpl,
)
from ledgerport.host import GROUP
from ledgerport.services.context import Hub
from ledgerport.services.tenants import create_tenant
from ledgerport.settings import ProviderSettings, Settings
from ledgerport_sandbox import Call, Clock, Reply, Running, Sandbox
from ledgerport_sandbox import Limit as CallLimit
from ledgerport_sandbox.webhooks import Outbox

START = datetime(2026, 10, 1, 9, tzinfo=UTC)
BLUE, ACME = "1", "2"
NAMES = {BLUE: "Blue Plumbing LLC", ACME: "Acme Inc"}
OFFICE = "north"
TERMS = ProviderTerms(
    slug="till",
    label="Till Books",
    color="#7a4f01",
    api_url="https://api.till.example/v1",
    kinds={Kind.CUSTOMER: KindTerms()},
    limits=(Limit(count=1000, per=timedelta(minutes=1)),),
    concurrency=2,
    idempotency=Idempotency(trust=KeyTrust.NONE),
    api_key=ApiKeyTerms(
        label="Till key",
        where="You find the Till key under Settings, Access.",
        url="https://till.example/settings/access",
        header="X-Till-Key",
        scheme="",
        field=KeyField(name="office", label="Office", where="The first word of your Till address.", header="X-Office"),
    ),
    contract=(1, 1),
)


def create_app(*, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> TillSandbox:
    """As the runner wants it."""
    return TillSandbox(store=store, clock=clock)


def _pack(_events: Sequence[dict[str, Any]], _secret: str) -> tuple[bytes, dict[str, str]]:
    raise ValueError("Till Books tells nobody of changes.")


class TillPlugin:
    """Customers, and nothing more. `offices`: what `account.company.facts` told with each push."""

    def __init__(self) -> None:
        self.offices: list[str] = []

    @hookimpl
    def provider_terms(self) -> ProviderTerms:
        return TERMS

    @hookimpl
    def open_companies(self, account: Account, callback: Callback) -> list[Company]:
        answer = account.http.get("/companies")
        if answer.status_code != 200:
            raise Refused(f"Till Books says: {answer.json()['error']}", detail=answer.text)
        assert callback.query == account.company.facts
        return [Company(id=row["id"], name=row["name"], currency="USD") for row in answer.json()]

    @hookimpl
    def push_customer(self, account: Account, push: Push[Customer]) -> Remote:
        self.offices.append(account.company.facts["office"])
        answer = account.http.post(f"/companies/{account.company.id}/customers", json={"name": push.value.name})
        if answer.status_code != 200:
            raise Refused("Till Books does not take it.", detail=answer.text)
        return Remote(id=answer.json()["id"], kind=Kind.CUSTOMER)

    @hookimpl
    def revoke_token(self, grant: Grant, endpoint: Endpoint, company: Company | None) -> bool:
        key = {"X-Till-Key": grant.access_token.get_secret_value()}
        return endpoint.http.delete(f"{endpoint.api_url}/key", headers=key).status_code == 204


class TillSandbox(Sandbox):
    """Two companies, a key for each of them and one for both; every key belongs to an office."""

    provider = "till"
    published_limits = (CallLimit("requests", 1000, 60),)

    def __init__(self, *, store: str | os.PathLike[str] | None = ":memory:", clock: Clock | None = None) -> None:
        super().__init__(store=store, clock=clock, outbox=Outbox(_pack))
        self.customers: dict[str, list[str]] = {company: [] for company in NAMES}
        self.seed()

    def seed(self) -> None:
        self.api_keys.make([BLUE], field=OFFICE, value="till-key-of-blue")
        self.api_keys.make([ACME], field=OFFICE, value="till-key-of-acme")
        self.api_keys.make([BLUE, ACME], field=OFFICE, value="till-key-of-both")

    def token_of(self, call: Call) -> str | None:
        return call.headers.get("x-till-key")

    def describe(self, call: Call) -> None:
        parts = call.path.split("/")
        call.route, call.client = call.path, self.token_of(call) or ""
        call.company = parts[3] if parts[2:3] == ["companies"] and len(parts) > 3 else ""

    def handle(self, call: Call) -> Reply:
        key, problem = self.api_keys.check(self.token_of(call) or "")
        if key is None or problem:
            return Reply.json({"error": problem}, 401)
        if call.method == "DELETE" and call.path == "/v1/key":
            self.api_keys.end(key.value)
            return Reply(204)
        if call.headers.get("x-office") != key.field:
            return Reply.json({"error": "This key is of another office."}, 403)
        if call.path == "/v1/companies":
            return Reply.json([{"id": company, "name": NAMES[company]} for company in key.companies])
        if call.company not in key.companies:
            return Reply.json({"error": "This key does not reach the company."}, 403)
        self.customers[call.company].append(json.loads(call.body)["name"])
        return Reply.json({"id": f"{call.company}-{len(self.customers[call.company])}"})

    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        return Reply.json({"error": "slow down"}, 429)

    def failed(self, call: Call, status: int) -> Reply:
        return Reply.json({"error": "not now"}, status)

    def ledger(self, company: str, *, summary: bool) -> bytes:
        return json.dumps({"customers": self.customers[company], "checks": []}).encode()

    def add_company(self, data: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("Till Books has two companies.")

    def person(self, data: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("Nobody works in Till Books.")


PLUGIN = TillPlugin()


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """Till Books as a distribution in a folder on the path, found by its entry points like any other."""
    about = folder / "ledgerport_till-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: ledgerport-till\nVersion: 1.0\n")
    module = PLUGIN.__module__
    (about / "entry_points.txt").write_text(
        f"[{GROUP}]\ntill = {module}:PLUGIN\n[ledgerport.sandboxes]\ntill = {module}:create_app\n"
    )
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


@dataclass
class Till:
    """A hub beside a running Till Books, with a tenant that has connected nothing yet."""

    hub: Hub
    sandbox: TillSandbox
    url: str
    home: Path
    clock: ScaledClock
    tenant_id: int
    queue: ListQueue

    def fault(self, name: str, **more: Any) -> None:
        answer = httpx.post(f"{self.url}/_sandbox/faults", json={"name": name, **more}, timeout=30)
        assert answer.status_code == 200, answer.text

    def save_customer(self, ref: str, name: str) -> None:
        loaded = load(self.hub, self.tenant_id, [{"kind": "customer", "ref": ref, "name": name}])
        assert not loaded.rejected, loaded.rejected


def settings_of(home: Path, url: str) -> Settings:
    app = ProviderSettings(address=AnyHttpUrl(url))
    return Settings(_env_file=None, home=home, providers={"till": app}, plugins_allow=["till"])


@contextmanager
def till(home: Path) -> Iterator[Till]:
    """A hub in a folder of its own, with Till Books installed there."""
    sandbox, clock, queue = TillSandbox(), ScaledClock(rate=1, at=START), ListQueue()
    PLUGIN.offices.clear()
    migrated_home(home)
    with installed(home), Running(sandbox) as running:
        built = wiring.build(settings_of(home, running.url), clock=clock)
        hub = replace(built, queue=queue)
        try:
            tenant = create_tenant(hub, slug="blue", name="Blue Plumbing", currency="USD")
            yield Till(
                hub=hub,
                sandbox=sandbox,
                url=running.url,
                home=home,
                clock=clock,
                tenant_id=tenant.id,
                queue=queue,
            )
        finally:
            wiring.close(built)
