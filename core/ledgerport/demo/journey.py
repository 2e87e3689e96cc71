"""One tenant's way through the demo: connect, load, sync, compare.

Everything a host app or a person would do goes through HTTP: REST for the one, a browser for the other.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ledgerport.contract import Kind, ProviderTerms
from ledgerport.demo.browser import Browser
from ledgerport.demo.compare import compare, remote_ids
from ledgerport.demo.floor import every, floor
from ledgerport.demo.outcome import Load, Outcome, Pace, Synced
from ledgerport.demo.rest import HubClient
from ledgerport.demo.show import Stage, counts_of, span
from ledgerport.demo.source import open_source, portions
from ledgerport.demo.stage import DemoFailed, Options, Running
from ledgerport.services.api_keys import OPERATOR, create_key
from ledgerport.services.list_books import BooksRow, list_books

if sys.platform != "win32":
    import resource

TENANT, TENANT_NAME = "demo", "Demo company"
# Seconds of the machine: how often a run is looked at, and how long it may stand still before the demo gives up. The
# longest wait that a published limit causes is a minute.
_LOOK_EVERY = 0.25
_STILL_AT_MOST = 300.0
_MEGABYTE = 1024 * 1024
# So many records that the limit which matters in the long run shows.
_MANY = dict.fromkeys(Kind, 1_000_000)


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class Journey:
    """The steps, in order; `key` and `operator_key` are what a person may go on with."""

    def __init__(self, running: Running, options: Options, stage: Stage, told: threading.Event) -> None:
        self._running, self._options, self._stage, self._told = running, options, stage, told
        operator = create_key(running.hub, tenant=None, name="demo operator", scopes=[OPERATOR])
        with HubClient(running.url, operator.key) as desk:
            self._tenant_id = int(desk.create_tenant(TENANT, TENANT_NAME)["id"])
            for provider in options.providers:
                desk.enable(TENANT, provider)
            self.key = desk.create_key(TENANT, "demo host app")
        self.operator_key = operator.key
        self._api = HubClient(running.url, self.key)
        self._computed = 0.0

    def run(self) -> Outcome:
        """The whole way. Raises Interrupted, DemoFailed, HubRefused, NotConnected, BadSource."""
        began = time.monotonic()
        lines, data = open_source(self._options.data, invoices=self._options.invoices, items=self._options.items)
        before = {provider: self._connect(provider) for provider in self._options.providers}
        load_began = time.monotonic()
        load = self._load(lines)
        load_seconds = time.monotonic() - load_began
        runs = self._sync()
        synced = tuple(self._compare(provider, before[provider], runs[provider]) for provider in before)
        for provider in before:
            self._api.auto_sync(provider, on=True)
        self._api.close()
        return Outcome(
            source=str(self._options.data) if self._options.data else "a plumbing company, made up",
            data=data,
            load=load,
            rate=self._options.rate,
            load_seconds=load_seconds,
            total_seconds=time.monotonic() - began,
            peak_megabytes=peak_megabytes(),
            providers=synced,
        )

    def _terms(self, provider: str) -> ProviderTerms:
        return self._running.hub.host.for_provider(provider).terms

    def _connect(self, provider: str) -> Mapping[Kind, frozenset[str]]:
        """Through the provider's consent page; the books' baseline."""
        with Browser() as browser:
            browser.consent(self._api.connect_address(provider))
        connection = self._api.connection(provider)
        label = self._terms(provider).label
        if connection["state"] != "active":
            raise DemoFailed(f"{label} was not connected: the connection is {connection['state']}.")
        self._stage.step(f'{label} is connected to "{connection["company_name"]}".')
        # One clean start for the stop watch: nothing is sent while the data is still being loaded.
        self._api.auto_sync(provider, on=False)
        self._map_accounts(provider, label)
        return remote_ids(self._running.sandboxes[provider].ledger(connection["company_id"]))

    def _map_accounts(self, provider: str, label: str) -> None:
        """Book services and products to the accounts that a bookkeeper would most likely take."""
        accounts = self._api.accounts(provider)
        income = _account(accounts, "income", ("service", "sales"))
        if income is None:
            raise DemoFailed(f"{label} shows no income account.")
        expense = _account(accounts, "expense", ("cost of", "materials"))
        for item_type in ("service", "product"):
            self._api.map_default(provider, item_type, income=income["id"], expense=expense["id"] if expense else "")
        self._stage.step(f'Items are booked to "{income["name"]}".')

    def _load(self, lines: Iterator[bytes]) -> Load:
        load = Load()
        for body, count in portions(lines):
            self._stop_if_told()
            load.add(self._api.load(body), count)
            self._stage.progress("Loading", load.lines, None, f"{load.rejected_count:,} rejected")
        self._stage.step(f"{load.accepted:,} records loaded, {load.rejected_count:,} rejected.")
        return load

    def _sync(self) -> dict[str, Mapping[str, Any]]:
        """Start a run with every provider, and wait until all are finished."""
        computed = time.process_time()
        started = {provider: int(self._api.sync(provider)["run_id"]) for provider in self._options.providers}
        done: dict[str, Mapping[str, Any]] = {}
        moved_at, last = time.monotonic(), -1
        while len(done) < len(started):
            looked = {provider: self._api.run(run_id) for provider, run_id in started.items()}
            done = {provider: run for provider, run in looked.items() if run["state"] != "running"}
            handled = sum(_handled(run) for run in looked.values())
            self._stage.progress(
                "Syncing", handled, sum(int(run["total"]) for run in looked.values()), self._pace_words(looked)
            )
            if handled != last:
                moved_at, last = time.monotonic(), handled
            elif time.monotonic() - moved_at > _STILL_AT_MOST:
                raise DemoFailed(f"The sync has stood still for {_STILL_AT_MOST:.0f} seconds at {handled:,} records.")
            if len(done) < len(started):
                self._told.wait(_LOOK_EVERY)
            self._stop_if_told()
        self._computed = time.process_time() - computed
        for provider, run in done.items():
            self._stage.step(f"Sync with {self._terms(provider).label}: {counts_of(run)}.")
        return done

    def _pace_words(self, runs: Mapping[str, Mapping[str, Any]]) -> str:
        """`about 2 min left · limited by QuickBooks Online to 40 batch calls a minute`, for a person who waits."""
        words = []
        now = self._running.clock.now()
        left = [_left(run, now) for run in runs.values() if run["state"] == "running"]
        known = [one for one in left if one is not None]
        if known:
            words.append(f"about {span(max(known) / self._options.rate)} left")
        for provider in runs:
            terms = self._terms(provider)
            limit = floor(terms, _MANY).limit
            if limit is not None:
                words.append(f"limited by {terms.label} to {limit.count:,} {limit.meter} calls {every(limit)}")
        return " · ".join(words)

    def _compare(self, provider: str, before: Mapping[Kind, frozenset[str]], run: Mapping[str, Any]) -> Synced:
        connection = self._api.connection(provider)
        sandbox = self._running.sandboxes[provider]
        terms = self._terms(provider)
        rows = list_books(self._running.hub, tenant_id=self._tenant_id, connection_id=int(connection["id"]))
        books = compare(rows, sandbox.ledger(connection["company_id"]), label=terms.label, before=before)
        pace = Pace(
            began=datetime.fromisoformat(run["started_at"]),
            ended=datetime.fromisoformat(run["finished_at"]),
            floor=floor(terms, _written(rows, before)),
            computed=self._computed,
            refused_calls=sandbox.refusals(),
            calls=sandbox.calls(),
        )
        return Synced(books=books, pace=pace, run=run)

    def _stop_if_told(self) -> None:
        if self._told.is_set():
            raise Interrupted


def peak_megabytes() -> float:
    """The most memory that this process ever held; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MEGABYTE


def _account(accounts: Sequence[Mapping[str, Any]], use: str, words: Sequence[str]) -> Mapping[str, Any] | None:
    """The active account of a use whose name holds the earliest of these words, or else the first; None without any."""
    fitting = [account for account in accounts if account["use"] == use and account["active"]]
    return min(
        fitting,
        key=lambda account: next((place for place, word in enumerate(words) if word in account["name"].lower()), 99),
        default=None,
    )


def _written(rows: list[BooksRow], before: Mapping[Kind, frozenset[str]]) -> Mapping[Kind, int]:
    """How many objects had to be made over there, by kind: the floor's input."""
    return Counter(row.kind for row in rows if row.remote_id and row.remote_id not in before[row.kind])


def _handled(run: Mapping[str, Any]) -> int:
    return sum(int(run[name]) for name in ("created", "updated", "unchanged", "skipped", "failed"))


def _left(run: Mapping[str, Any], now: datetime) -> timedelta | None:
    """How much longer at the pace so far; None before there is one."""
    handled = _handled(run)
    if not handled:
        return None
    took = now - datetime.fromisoformat(run["started_at"])
    return took * (max(0, int(run["total"]) - handled) / handled)
