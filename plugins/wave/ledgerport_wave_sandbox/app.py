"""Wave on one origin: OAuth below `/oauth2/`, the GraphQL endpoint at `/graphql/public`.

**Businesses.** A fresh sandbox has Blue Heron Plumbing (`state.COMPANY`) and Second Street Heating
(`state.OTHER_COMPANY`), both in USD and on the Pro plan, each with the accounts of `chart.FRESH`, the sales taxes
8.25 % and 6.25 %, no customers and no products. Control routes take a business by its id or by its uuid.

**Schema.** The files under `schema/` hold the part of Wave's interface that is served here; `create_app(schema=...)`
serves another text (or the file at a path) in its place, for example the whole official one. A field at the root that
is not served here is INTERNAL_SERVER_ERROR there; any other one is null, or that error where null is not allowed.

**Order of refusals.** Document, then variables, then the token (then plan and scopes): an invalid document is told
even to strangers, and introspection needs no token [OA]. A request is applied in one transaction before it is answered.

**Faults.** Calls are named for `match` by the hub's words: entities Customer, Item, Invoice, Estimate, Payment;
operations query, introspection, create, update, delete, archive, approve, send, mark_sent, and batch for several
mutations in one document or `moneyTransactionsCreate`. `refuse_item` answers didSucceed false; `refuse_batch` an error
at the top; `shuffle_batch` and `drop_bid` change the members of `data`. `status` with 200 is Wave's own
INTERNAL_SERVER_ERROR.

**Scopes** are asked for at the root and below a business; what hangs on an object that was answered (the customer of an
invoice) needs none of its own.

**Limits.** Wave publishes none: 2 requests at once and 500 a minute for a business and app, to be changed or switched
off by the control route `limits`.

**Stricter than the real thing, as far as one can tell:** the client's secret must stand in the body of token
requests, payments have two decimals at most, an invoice with payments is not deleted (switch), numbers are unique
(switch), an archived customer gets no new documents. What the documents leave open is a switch (`switches.py`).
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema

from ledgerport_sandbox import Call, Clock, Limit, Reply, Sandbox, ledger
from ledgerport_sandbox.oauth import Grant
from ledgerport_sandbox.webhooks import Outbox
from ledgerport_wave_sandbox import ids, login, office, resolvers, wire
from ledgerport_wave_sandbox.endpoint import ENDPOINT, Endpoint, Request
from ledgerport_wave_sandbox.prepare import Documents
from ledgerport_wave_sandbox.rows import LEDGER_KINDS
from ledgerport_wave_sandbox.state import Books, Business, Desk, covers
from ledgerport_wave_sandbox.switches import SWITCHES

log = logging.getLogger("ledgerport_sandbox")

LIMITS = (Limit("requests at once", 2, None), Limit("requests per minute", 500, 60))
_NAMED = re.compile(re.escape(ids.PREFIX) + rb"[A-Za-z0-9+/=]+")


def create_app(
    *, store: str | os.PathLike[str] | None = None, clock: Clock | None = None, schema: str | Path | None = None
) -> WaveSandbox:
    """The ASGI app. `store`: a path, ":memory:", or None for a temporary file; `clock`: shared with others, or its
    own; `schema`: the text of another schema, or the path of its file.
    """
    return WaveSandbox(store=store, clock=clock, schema=schema)


def own_schema() -> str:
    """The schema that is served by default, as SDL."""
    folder = Path(__file__).with_name("schema")
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.graphql")))


def _text_of(schema: str | Path | None) -> str:
    if schema is None:
        return own_schema()
    return schema if isinstance(schema, str) and "{" in schema else Path(schema).read_text()


@lru_cache(maxsize=4)
def _built(text: str) -> GraphQLSchema:
    """A schema with its resolvers; it holds no state, so sandboxes in one process share it."""
    built = build_schema(text)
    wire.equip(built)
    resolvers.attach(built)
    return built


class WaveSandbox(Sandbox):
    """Wave, small."""

    provider = "wave"
    published_limits = LIMITS
    known_switches = SWITCHES
    request_timeout = 60.0

    def __init__(
        self,
        *,
        store: str | os.PathLike[str] | None = None,
        clock: Clock | None = None,
        schema: str | Path | None = None,
    ) -> None:
        built = _built(_text_of(schema))
        super().__init__(
            store=store,
            clock=clock,
            rules=login.rules(),
            clients=[login.CLIENT],
            outbox=Outbox(self._pack_events, most=1),
            token_shapes=dict(login.SHAPES),
        )
        self._endpoint = Endpoint(built, Documents(built), self.switches)
        self._businesses: dict[str, Business] = {}
        self._login = login.Login(self.authority, self.switches, self._choices, self._lapsed, self._forbidden)
        for data in self.store.fact("businesses") or []:
            self._businesses[data["id"]] = Business(**data)
        if not self._businesses:
            self.seed()

    # -- businesses ------------------------------------------------------------------------------------------

    def seed(self) -> None:
        self._businesses.clear()
        for default in office.DEFAULTS:
            self._open(Business(**asdict(default)))

    def add_company(self, data: dict[str, Any]) -> dict[str, Any]:
        business = office.business_from(data)
        if business.id in self._businesses:
            raise ValueError(f"business {business.id} is there already")
        self._open(business)
        return asdict(business)

    def _open(self, business: Business) -> None:
        business.created = business.created or self.clock.now()
        self._businesses[business.id] = business
        books = Books(self.store, business, self.clock, self.switches, self.outbox, self.authority)
        office.open_books(books)
        self._remember()

    def _remember(self) -> None:
        self.store.keep_fact("businesses", [asdict(business) for business in self._businesses.values()])

    def _choices(self) -> Sequence[tuple[str, str]]:
        return [(b.id, b.name) for b in self._businesses.values() if b.pro and not b.archived]

    def _business(self, given: str) -> Business:
        try:
            return self._businesses[office.company_id(given)]
        except (KeyError, ValueError):
            raise KeyError(f"no business {given!r}; there are {', '.join(self._businesses)}") from None

    def _desk(self, **more: Any) -> Desk:
        return Desk(self.store, self.clock, self.switches, self.outbox, self.authority, self._businesses, **more)

    def ledger(self, company: str, *, summary: bool) -> bytes:
        found = self._business(company)
        return ledger.assemble(
            self.store,
            provider=self.provider,
            company=found.id,
            name=found.name,
            currency=found.currency,
            kinds=LEDGER_KINDS,
            summary=summary,
        )

    def person(self, data: dict[str, Any]) -> dict[str, Any]:
        business = self._business(str(data.get("company")))
        desk = self._desk()
        try:
            answer = office.person(desk, lambda name, given: self._endpoint.run(desk, name, given), business, data)
        finally:
            self._remember()
        return answer

    def _pack_events(self, events: Sequence[dict[str, Any]], secret: str) -> tuple[bytes, dict[str, str]]:
        return office.pack(events, secret, self.clock.now(), self.switches)

    def switched(self) -> None:
        login.follow(self.authority.rules, self.switches)

    # -- plan and scopes -------------------------------------------------------------------------------------

    def _lapsed(self, grant: Grant) -> bool:
        plans = [id in self._businesses and self._businesses[id].pro for id in grant.companies]
        return not any(plans) if self.switches["lapsed_refresh"] == "all" else not all(plans)

    def _forbidden(self, text: str = "This business is not on a plan that lets apps in.") -> Reply:
        kind = self.switches["forbidden_body"]
        if kind == "html":
            return self.page(403)
        return Reply(403) if kind == "empty" else Reply.json({"error": "forbidden", "message": text}, 403)

    # -- one request -----------------------------------------------------------------------------------------

    def describe(self, call: Call) -> None:
        call.route = call.path
        if call.path != ENDPOINT:
            return
        request = self._endpoint.read(call)
        call.route = "#".join((call.path, *request.roots[:1]))
        call.details["request"] = request
        grant, _ = self.authority.check(self.token_of(call) or "")
        call.details["grant"] = grant
        call.client = grant.client if grant else ""
        call.operation, call.entities, call.parts = request.operation, request.entities, tuple(request.roots)
        named = _NAMED.search(call.body)
        call.details["named"] = named is not None or request.roots == ["business"]
        if named is not None:
            call.company = ids.owner(named.group().decode())
        elif grant is not None and grant.companies:
            call.company = grant.companies[0]

    def limit_keys(self, call: Call) -> list[tuple[str, str]]:
        if call.path != ENDPOINT:
            return []
        key = f"{call.company}/{call.client}"
        return [(limit.name, key) for limit in LIMITS]

    def handle(self, call: Call) -> Reply:
        if call.path != ENDPOINT:
            return self._login.answer(call) or Reply.text("Not Found", 404)
        request: Request = call.details["request"]
        problem = self._endpoint.problem(request)
        if problem is not None:
            return problem
        grant: Grant | None = call.details["grant"]
        # The state of the token now: a fault may have struck it since the call was described.
        trouble = self.authority.check(self.token_of(call) or "")[1]
        desk = self._desk(call=call, grant=grant, trouble=trouble, reach=frozenset(grant.companies if grant else ()))
        if grant is not None and not trouble and not request.introspection:
            refusal = self._stopped(call, grant, request, desk)
            if refusal is not None:
                return refusal
        with self.store.transaction():
            return self._endpoint.execute(desk, request)

    def _stopped(self, call: Call, grant: Grant, request: Request, desk: Desk) -> Reply | None:
        """403 for a lapsed plan and for a missing scope, or the second as an error at the field."""
        named = call.details["named"] and call.company in grant.companies
        used = self._businesses.get(call.company) if named else None
        if self._lapsed(grant) or (used is not None and not used.pro):
            return self._forbidden()
        if all(covers(grant.scope, wanted) for wanted in request.scopes):
            return None
        if self.switches["missing_scope"] == "403":
            return self._forbidden("The token does not have the scope that this needs.")
        desk.denied = True
        return None

    # -- refusals --------------------------------------------------------------------------------------------

    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        if self.switches["throttle_body"] == "text":
            reply = Reply.text("Too Many Requests", 429)
        else:
            reply = Reply.json({"error": "too_many_requests", "message": "Too many requests."}, 429)
        asked = call.fault is not None and call.fault.name == "throttle"
        if retry_after is not None and (asked or self.switches["throttle_retry_after"]):
            reply.headers.append(("retry-after", str(max(1, int(retry_after + 0.999)))))
        return reply

    def failed(self, call: Call, status: int) -> Reply:
        return self._endpoint.failure(call.parts, status)
