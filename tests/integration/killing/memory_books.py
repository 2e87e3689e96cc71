"""A provider that lives in this process: a plugin that speaks HTTP, and the wire behind it with the provider's books.

It has no unique names and, unless its terms say so, no keys: whoever sends twice has two objects.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

import httpx

from ledgerport.contract import (
    Account,
    Broken,
    Clock,
    Endpoint,
    Grant,
    Idempotency,
    Item,
    Kind,
    KindTerms,
    Limit,
    Lookup,
    OAuthTerms,
    Outcome,
    ProviderTerms,
    Push,
    Refused,
    Remote,
    TryLater,
    call_options,
    hookimpl,
)

READ = call_options(read=True)


def terms(guard: Idempotency, *, batch_size: int = 3) -> ProviderTerms:
    return ProviderTerms(
        slug="memory",
        label="Memory Books",
        color="#123456",
        api_url="https://api.memory.example",
        kinds={Kind.ITEM: KindTerms(batch_size=batch_size, lookups=frozenset({Lookup.MARKER}))},
        limits=(Limit(count=100_000, per=timedelta(seconds=1)),),
        concurrency=2,
        idempotency=guard,
        oauth=OAuthTerms(authorize_url="https://memory.example/a", token_url="https://memory.example/t"),
        contract=(1, 1),
        request_timeout=timedelta(seconds=60),
    )


class MemoryPlugin:
    """The hooks of a provider for items."""

    def __init__(self, guard: Idempotency) -> None:
        self.terms = terms(guard)

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
    def push_item(self, account: Account, push: Push[Item]) -> Remote:
        (outcome,) = self._send(account, [push])
        if not isinstance(outcome, Remote):
            raise outcome
        return outcome

    @hookimpl
    def push_item_batch(self, account: Account, pushes: list[Push[Item]]) -> list[Outcome]:
        return self._send(account, pushes)

    @hookimpl
    def find_pushed(self, account: Account, push: Push[Item]) -> list[Remote]:
        answer = account.http.get("/items", params={"marker": push.marker}, extensions=READ)
        if answer.status_code != 200:
            raise TryLater("The look-up failed.")
        return [self._remote(row) for row in answer.json()]

    def _send(self, account: Account, pushes: list[Push[Item]]) -> list[Outcome]:
        rows = [
            {
                "id": push.remote_id,
                "marker": push.marker,
                "name": push.value.name,
                "price": str(push.value.price),
                "key": f"{push.operation_id}/{push.position}",
            }
            for push in pushes
        ]
        answer = account.http.post("/items", json=rows)
        if answer.status_code == 503:
            raise TryLater("Closed for a moment.", after=timedelta(seconds=7))
        told = answer.json()
        if not isinstance(told, list):
            # Iterated, an object with one member would pass for one record that was refused.
            raise Broken("Memory Books answered something that is no list.")
        return [self._remote(row) if "id" in row else Refused("It is refused once.", field="price") for row in told]

    @staticmethod
    def _remote(row: dict[str, Any]) -> Remote:
        return Remote(id=row["id"], kind=Kind.ITEM, name=row["name"], marker=row["marker"])


def streamed(answer: object, status: int = 200) -> httpx.Response:
    """An answer that is still to be read, as one from a socket is."""
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(answer).encode()))


@dataclass
class Late:
    """A request that the provider is still working on when its answer is given up."""

    at: datetime
    rows: list[dict[str, Any]]


@dataclass
class MemoryBooks(httpx.BaseTransport):
    """The provider's end of the wire. `plans`: what happens to the next writes, `ok` when empty.

    `lost before`, `lost after`: no answer, and not applied, or applied. `late`: no answer, applied 50 s later.
    `closed`: 503. `refused`: the first record is refused. `nonsense`: applied, and answered with something else.
    """

    clock: Clock
    keys_remembered: timedelta = timedelta(0)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: deque[str] = field(default_factory=deque)
    late: list[Late] = field(default_factory=list)
    answers: dict[str, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.catch_up()
        if request.method == "GET":
            wanted = request.url.params["marker"]
            return streamed([row for row in self.objects.values() if row["marker"] == wanted])
        rows: list[dict[str, Any]] = json.loads(request.read())
        plan = self.plans.popleft() if self.plans else "ok"
        if plan == "closed":
            return streamed([], 503)
        if plan == "lost before":
            raise httpx.ReadError("made up by the test")
        if plan == "late":
            self.late.append(Late(self.clock.now() + timedelta(seconds=50), rows))
            raise httpx.ReadTimeout("made up by the test")
        if plan == "refused":
            return streamed([{"refused": True}, *(self.apply(row) for row in rows[1:])])
        answer = [self.apply(row) for row in rows]
        if plan == "lost after":
            raise httpx.RemoteProtocolError("made up by the test")
        return streamed({"what": "is this?"} if plan == "nonsense" else answer)

    def catch_up(self, *, all_of_it: bool = False) -> None:
        """Apply what the provider was still working on."""
        now = self.clock.now()
        for request in sorted((one for one in self.late if all_of_it or one.at <= now), key=lambda one: one.at):
            self.late.remove(request)
            for row in request.rows:
                self.apply(row, request.at)

    def apply(self, row: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
        """Create or change an object, at a moment that may have passed unseen; a known key changes nothing."""
        at = at or self.clock.now()
        known = self.answers.get(row["key"])
        if known and at < known[0] + self.keys_remembered:
            return known[1]
        number = row["id"] or str(len(self.objects) + 1)
        saved = {"id": number, "marker": row["marker"], "name": row["name"], "price": row["price"]}
        self.objects[number] = saved
        self.answers[row["key"]] = (at, saved)
        return saved

    def prices(self) -> dict[str, list[Decimal]]:
        """Name -> the prices of all objects of that name: more than one is a double."""
        found: dict[str, list[Decimal]] = {}
        for row in self.objects.values():
            found.setdefault(row["name"], []).append(Decimal(row["price"]))
        return found
