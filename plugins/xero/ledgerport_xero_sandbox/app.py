"""Xero on one origin: the identity service, /connections and the Accounting API 2.0, told apart by path.

Two organisations are open in a fresh sandbox, both in the US and in USD: "Blue Heron Plumbing" (`state.COMPANY`) and
"Second Street Heating" (`state.OTHER_COMPANY`); their ids are the tenant ids. Each has the chart of accounts and the
tax rates of `company.py` (Texas Sales Tax 8.25 % is TAX001), no contacts and no items. `company.account_id(company,
name)` tells an account's id. `POST /_sandbox/companies {"name", "id"?, ...}` opens more, with any field of
`state.Company`.

Apps: `sandbox-client` with `sandbox-secret`, and `sandbox-pkce` without a secret. The consent form takes one `company`,
`decision`, and optionally `person` (default "bookkeeper"): tokens belong to person and app.

Faults match the entities Customer, Item, Invoice, Estimate, Payment and Account, and the operations create, update,
delete, void, batch (several records in one request, or a batch payment), read and query. `throttle` takes a `limit`:
concurrent, minute (default), day or appminute. A `status` fault with a JSON body is Xero's own answer, so an
Idempotency-Key repeats it; other bodies come from a gateway, which keeps nothing. 503 is always plain text.

Stricter than the real thing: only sales invoices (ACCREC); enumerations are told apart by case; a part-paid invoice is
edited only with all its LineItemIDs; endpoints outside of those below are answered 501. More lenient: requests are not
read as XML. What the documents leave open is a switch (`switches.py`).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import orjson

from ledgerport_sandbox import Call, Clock, Limit, Reply, Sandbox, ledger
from ledgerport_sandbox.oauth import Grant
from ledgerport_sandbox.webhooks import Outbox
from ledgerport_xero_sandbox import envelopes, gateway, login, office, service
from ledgerport_xero_sandbox.connections import Connections
from ledgerport_xero_sandbox.idempotency import Replays
from ledgerport_xero_sandbox.refusals import ApiError, NotFound
from ledgerport_xero_sandbox.rows import LEDGER_KINDS
from ledgerport_xero_sandbox.state import Books, Company
from ledgerport_xero_sandbox.switches import SWITCHES
from ledgerport_xero_sandbox.writing import ENDPOINTS, described

_PATH = re.compile(r"/api\.xro/2\.0/([A-Za-z]+)(?:/([^/]+))?(?:/([^/]+))?/?")
_CONNECTIONS = re.compile(r"/connections(?:/([^/]*))?/?", re.IGNORECASE)
LIMITS = (
    Limit("concurrent", 5, None),
    Limit("minute", 60, 60, fixed=True),
    Limit("day", 5000, 86400, fixed=True),
    Limit("appminute", 10000, 60, fixed=True),
)
STARTER_DAY = 1000


def create_app(*, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> XeroSandbox:
    """The ASGI app. `store`: a path, ":memory:", or None for a temporary file; `clock`: shared with others, or its
    own.
    """
    return XeroSandbox(store=store, clock=clock)


class XeroSandbox(Sandbox):
    """Xero, small."""

    provider = "xero"
    published_limits = LIMITS
    known_switches = SWITCHES
    request_timeout = 120.0

    def __init__(self, *, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> None:
        super().__init__(
            store=store,
            clock=clock,
            rules=login.rules(),
            clients=[login.CLIENT, login.PKCE_CLIENT],
            outbox=Outbox(self._pack_events, handshakes=office.handshakes),
            token_shapes=dict(login.SHAPES),
        )
        self._companies: dict[str, Company] = {}
        self._connections = Connections(self.store, self.clock, self.authority, self.switches)
        self._replays = Replays(self.store, self.clock, self.switches)
        self._login = login.Login(self.authority, self._connections, self.switches, self._choices)
        self._sequence = 0
        self._starter = False
        self.switched()
        for data in self.store.fact("companies") or []:
            self._companies[data["id"]] = Company(**data)
        if not self._companies:
            self.seed()

    # -- organisations ---------------------------------------------------------------------------------------

    def seed(self) -> None:
        self._companies.clear()
        self._connections.clear()
        for default in office.DEFAULTS:
            self._open(Company(**asdict(default)))

    def add_company(self, data: dict[str, Any]) -> dict[str, Any]:
        company = office.company_from(data)
        if company.id in self._companies:
            raise ValueError(f"organisation {company.id} is there already")
        self._open(company)
        return asdict(company)

    def _open(self, company: Company) -> None:
        self._companies[company.id] = company
        service.open_books(self._books(company))
        self._remember()

    def _remember(self) -> None:
        self.store.keep_fact("companies", [asdict(company) for company in self._companies.values()])

    def _choices(self) -> Sequence[tuple[str, str]]:
        return [(company.id, company.name) for company in self._companies.values()]

    def _books(self, company: Company, dp: int = 2) -> Books:
        return Books(self.store, company, self.clock, self.switches, self.outbox, dp)

    def ledger(self, company: str, *, summary: bool) -> bytes:
        found = self._companies.get(company)
        if found is None:
            raise KeyError(f"no organisation {company!r}; there are {', '.join(self._companies)}")
        return ledger.assemble(
            self.store,
            provider=self.provider,
            company=company,
            name=found.name,
            currency=found.currency,
            kinds=LEDGER_KINDS,
            summary=summary,
        )

    def person(self, data: dict[str, Any]) -> dict[str, Any]:
        company = self._companies.get(str(data.get("company")))
        if company is None:
            raise KeyError(f"no organisation {data.get('company')!r}")
        if data.get("action") == "disconnect":
            return {"disconnected": self._connections.remove(lambda one: one.tenant == company.id)}
        answer = office.person(self._books(company), data)
        self._remember()
        return answer

    def _pack_events(self, events: Sequence[dict[str, Any]], secret: str) -> tuple[bytes, dict[str, str]]:
        # Sequence numbers count on per event; an event that is sent again keeps its own.
        for event in events:
            if "sequence" not in event:
                self._sequence += 1
                event["sequence"] = self._sequence
        return office.pack(events, secret, min((event["sequence"] for event in events), default=0))

    def switched(self) -> None:
        login.follow(self.authority.rules, self.switches)
        starter = bool(self.switches["starter_tier"])
        if starter != self._starter:
            self._starter = starter
            day = Limit("day", STARTER_DAY, 86400, fixed=True)
            self.limits.replace([day if starter and limit.name == "day" else limit for limit in LIMITS])

    # -- one request -----------------------------------------------------------------------------------------

    def describe(self, call: Call) -> None:
        found = _PATH.fullmatch(call.path)
        grant, _ = self.authority.check(self.token_of(call) or "")
        call.client = grant.client if grant else ""
        call.details["requestid"] = call.headers.get("idempotency-key")
        if found is None:
            call.route = call.path
            # Xero's own client writes /Connections.
            if (hit := _CONNECTIONS.fullmatch(call.path)) is not None:
                call.details["connection"] = hit[1] or ""
                call.route = login.CONNECTIONS + ("/{id}" if hit[1] else "")
            return
        call.company = call.headers.get("xero-tenant-id", "")
        name, *rest = found.groups()
        call.parts = (name, *(unquote(part) for part in rest if part))
        call.route = "/api.xro/2.0/" + "/".join((name, *(("{id}", *call.parts[2:]) if len(call.parts) > 1 else ())))
        endpoint = ENDPOINTS.get(name)
        if endpoint is not None:
            call.entities = (endpoint.entity,)
        path_id = call.parts[1] if len(call.parts) > 1 else None
        if call.method == "GET":
            call.operation = "read" if path_id else "query"
        elif call.method == "DELETE":
            call.operation = "delete"
        else:
            call.details["data"] = service.parsed(call.body)
            if endpoint is not None:
                call.operation = described(endpoint, call.details["data"], call.method, path_id)

    def limit_keys(self, call: Call) -> list[tuple[str, str]]:
        if call.parts and call.company:
            pair = f"{call.company}/{call.client}"
            return [(name, pair) for name in ("concurrent", "minute", "day")] + [("appminute", call.client)]
        return [("appminute", call.client)] if "connection" in call.details else []

    def refuse_early(self, call: Call) -> Reply | None:
        busy = self._replays.enter(call)
        return None if busy is None else self._refusal(call, busy)

    def left(self, call: Call) -> None:
        self._replays.leave(call)

    def handle(self, call: Call) -> Reply:
        if not call.parts:
            return self._login.answer(call) or self._connected(call)
        refused = gateway.stopped(call, self.token_of(call) or "", self.authority, self._companies, self.switches)
        if refused is not None:
            return refused
        company = self._companies[call.company]
        books = self._books(company, 4 if call.query.get("unitdp") == "4" else 2)
        with self.store.transaction():
            try:
                stored = self._replays.look(call)
            except ApiError as err:
                return self._refusal(call, err)
            if stored is not None:
                call.details["replayed"] = True
                return Reply(stored[0], stored[1], [envelopes.JSON])
            reply = self._served(books, call)
            self._replays.keep(call, reply)
            return reply

    def _served(self, books: Books, call: Call) -> Reply:
        try:
            answered = service.serve(books, call)
        except ApiError as err:
            return self._refusal(call, err)
        except NotFound:
            return gateway.not_found(self.switches)
        if answered is None:
            return Reply(204)
        if answered.get("NotModified"):
            return Reply(304)
        accept, provider = call.headers.get("accept", ""), call.client
        return envelopes.answer(answered, accept=accept, provider=provider, epoch=self.clock.now())

    def _connected(self, call: Call) -> Reply:
        """/connections: a bearer token, no tenant."""
        id = call.details.get("connection")
        if id is None:
            return gateway.not_found(self.switches)
        refused, grant = gateway.unknown_token(self.token_of(call) or "", self.authority, self.switches)
        if refused is not None:
            return refused
        assert grant is not None
        if call.method == "GET" and not id:
            return Reply(200, orjson.dumps(self._login.connections(call, grant)), [envelopes.JSON])
        if call.method == "DELETE" and id:
            return self._disconnect(grant, id)
        return gateway.not_found(self.switches)

    def _disconnect(self, grant: Grant, id: str) -> Reply:
        if id in {one.id for one in self._connections.of(grant)}:
            self._connections.remove(lambda one: one.id == id)
            return Reply(204)
        if self._connections.known(id):
            # The tenant's or another user's id: 403 [I:xero-node#403].
            return gateway.forbidden("AuthenticationUnsuccessful", self.switches)
        return gateway.not_found(self.switches)

    def answered(self, call: Call, reply: Reply) -> None:
        """A server error of Xero itself is what the key repeats from then on; a gateway's 503 is not."""
        kept = reply.status >= 500 and reply.status != 503 and self.switches["idempotency_keeps_5xx"]
        if kept and call.company in self._companies and not call.details.get("replayed"):
            self._replays.keep(call, reply)

    # -- refusals --------------------------------------------------------------------------------------------

    def _refusal(self, call: Call, err: ApiError) -> Reply:
        return envelopes.api_exception(err.body, accept=call.headers.get("accept", ""), status=err.status)

    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        limit = call.details.get("limit") or "minute"
        reply = Reply(429, b"", [("x-rate-limit-problem", limit)])
        if self.switches["throttle_body"] == "text":
            reply = Reply.text("The API rate limit for your organisation/application pairing has been exceeded", 429)
            reply.headers.append(("x-rate-limit-problem", limit))
        if retry_after is not None and limit != "concurrent":
            reply.headers.append(("retry-after", str(max(1, math.ceil(retry_after)))))
        return reply

    def failed(self, call: Call, status: int) -> Reply:
        if status == 503:
            return Reply.text(self.switches["unavailable_text"], 503)
        if self.switches["server_error_body"] == "html":
            return self.page(status)
        body = {"Type": "InternalServerErrorException", "Message": "An error occurred in Xero."}
        return Reply(status, orjson.dumps(body), [envelopes.JSON])

    def dress(self, call: Call, reply: Reply) -> Reply:
        """The headers every answer carries; the three counters only where a tenant is known and let in."""
        given = {name for name, _ in reply.headers}
        now = datetime.fromtimestamp(self.clock.now(), UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        extra = [("cache-control", "max-age=0, no-cache, no-store"), ("pragma", "no-cache"), ("expires", now)]
        if call.parts or "connection" in call.details:
            extra.append(("xero-correlation-id", envelopes.new_id()))
            extra.append(("x-appminlimit-remaining", str(self.limits.remaining("appminute", call.client))))
        if call.parts and call.company in self._companies and reply.status not in {401, 403}:
            pair = f"{call.company}/{call.client}"
            extra.append(("x-minlimit-remaining", str(self.limits.remaining("minute", pair))))
            extra.append(("x-daylimit-remaining", str(self.limits.remaining("day", pair))))
        more = [pair for pair in extra if pair[0] not in given]
        return Reply(reply.status, reply.body, [*reply.headers, *more, ("server", "Kestrel")])
