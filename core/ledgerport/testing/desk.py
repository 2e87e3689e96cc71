"""Where a check works: the real hub beside the provider's sandbox, with a company connected by real consent.

Hub and sandbox are made once for all checks of a session. Each check finds the sandbox as new, and a tenant and a
connection of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from pydantic import AnyHttpUrl, SecretStr

from ledgerport import wiring
from ledgerport.contract import (
    Account,
    Callback,
    Kind,
    ProviderTerms,
    Push,
    PushMapping,
    Remote,
    ScaledClock,
    Value,
)
from ledgerport.host import Provider
from ledgerport.services.begin_connect import begin
from ledgerport.services.bulk_load import bulk_load
from ledgerport.services.connect_with_key import connect_with_key
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import DrainResult, drain
from ledgerport.services.finish_connect import CompanyChoice, Connected, choose_company, finish
from ledgerport.services.list_books import BooksRow, list_books
from ledgerport.services.list_stuck import StuckView, list_alike, list_stuck
from ledgerport.services.open_connection import grant_of, open_connection
from ledgerport.services.refresh_token import access_token
from ledgerport.services.tenants import create_tenant
from ledgerport.settings import ProviderSettings, Settings
from ledgerport.testing import records
from ledgerport.testing.books import Seen
from ledgerport.testing.checks import Check
from ledgerport.testing.choosing import map_defaults, mapping_of
from ledgerport.testing.sandbox_control import SandboxControl
from ledgerport.testing.subject import Subject

# Later than every date in the records, so that no invoice lies in the future.
MORNING = datetime(2026, 10, 1, 9, tzinfo=UTC)
# Waits of the hub and of the sandbox pass sixty times as fast; a provider's 130 s to answer are two of the machine's.
RATE = 60.0
# No limit of the check before still counts then.
_APART = timedelta(hours=2)
_ROUNDS = 100
# Real seconds: far longer than any hook needs here, and short enough that one that hangs is judged soon.
_HOOK_SECONDS = 20.0


class Desk:
    """One plugin's stand. `subject` is what was found of it; everything else is made when it is first asked for.

    `hub`, `sandbox` and `clock` are shared by all checks; `tenant`, `connection` and `company` are this check's.
    """

    def __init__(self, subject: Subject, home: Path) -> None:
        self.subject = subject
        self._home = home
        self._opened = contextlib.ExitStack()
        self._checks = 0
        self._names = itertools.count(1)
        self.tenant = 0
        self.connection = 0
        self.company = ""

    # -- what is there ---------------------------------------------------------------------------------------

    @property
    def plugin(self) -> Provider:
        return self.subject.plugin

    @property
    def terms(self) -> ProviderTerms:
        return self.plugin.terms

    @cached_property
    def clock(self) -> ScaledClock:
        return ScaledClock(rate=RATE, at=MORNING)

    @cached_property
    def sandbox(self) -> SandboxControl:
        sandbox = SandboxControl(self.subject.name)
        self._opened.callback(sandbox.stop)
        return sandbox

    @cached_property
    def hub(self) -> Hub:
        hub = wiring.build(self._settings(), clock=self.clock)
        self._opened.callback(wiring.close, hub)
        return hub

    @cached_property
    def mapping(self) -> PushMapping:
        """What an operator chose, as a push carries it. Read anew by every check."""
        return mapping_of(self.hub, self.tenant, self.terms)

    def close(self) -> None:
        """Take down what was made."""
        self._opened.close()

    # -- what real books have, too ---------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return records.DAY

    @contextlib.contextmanager
    def trying(self, check: Check) -> Iterator[None]:
        """Everything is as new for a check that works on books."""
        if check.needs.books:
            self.fresh()
        yield

    def offers(self, hook: str) -> bool:
        return self.plugin.offers(hook)

    def named(self, what: str) -> str:
        return f"{what}-{next(self._names):04}"

    def push(self, value: Value, **known: Any) -> Push[Any]:
        return replace(records.push(value, self.mapping), **known)

    def made(self, kind: Kind, push: Push[Any], remote: Remote) -> None:
        """Nothing to do: the next check finds the sandbox as new."""

    def taken_out(self, remote: Remote) -> None:
        """Nothing to do."""

    def eventually(self, look: Callable[[], Seen]) -> Seen:
        """A sandbox that is behind is so by the clock: that passes at once."""
        seen = look()
        if not seen and self.terms.search_lag:
            self.pass_time(self.terms.search_lag)
            seen = look()
        return seen

    # -- before each check -----------------------------------------------------------------------------------

    def fresh(self) -> None:
        """The sandbox as new, and a new tenant whose company is connected and mapped."""
        self._checks += 1
        self.clock.at += _APART
        self.sandbox.control("reset")
        self.sandbox.follow(self.clock)
        self.move_in()

    def move_in(self, *, company: str = "", currency: str = "USD") -> None:
        """From now on work for a new tenant, whose company is connected and mapped; the first one unless named."""
        self.tenant = self.new_tenant(currency)
        done = self.connect(self.tenant, company=company)
        assert not done.problem, f"It was connected, but its accounts could not be read: {done.problem}"
        self.connection = done.connection_id
        self.__dict__.pop("mapping", None)
        with self.opened() as account:
            self.company = account.company.id
        map_defaults(self.hub, self.tenant, self.terms)

    def new_tenant(self, currency: str = "USD") -> int:
        """Another tenant, with nothing in it."""
        self._checks += 1
        slug = f"check-{self._checks}"
        return create_tenant(self.hub, slug=slug, name=f"Check {self._checks}", currency=currency).id

    def connect(self, tenant: int, *, company: str = "", connection: int | None = None) -> Connected:
        """Connect by real consent (or with a key that the sandbox gives out), to the first company unless named."""
        name = self.subject.name
        if self.terms.api_key is not None:
            return self._connect_with_key(tenant, company, connection)
        address = begin(
            self.hub, tenant_id=tenant, provider=name, browser="b", requested_by="check", connection_id=connection
        )
        done = finish(self.hub, provider=name, browser="b", query=self.sandbox.consent(address, company))
        if isinstance(done, CompanyChoice):
            done = choose_company(
                self.hub,
                tenant_id=tenant,
                grant_id=done.grant_id,
                company_id=company or done.companies[0].id,
                connection_id=connection,
            )
        return done

    # -- the plugin, asked as the hub asks -------------------------------------------------------------------

    def ask(
        self, hook: str, *, wire: httpx.BaseTransport | None = None, seconds: float | None = None, **arguments: Any
    ) -> Any:
        """Ask a hook that takes an account. `wire` stands between the plugin and the network; `seconds` (of the clock)
        is how long an answer may take.

        Raises the contract's errors.
        """
        hub = self.hub if wire is None else replace(self.hub, wire=wire)
        hub = hub if seconds is None else replace(hub, request_seconds=seconds)
        with open_connection(hub, self.connection) as call:
            # The hub's own copy of the plugin, which rests by the hub's clock when it fails too often.
            return self.hub.host.for_provider(self.subject.name).ask(hook, account=call.account, **arguments)

    @contextlib.contextmanager
    def opened(self, connection: int | None = None) -> Iterator[Account]:
        """A connected company's books, as a hook is given them; this check's own unless named."""
        with open_connection(self.hub, connection or self.connection) as call:
            yield call.account

    def access_token(self) -> str:
        """The access token (or key) that works now, refreshed when it must be. Raises LoginNeeded, TryLater."""
        return access_token(self.hub, tenant_id=self.tenant, grant_id=self.grant).value.get_secret_value()

    def works(self) -> None:
        """One reading of the books. Raises the contract's errors."""
        if self.plugin.offers("pull_accounts"):
            self.ask("pull_accounts")
        else:
            self.ask("open_companies", callback=Callback(query={}))

    @property
    def grant(self) -> int:
        """The id of the sign-in of this check's connection."""
        return grant_of(self.hub, self.connection)

    # -- the hub, used as the host app uses it ---------------------------------------------------------------

    def load(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Send records as the host app does; every one is taken."""
        loaded = bulk_load(self.hub, tenant_id=self.tenant, lines=(json.dumps(record) for record in records))
        assert not loaded.rejected, f"The hub itself does not take these records: {loaded.rejected}"

    def drain(self, *, hub: Hub | None = None, rounds: int = _ROUNDS) -> DrainResult:
        """Work until nothing is due, as scheduler and worker do together; waits pass at once.

        Raises AssertionError when there is no end.
        """
        for _ in range(rounds):
            result = drain(hub or self.hub, self.connection)
            if not result.worked or result.due_at is None:
                return result
            self.pass_time(max(result.due_at - self.clock.now(), timedelta(0)))
        raise AssertionError(f"After {rounds} rounds the sync has still something to do.")

    def drain_once(self) -> DrainResult:
        """One drain, without what would be due later."""
        return drain(self.hub, self.connection)

    def sync(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Load and drain; raises AssertionError unless everything is in the books then."""
        self.load(records)
        self.drain()
        self.nothing_stuck()

    def pass_time(self, span: timedelta) -> None:
        """Let time pass, here and at the provider, without waiting for it."""
        self.clock.at += span
        self.sandbox.follow(self.clock)

    def stuck(self) -> list[StuckView]:
        """Everything that waits for a person or failed."""
        groups = list_stuck(self.hub, tenant_id=self.tenant, provider=self.subject.name, rows=0)
        return [
            row
            for group in groups
            for row in list_alike(
                self.hub,
                tenant_id=self.tenant,
                provider=self.subject.name,
                reason_code=group.reason_code,
                limit=200,
            ).rows
        ]

    def nothing_stuck(self) -> None:
        """Raises AssertionError that names what is."""
        stuck = [f"{one.kind} {one.ref}: {one.reason} {one.detail}".strip() for one in self.stuck()]
        assert not stuck, f"{len(stuck)} records did not reach the books: {'; '.join(stuck[:3])}"

    def books(self) -> list[BooksRow]:
        """Our side: every record with its remote id and the amount that the books should show."""
        return list_books(self.hub, tenant_id=self.tenant, connection_id=self.connection)

    def remote_id(self, kind: Kind, ref: str) -> str:
        """The provider's id of one of our records; "" when it has none."""
        return next((row.remote_id for row in self.books() if row.kind is kind and row.ref == ref), "")

    # -- the sandbox -----------------------------------------------------------------------------------------

    def ledger(self, company: str = "") -> dict[str, Any]:
        """The provider's books in the kit's uniform shape. Raises AssertionError when they do not add up."""
        ledger: dict[str, Any] = self.sandbox.control("ledger", method="GET", company=company or self.company)
        assert ledger["checks"] == [], f"The provider's books do not add up: {ledger['checks'][:3]}"
        return ledger

    def rows(self, kind: Kind) -> list[dict[str, Any]]:
        """The provider's objects of a kind."""
        rows: list[dict[str, Any]] = self.ledger()[f"{kind}s"]
        return rows

    def row(self, kind: Kind, remote_id: str) -> dict[str, Any]:
        """One object. Raises AssertionError when there is none with this id."""
        found = [row for row in self.rows(kind) if row["id"] == remote_id]
        assert found, f"There is no {kind} {remote_id!r} in the provider's books."
        return found[0]

    def fault(self, name: str, **more: Any) -> None:
        """Queue a fault (`ledgerport_sandbox.faults`)."""
        self.sandbox.control("faults", {"name": name, **more})

    def faults_struck(self) -> None:
        """Raises AssertionError for a fault that waits in vain: it has tested nothing."""
        waiting = self.sandbox.control("faults", method="GET")["waiting"]
        assert waiting == [], f"The sandbox was never asked for what should have failed: {waiting}"

    def calls(self) -> dict[str, Any]:
        """What the sandbox was asked: `total`, `counts`, `last`."""
        calls: dict[str, Any] = self.sandbox.control("calls", method="GET", last="200")
        return calls

    @contextlib.contextmanager
    def counted(self) -> Iterator[list[dict[str, Any]]]:
        """The calls that come to the provider meanwhile (at most 200 are told)."""
        self.sandbox.control("calls", method="DELETE")
        calls: list[dict[str, Any]] = []
        yield calls
        calls.extend(self.calls()["last"])

    def agrees(self) -> None:
        """Raises AssertionError unless the books hold each of our records once and to the cent, and nothing else."""
        self.nothing_stuck()
        ours, theirs = self.books(), self.ledger()
        for kind in self.terms.kinds:
            wanted = {row.remote_id: row for row in ours if row.kind is kind and row.due}
            assert "" not in wanted, f"{wanted['']!r} is not linked to anything in the provider's books"
            there = {row["id"]: row for row in theirs[f"{kind}s"]}
            records = [row for row in ours if row.kind is kind and row.due]
            assert len(there) == len(records) == len(wanted), (
                f"{len(records)} {kind}s were sent, {len(there)} are in the provider's books, {len(wanted)} are linked"
            )
            for remote_id, row in wanted.items():
                self._same(kind, row, there.get(remote_id))

    def _same(self, kind: Kind, ours: BooksRow, theirs: Mapping[str, Any] | None) -> None:
        assert theirs is not None, f"{kind} {ours.ref} is linked to {ours.remote_id!r}, which is not in the books"
        member = {Kind.INVOICE: "total", Kind.ESTIMATE: "total", Kind.PAYMENT: "amount", Kind.ITEM: "price"}.get(kind)
        if member is not None and theirs[member] is not None:
            sent, there = ours.amount + ours.variance, Decimal(theirs[member])
            assert round(sent, 2) == there, f"{kind} {ours.ref}: sent {sent}, the provider's books show {there}"

    # -- setting up ------------------------------------------------------------------------------------------

    def _connect_with_key(self, tenant: int, company: str, connection: int | None) -> Connected:
        keys = self.sandbox.control("keys", method="GET")
        self.sandbox.offered = list(dict.fromkeys(each for key in keys for each in key["companies"]))
        fitting = [key for key in keys if not company or company in key["companies"]]
        assert fitting, f"The sandbox gives out no API key{' for ' + company if company else ''}."
        done = connect_with_key(
            self.hub,
            tenant_id=tenant,
            provider=self.subject.name,
            key=SecretStr(fitting[0]["key"]),
            field=fitting[0].get("field", ""),
            company_id=company or fitting[0]["companies"][0],
            connection_id=connection,
        )
        assert isinstance(done, Connected)
        return done

    def _settings(self) -> Settings:
        client_id, secret = self.sandbox.client
        app = ProviderSettings(
            client_id=client_id, client_secret=SecretStr(secret), address=AnyHttpUrl(self.sandbox.url)
        )
        # Not read from anywhere: the author's own environment has no say in what is judged.
        return Settings.model_construct(
            home=self._home,
            providers={self.subject.name: app},
            plugins_allow=[self.subject.name],
            hook_seconds=_HOOK_SECONDS,
        )
