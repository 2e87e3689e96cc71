"""One tenant on one provider, as its host app and its bookkeeper see it: connected, mapped, loaded, synced, compared.

Everything they would do goes through HTTP: REST for the one, a browser for the other.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind
from ledgerport.demo import bookkeeper
from ledgerport.demo.browser import Browser
from ledgerport.demo.compare import compare, remote_ids
from ledgerport.demo.floor import floor
from ledgerport.demo.memory import Told, ask_ten
from ledgerport.demo.outcome import Load, Pace, Synced
from ledgerport.demo.plumbing import TAX_RATE
from ledgerport.demo.progress import Stage
from ledgerport.demo.rest import HubClient
from ledgerport.demo.stage import DemoFailed, Running
from ledgerport.services.api_keys import OPERATOR, create_key
from ledgerport.services.list_books import BooksRow, list_books

TENANT, TENANT_NAME = "demo", "Demo company"
_RUNNING = "running"
_PERCENT = 100 * TAX_RATE


class Seat:
    """`slug` and `key` are what a person may go on with; `run` is the sync as it was last looked at."""

    def __init__(self, running: Running, provider: str, *, slug: str, tenant_id: int, key: str) -> None:
        self.slug, self.provider, self.key = slug, provider, key
        self.terms = running.hub.host.for_provider(provider).terms
        self.load = Load()
        self.run: Mapping[str, Any] = {}
        self._running, self._tenant_id = running, tenant_id
        self._sandbox = running.sandboxes[provider]
        self._api = HubClient(running.url, key)
        self._before: Mapping[Kind, frozenset[str]] = {}
        # Seconds of the processors: at the start of the run, and until it was seen to have ended.
        self._run_id, self._began, self._computed = 0, 0.0, 0.0

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return bool(self.run) and self.run["state"] != _RUNNING

    @property
    def handled(self) -> int:
        """How many records the run has dealt with."""
        return sum(int(self.run.get(name, 0)) for name in ("created", "updated", "unchanged", "skipped", "failed"))

    def connect(self, stage: Stage) -> None:
        """Through the provider's consent page, or with its API key. Raises NotConnected, DemoFailed."""
        typed = self._sandbox.api_key() if self.terms.api_key is not None else {}
        with Browser() as browser:
            browser.consent(self._api.connect_address(self.provider), typed)
        connection = self._api.connection(self.provider)
        if connection["state"] != "active":
            raise DemoFailed(f"{self.terms.label} was not connected: the connection is {connection['state']}.")
        stage.step(f'{self.terms.label} is connected to "{connection["company_name"]}".')
        # One clean start for the stop watch: nothing is sent while the data is still being loaded.
        self._api.auto_sync(self.provider, on=False)
        if left := [f"{kind}s" for kind in Kind if not self._takes(kind)]:
            stage.step(f"  {self.terms.label} takes no {' and no '.join(left)}: they stay here.")
        for sentence in self._map():
            stage.step(sentence)
        self._before = remote_ids(self._sandbox.ledger(connection["company_id"]))

    def send(self, body: bytes, lines: int) -> None:
        """Load one portion of the records."""
        self.load.add(self._api.load(body), lines)

    def start(self) -> None:
        """Begin to sync."""
        self._began = time.process_time()
        self._run_id = int(self._api.sync(self.provider)["run_id"])
        self.look()

    def look(self) -> None:
        """See how far the run is."""
        if not self.done:
            self.run = self._api.run(self._run_id)
            self._computed = time.process_time() - self._began

    def compare(self) -> Synced:
        """Both books, side by side."""
        connection = self._api.connection(self.provider)
        listed = list_books(self._running.hub, tenant_id=self._tenant_id, connection_id=int(connection["id"]))
        rows = [row for row in listed if self._takes(row.kind)]
        books = compare(
            rows,
            self._sandbox.ledger(connection["company_id"]),
            label=self.terms.label,
            before=self._before,
            computes_tax=self.terms.computes_tax,
        )
        pace = Pace(
            began=datetime.fromisoformat(self.run["started_at"]),
            ended=datetime.fromisoformat(self.run["finished_at"]),
            floor=floor(self.terms, _written(rows, self._before)),
            computed=self._computed,
            refused_calls=self._sandbox.refusals(),
            calls=self._sandbox.calls(),
        )
        return Synced(tenant=self.slug, load=self.load, books=books, pace=pace, run=self.run)

    def remembered(self) -> tuple[int, int, str]:
        """How many documents the memory has, how many wait, and why nothing moves where that is so."""
        told = self._api.memory_status()
        return int(told["documents"]), int(told["waiting"]), str(told["reason"])

    def ask_ten(self) -> Iterator[Told]:
        """Questions to the memory, with answers that were held to the records. Raises WrongAnswer."""
        yield from ask_ten(self._api)

    def leave(self) -> None:
        """From now on records travel by themselves."""
        self._api.auto_sync(self.provider, on=True)
        self._api.close()

    def _takes(self, kind: Kind) -> bool:
        return kind in self.terms.kinds and self.terms.kinds[kind].push

    def _map(self) -> list[str]:
        """Choose what a bookkeeper would, as far as the provider needs it; a sentence about each choice.

        Raises DemoFailed when the books have nothing to choose from.
        """
        accounts = self._api.accounts(self.provider)
        told = []
        if bookkeeper.needs_income(self.terms):
            income = self._found(bookkeeper.account_for(accounts, "income", bookkeeper.INCOME), "income account")
            expense = bookkeeper.account_for(accounts, "expense", bookkeeper.EXPENSE)
            for item_type in ("service", "product"):
                self._api.map_default(
                    self.provider, item_type, income=income["id"], expense=expense["id"] if expense else ""
                )
            told.append(f'  Items are booked to "{income["name"]}".')
        if bookkeeper.needs_deposit(self.terms):
            deposit = self._found(bookkeeper.account_for(accounts, "deposit", bookkeeper.DEPOSIT), "deposit account")
            self._api.deposit_to(self.provider, deposit["id"])
            told.append(f'  Payments are deposited to "{deposit["name"]}".')
        if bookkeeper.needs_tax_codes(self.terms):
            codes = bookkeeper.tax_codes_for(self._api.tax_codes(self.provider), _PERCENT)
            self._found(codes.get(bookkeeper.TAXABLE), "tax code with a rate")
            for code, chosen in codes.items():
                self._api.map_tax_code(self.provider, code, chosen["id"])
                told.append(f'  What is {code} has the tax code "{chosen["name"]}", {_rate(chosen)} %.')
        return told

    def _found(self, chosen: bookkeeper.Row | None, what: str) -> bookkeeper.Row:
        if chosen is None:
            raise DemoFailed(f"{self.terms.label} shows no {what}.")
        return chosen


def take_seats(running: Running, providers: tuple[str, ...]) -> tuple[str, tuple[Seat, ...]]:
    """A tenant for each provider, and the operator's key: `demo` where there is one, else `demo-<provider>`."""
    operator = create_key(running.hub, tenant=None, name="demo operator", scopes=[OPERATOR])
    seats = []
    with HubClient(running.url, operator.key) as desk:
        for provider in providers:
            alone = len(providers) == 1
            slug, name = (TENANT, TENANT_NAME) if alone else (f"{TENANT}-{provider}", f"{TENANT_NAME} ({provider})")
            tenant_id = int(desk.create_tenant(slug, name)["id"])
            desk.enable(slug, provider)
            key = desk.create_key(slug, "demo host app")
            seats.append(Seat(running, provider, slug=slug, tenant_id=tenant_id, key=key))
    return operator.key, tuple(seats)


def _rate(code: bookkeeper.Row) -> str:
    return f"{Decimal(str(code['rate'])).normalize():f}"


def _written(rows: list[BooksRow], before: Mapping[Kind, frozenset[str]]) -> Mapping[Kind, int]:
    """How many objects had to be made over there, by kind: the floor's input."""
    return Counter(row.kind for row in rows if row.remote_id and row.remote_id not in before[row.kind])
