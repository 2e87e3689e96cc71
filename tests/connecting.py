"""A hub and a running sandbox that share one clock, for tests of tokens and connecting."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from sqlalchemy import select
from tests.factories import ListQueue
from tests.stage import companies_of, settings_for, terms_of

from ledgerport import wiring
from ledgerport.db import models
from ledgerport.services.begin_connect import begin
from ledgerport.services.context import Hub
from ledgerport.services.finish_connect import CompanyChoice, Connected, choose_company, finish
from ledgerport.settings import Settings
from ledgerport_sandbox import Clock, Running
from ledgerport_sandbox import load as load_sandbox

BLUE, ACME = companies_of("quickbooks")
TOKEN_ROUTE = "/oauth2/v1/tokens/bearer"
REVOKE_ROUTE = "/v2/oauth2/tokens/revoke"


@dataclass
class SharedClock:
    """The sandbox's clock as the hub sees it."""

    clock: Clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


@dataclass
class Stage:
    """What a test holds in its hands."""

    hub: Hub
    clock: Clock
    url: str
    settings: Settings
    tenant_id: int
    provider: str = "quickbooks"

    @property
    def token_route(self) -> str:
        return urlsplit(terms_of(self.provider).oauth.token_url).path

    # -- the provider -------------------------------------------------------------------------------------------------

    def control(self, route: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        answer = httpx.request(method, f"{self.url}/_sandbox/{route}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def calls(self, route: str) -> dict[str, int]:
        """How many calls of a route had which outcome since the last `forget_calls`."""
        counts = self.control("calls", method="GET")["counts"]
        return {row["outcome"]: row["count"] for row in counts if row["route"] == route or route in row["route"]}

    def forget_calls(self) -> None:
        self.control("calls", method="DELETE")

    def pass_time(self, span: timedelta) -> None:
        self.clock.advance(span.total_seconds())

    def consent(self, address: str, *, company: str = "", decision: str = "allow") -> dict[str, str]:
        """Decide on the consent page as a person does; the query the browser comes back with."""
        # A person takes a moment; on a clock that stands still the limit per second would never pass.
        self.pass_time(timedelta(seconds=2))
        wish = company or companies_of(self.provider)[0]
        answer = httpx.post(address, data={"company": wish, "decision": decision}, timeout=30)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    # -- the hub ------------------------------------------------------------------------------------------------------

    def begin(self, *, browser: str = "browser-1", **more: Any) -> str:
        return begin(
            self.hub,
            **{"tenant_id": self.tenant_id, "provider": self.provider, "requested_by": "Ann", **more},
            browser=browser,
        )

    def finish(self, query: dict[str, str], *, browser: str = "browser-1") -> Connected | CompanyChoice:
        return finish(self.hub, provider=self.provider, browser=browser, query=query)

    def connect(self, *, company: str = "", **more: Any) -> Connected:
        """Through consent, choosing the company where the consent reaches several."""
        wish = company or companies_of(self.provider)[0]
        done = self.finish(self.consent(self.begin(**more), company=wish))
        if isinstance(done, CompanyChoice):
            done = choose_company(self.hub, tenant_id=self.tenant_id, grant_id=done.grant_id, company_id=wish)
        return done

    def connection(self, connection_id: int) -> models.Connection:
        with self.hub.database.tenant(self.tenant_id, read=True) as session:
            return session.scalars(select(models.Connection).where(models.Connection.id == connection_id)).one()

    def grant(self, grant_id: int | None = None) -> models.Grant:
        """One grant; without an id, the only one there is."""
        with self.hub.database.tenant(self.tenant_id, read=True) as session:
            query = select(models.Grant)
            return session.scalars(query if grant_id is None else query.where(models.Grant.id == grant_id)).one()

    def change_grant(self, **values: Any) -> None:
        with self.hub.database.tenant(self.tenant_id) as session:
            row = session.scalars(select(models.Grant)).one()
            for name, value in values.items():
                setattr(row, name, value)

    def notices(self, *, still_open: bool = True) -> list[models.Notice]:
        with self.hub.database.tenant(self.tenant_id, read=True) as session:
            found = session.scalars(select(models.Notice).order_by(models.Notice.id)).all()
            return [notice for notice in found if (notice.closed_at is None) == still_open]

    def messages(self) -> list[tuple[Any, ...]]:
        assert isinstance(self.hub.queue, ListQueue)
        sent, self.hub.queue.messages = self.hub.queue.messages, []
        return sent


@contextmanager
def stage(home: Path, database_url: str = "", *, provider: str = "quickbooks", rate: float = 0) -> Iterator[Stage]:
    """A stage whose clock stands still until a test moves it (`rate` 0)."""
    clock = Clock(rate=rate)
    with Running(load_sandbox(provider, clock=clock)) as sandbox:
        settings = settings_for(home, sandbox.url, provider=provider, database_url=database_url)
        built = wiring.build(settings, clock=SharedClock(clock))
        hub = dataclasses.replace(built, queue=ListQueue())
        try:
            yield Stage(
                hub=hub,
                clock=clock,
                url=sandbox.url,
                settings=settings,
                tenant_id=make_tenant(hub, "Blue Plumbing"),
                provider=provider,
            )
        finally:
            wiring.close(built)


def make_tenant(hub: Hub, name: str) -> int:
    with hub.database.everything() as session:
        tenant = models.Tenant(
            slug=name.lower().replace(" ", "-"), name=name, currency="USD", created_at=hub.clock.now()
        )
        session.add(tenant)
        session.flush()
        return tenant.id


# -- many processes ---------------------------------------------------------------------------------------------------


def refresh_in_processes(here: Stage, grant_id: int, count: int) -> list[tuple[int, str]]:
    """(generation, token or error) of each of `count` processes that ask for a token in the same moment."""
    app = here.settings.providers[here.provider]
    settings = {
        "home": str(here.settings.home),
        "database_url": here.settings.database_url,
        "vault_keys": [key.get_secret_value() for key in here.settings.vault_keys],
        "session_secret": here.settings.session_secret.get_secret_value(),
        "providers": {
            here.provider: {
                "client_id": app.client_id,
                "client_secret": app.client_secret.get_secret_value(),
                "address": here.url,
            }
        },
    }
    job = {"settings": settings, "tenant_id": here.tenant_id, "grant_id": grant_id, "count": count}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.token_askers"],
        input=json.dumps(job),
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    answer = json.loads(ran.stdout)
    assert answer["exits"] == [0] * count, ran.stderr[-4000:]
    return [(generation, token) for generation, token in answer["told"]]
