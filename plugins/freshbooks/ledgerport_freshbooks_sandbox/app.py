"""FreshBooks on one origin: the login hosts, and the accounting, ledger, events, comments and auth families.

A fresh sandbox has one person, who owns two businesses in US dollars; a consent covers both, nothing is chosen:

| business | account_id | business_id | business_uuid |
|---|---|---|---|
| Blue Heron Plumbing | 6BApk (`state.COMPANY`) | 439000 | 0b9a5f0e-6a1c-4f0e-9d5b-3c1f6b0d0001 |
| Second Street Heating | 7zQmw (`state.OTHER_COMPANY`) | 439001 | 0b9a5f0e-6a1c-4f0e-9d5b-3c1f6b0d0002 |

Each has the taxes "Texas Sales Tax" 8.25 % (taxid 7840) and "City Surcharge" 1 % (7841), a chart of accounts, and no
clients or items. The registered app is sandbox-client / sandbox-secret with loopback callbacks. `switches.py` lists
what the documents leave open; `office.py` what a person may do (`/_sandbox/person`). `invite` (an id and a name) adds a
business in whose account the person is only a client: reading shows nothing, writing is 403 errno 1003.

There are no batches, so `refuse_batch`, `shuffle_batch` and `drop_bid` never strike. The fault `status` with 409
answers errno 409, the conflict of two writers. Callbacks may be http on this machine.

Stricter than the real thing: limits slide, where the real windows may begin anew each minute; the scope of every call
is checked; texts have a longest length; a second write on a record while one is running is 409; the gateway gives up
after 60 seconds.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from ledgerport_freshbooks_sandbox import callbacks, identity, login, office, refusals, routing, serving
from ledgerport_freshbooks_sandbox.accounts import TYPES
from ledgerport_freshbooks_sandbox.outbox import CallbackOutbox
from ledgerport_freshbooks_sandbox.refusals import Refused, denied
from ledgerport_freshbooks_sandbox.rows import LEDGER_KINDS
from ledgerport_freshbooks_sandbox.state import Books, Company, Event
from ledgerport_freshbooks_sandbox.switches import SWITCHES
from ledgerport_sandbox import Call, Clock, Limit, Reply, Sandbox, ledger
from ledgerport_sandbox.oauth import Grant

REQUESTS, POSTS = "requests per minute", "accounting posts per minute"
LIMITS = (Limit(REQUESTS, 600, 60), Limit(POSTS, 250, 60))
VERSION = "2023-02-20"
#: API versions are dates; from this one on accounting errors come in the new envelope.
_NEW_ERRORS = "2022-10-31"


def create_app(*, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> FreshBooksSandbox:
    """The ASGI app. `store`: a path, ":memory:", or None for a temporary file; `clock`: shared with others, or its
    own.
    """
    return FreshBooksSandbox(store=store, clock=clock)


class FreshBooksSandbox(Sandbox):
    """FreshBooks, small."""

    provider = "freshbooks"
    published_limits = LIMITS
    known_switches = SWITCHES
    request_timeout = 60.0

    def __init__(self, *, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> None:
        clock = clock or Clock()
        self._companies: dict[str, Company] = {}
        self._callbacks: dict[str, list[dict[str, Any]]] = {}
        self._letters = CallbackOutbox(lambda: self._companies, self._registered)
        super().__init__(
            store=store,
            clock=clock,
            rules=login.rules(),
            clients=[login.CLIENT],
            outbox=self._letters,
            token_shapes=login.shapes(clock),
        )
        self._running: Counter[tuple[Any, ...]] = Counter()
        self._login = login.Login(self.authority, self.switches, self.clock, self._choices)
        for data in self.store.fact("companies") or []:
            self._companies[data["id"]] = Company(**data)
        if not self._companies:
            self.seed()

    # -- companies -------------------------------------------------------------------------------------------

    def seed(self) -> None:
        self._companies.clear()
        self._callbacks.clear()
        for default in office.DEFAULTS:
            self._open(Company(**asdict(default)))

    def add_company(self, data: dict[str, Any]) -> dict[str, Any]:
        company = office.company_from(data, len(self._companies))
        if company.id in self._companies:
            raise ValueError(f"company {company.id} is there already")
        self._open(company)
        return asdict(company)

    def _open(self, company: Company) -> None:
        self._companies[company.id] = company
        with self._books(company) as books:
            office.open_books(books)
        self._remember()

    def _remember(self) -> None:
        self.store.keep_fact("companies", [asdict(company) for company in self._companies.values()])

    def _choices(self) -> Sequence[tuple[str, str]]:
        return [(company.id, company.name) for company in self._companies.values()]

    @contextmanager
    def _books(self, company: Company) -> Iterator[Books]:
        """A company's books in one transaction; what changed is told when it is kept, never when it is undone."""
        told: list[Event] = []
        with self.store.transaction():
            yield Books(self.store, company, self.clock, self.switches, told.append)
        for event in told:
            self._letters.tell(company.id, event)

    def ledger(self, company: str, *, summary: bool) -> bytes:
        found = self._companies.get(company)
        if found is None:
            raise KeyError(f"no company {company!r}; there are {', '.join(self._companies)}")
        names = {"provider": self.provider, "company": company, "name": found.name, "currency": found.currency}
        return ledger.assemble(self.store, **names, kinds=LEDGER_KINDS, summary=summary)

    def person(self, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("action") == "invite":
            wish = {name: value for name, value in data.items() if name in {"id", "name"}}
            return self.add_company({**wish, "role": "client", "membership": "client"})
        company = self._companies.get(str(data.get("company")))
        if company is None:
            raise KeyError(f"no company {data.get('company')!r}")
        with self._books(company) as books:
            answer = office.person(books, data)
        self._remember()
        return answer

    def _registered(self, account: str) -> Sequence[dict[str, Any]]:
        if account not in self._callbacks:
            found = self.store.scan(account, "Callback", active=True)
            self._callbacks[account] = [stored.parsed() for stored in found]
        return self._callbacks[account]

    def switched(self) -> None:
        login.follow(self.authority.rules, self.switches)

    # -- one request -----------------------------------------------------------------------------------------

    def describe(self, call: Call) -> None:
        routing.describe(call, self._companies)
        grant, _ = self.authority.check(self.token_of(call) or "")
        call.client = grant.client if grant else ""

    def limit_keys(self, call: Call) -> list[tuple[str, str]]:
        if not call.details["family"]:
            return []
        return [(_limit_of(call), f"{call.company}/{call.client}")]

    def refuse_early(self, call: Call) -> Reply | None:
        """409 while another write on the same record runs: do not write one invoice from two workers."""
        record = routing.written(call)
        if record is None or self.switches["conflicts"] == "accept":
            return None
        if self._running[record]:
            return self.failed(call, 409)
        self._running[record] += 1
        call.details["running"] = record
        return None

    def left(self, call: Call) -> None:
        record = call.details.get("running")
        if record is not None:
            del self._running[record]

    def handle(self, call: Call) -> Reply:
        family = call.details["family"]
        if not family:
            answered = self._login.answer(call)
            # An app that is not registered gets 500 at the consent address (live).
            return answered or (
                self.page(500) if call.path in login.AUTHORIZE else self._refusal(call, serving.nowhere())
            )
        grant, trouble = self.authority.check(self.token_of(call) or "")
        if trouble or grant is None:
            return refusals.not_logged_in(family, self.switches["accounting_401"], new=self._new_errors(call))
        if call.path == routing.ME and call.method == "GET":
            return Reply.json(identity.me(list(self._companies.values()), self.switches["account_id_in_membership"]))
        if call.path == routing.LEDGER_TYPES:
            return Reply.json({"data": [{"name": name} for name in TYPES]})
        company = self._companies.get(call.company)
        try:
            if company is None:
                raise serving.nowhere()
            self._may(company, grant, call)
            with self._books(company) as books:
                return self._serve(books, call)
        except Refused as refused:
            return self._refusal(call, refused)

    def _may(self, company: Company, grant: Grant, call: Call) -> None:
        """Role, plan and scope. Raises Refused 1003, 1042."""
        writes = call.method != "GET"
        if writes and company.role == "client":
            raise denied()
        if writes and company.plan != "active":
            raise Refused(1042, "This account is inactive.", "account", "account", company.id, status=403)
        if not self.switches["scopes_checked"]:
            return
        resource = routing.resource_of(call)
        scope = f"user:{resource.scope}:{'write' if writes else 'read'}" if resource is not None else None
        if call.details["family"] == "events" and call.method == "POST":
            scope = callbacks.scope_of(call.body)
        if scope is not None and scope not in grant.scope.split():
            raise denied(f"The token lacks the scope {scope}.")

    def _serve(self, books: Books, call: Call) -> Reply:
        family = call.details["family"]
        if family == "accounting":
            return serving.accounting(books, call)
        if family == "events":
            at_once = self.switches["verification"] == "at_once"
            try:
                return serving.events(
                    books, call, lambda doc: self._letters.send_verifier(books.company.id, doc, at_once=at_once)
                )
            finally:
                self._callbacks.pop(books.company.id, None)
        return serving.ledger(books, call) if family == "ledger" else serving.business(books, call)

    # -- refusals --------------------------------------------------------------------------------------------

    def _refusal(self, call: Call, refused: Refused) -> Reply:
        new_events = self.switches["events_errors"] == "new"
        family = call.details["family"]
        return refusals.by_family(refused, family, new=self._new_errors(call), new_events=new_events)

    def _new_errors(self, call: Call) -> bool:
        way = self.switches["error_envelope"]
        return bool(way == "new" or (way == "by_version" and call.headers.get("x-api-version", "") >= _NEW_ERRORS))

    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        if self.switches["throttle_body"] == "oauth" or call.details["family"] in {"auth", ""}:
            reply = Reply.json({"error": "too_many_requests", "error_description": "Rate limit exceeded."}, 429)
        else:
            reply = self._refusal(call, Refused(429, "Rate limit exceeded.", status=429))
        if retry_after is not None:
            call.details["wait"] = retry_after
        return reply

    def failed(self, call: Call, status: int) -> Reply:
        if status == 409:
            message = "The resource is being modified by another request."
            return self._refusal(call, Refused(409, message, status=409))
        return self._refusal(call, Refused(500, "An unexpected error has occurred.", status=status))

    def dress(self, call: Call, reply: Reply) -> Reply:
        """The limit's numbers stand on every answer, Retry-After too, also on 200 (live 2026-06)."""
        if not call.details["family"]:
            return reply
        now = self.clock.now()
        wait = max(1, int(call.details.get("wait", 60 - now % 60) + 0.999))
        name = _limit_of(call)
        count = next((limit["count"] for limit in self.limits.report()["limits"] if limit["name"] == name), 0)
        left = self.limits.remaining(name, f"{call.company}/{call.client}")
        extra = [
            ("x-api-version", call.headers.get("x-api-version") or VERSION),
            ("x-ratelimit-limit", str(count)),
            ("x-ratelimit-remaining", str(left)),
            ("x-ratelimit-reset", str(int(now) + wait)),
            ("retry-after", str(wait)),
        ]
        return Reply(reply.status, reply.body, [*reply.headers, *extra])


def _limit_of(call: Call) -> str:
    """POSTs of the accounting family have a smaller limit of their own; everything else shares the other."""
    return POSTS if call.method == "POST" and call.details["family"] == "accounting" else REQUESTS
