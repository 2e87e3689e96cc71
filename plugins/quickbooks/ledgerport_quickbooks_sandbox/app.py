"""QuickBooks Online on one origin: Intuit's login hosts and the Accounting API, told apart by path."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from ledgerport_quickbooks_sandbox import batch, envelopes, login, office, reading
from ledgerport_quickbooks_sandbox.documents import deliver_by_mail, pdf
from ledgerport_quickbooks_sandbox.refusals import MESSAGES, Refused
from ledgerport_quickbooks_sandbox.replay import Replays
from ledgerport_quickbooks_sandbox.rows import LEDGER_KINDS
from ledgerport_quickbooks_sandbox.state import NAMES, Books, Company
from ledgerport_quickbooks_sandbox.switches import SWITCHES
from ledgerport_quickbooks_sandbox.writing import write
from ledgerport_sandbox import Call, Clock, Limit, Reply, Sandbox, ledger
from ledgerport_sandbox.webhooks import Outbox

_PATH = re.compile(r"/v3/company/([^/]+)/([^/]+)(?:/([^/]+))?(?:/([^/]+))?/?")
ENTITIES = {
    name.lower(): name
    for name in (
        *NAMES,
        "Item",
        "Account",
        "Invoice",
        "Estimate",
        "Payment",
        "PaymentMethod",
        "TaxCode",
        "TaxRate",
        "CompanyInfo",
        "Preferences",
    )
}
LIMITS = (
    Limit("requests per minute", 500, 60),
    Limit("requests per second", 10, 1),
    Limit("batches per minute", 40, 60),
    Limit("batches per minute, all apps", 120, 60),
)
_HEADERS = [
    ("server", "nginx"),
    ("strict-transport-security", "max-age=15552000"),
    ("qbo-version", "1993.180"),
    ("service-time", "total=56, db=18"),
    ("expires", "0"),
    ("cache-control", "max-age=0, no-cache, no-store, must-revalidate, private"),
]


def create_app(*, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> QuickBooksSandbox:
    """The ASGI app. `store`: a path, ":memory:", or None for a temporary file; `clock`: shared with others, or its
    own.
    """
    return QuickBooksSandbox(store=store, clock=clock)


class QuickBooksSandbox(Sandbox):
    """Intuit, small."""

    provider = "quickbooks"
    published_limits = LIMITS
    known_switches = SWITCHES
    request_timeout = 120.0

    def __init__(self, *, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> None:
        super().__init__(
            store=store,
            clock=clock,
            rules=login.rules(),
            clients=[login.CLIENT],
            outbox=Outbox(self._pack_events),
            token_shapes=dict(login.SHAPES),
        )
        self._companies: dict[str, Company] = {}
        self._replays = Replays()
        self._login = login.Login(self.authority, self.switches, self._choices)
        for data in self.store.fact("companies") or []:
            self._companies[data["id"]] = Company(**data)
        if not self._companies:
            self.seed()

    # -- companies -------------------------------------------------------------------------------------------

    def seed(self) -> None:
        self._companies.clear()
        for default in office.DEFAULTS:
            self._open(Company(**asdict(default)))

    def add_company(self, data: dict[str, Any]) -> dict[str, Any]:
        company = office.company_from(data)
        if company.id in self._companies:
            raise ValueError(f"company {company.id} is there already")
        self._open(company)
        return asdict(company)

    def _open(self, company: Company) -> None:
        self._companies[company.id] = company
        office.open_books(self._books(company))
        self._remember()

    def _remember(self) -> None:
        self.store.keep_fact("companies", [asdict(company) for company in self._companies.values()])

    def _choices(self) -> Sequence[tuple[str, str]]:
        return [(company.id, company.name) for company in self._companies.values()]

    def _books(self, company: Company) -> Books:
        return Books(self.store, company, self.clock, self.switches, self.outbox)

    def ledger(self, company: str, *, summary: bool) -> bytes:
        found = self._companies.get(company)
        if found is None:
            raise KeyError(f"no company {company!r}; there are {', '.join(self._companies)}")
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
            raise KeyError(f"no company {data.get('company')!r}")
        answer = office.person(self._books(company), data)
        self._remember()
        return answer

    def _pack_events(self, events: Sequence[dict[str, Any]], secret: str) -> tuple[bytes, dict[str, str]]:
        return office.pack(events, secret, self.switches["webhook_format"])

    def switched(self) -> None:
        login.follow(self.authority.rules, self.switches)

    # -- one request -----------------------------------------------------------------------------------------

    def describe(self, call: Call) -> None:
        found = _PATH.fullmatch(call.path)
        if found is None:
            call.route = call.path
            return
        call.company, name, *rest = found.groups()
        call.parts = (name, *(part for part in rest if part))
        call.details["requestid"] = call.query.get("requestid")
        entity = ENTITIES.get(name.lower())
        call.route = "/v3/company/{realm}/" + "/".join(
            (name, *("{id}" if part.isdigit() else part for part in call.parts[1:]))
        )
        if name == "batch":
            call.operation = "batch"
            call.entities = tuple(kind for kind in ENTITIES.values() if f'"{kind}"'.encode() in call.body)
        elif entity is not None:
            call.entities = (entity,)
            call.operation = call.query.get("operation") or ("save" if call.method == "POST" else "read")
        else:
            call.operation = name
        grant, _ = self.authority.check(self.token_of(call) or "")
        call.client = grant.client if grant else ""

    def limit_keys(self, call: Call) -> list[tuple[str, str]]:
        if not call.company:
            return []
        realm, app = call.company, f"{call.company}/{call.client}"
        keys = [("requests per minute", realm), ("requests per second", app)]
        if call.operation == "batch":
            keys += [("batches per minute", app), ("batches per minute, all apps", realm)]
        return keys

    def refuse_early(self, call: Call) -> Reply | None:
        key = (call.company, call.details.get("requestid") or "")
        if not key[1] or call.method != "POST":
            return None
        if self._replays.running[key] and self.switches["requestid_while_running"] == "600":
            return self._refusal(call, Replays.duplicate())
        self._replays.running[key] += 1
        call.details["running"] = key
        return None

    def left(self, call: Call) -> None:
        key = call.details.get("running")
        if key is not None:
            self._replays.running[key] -= 1
            if not self._replays.running[key]:
                del self._replays.running[key]

    def handle(self, call: Call) -> Reply:
        if not call.company:
            answered = self._login.answer(call)
            return answered or self._refusal(call, Refused("500", "Operation is not supported.", kind="SystemFault"))
        refused = self._stopped(call)
        if refused is not None:
            return refused
        books = self._books(self._companies[call.company])
        try:
            with self.store.transaction():
                return self._serve(books, call)
        except Refused as refused_by:
            return self._remembered_refusal(books, call, refused_by)

    def _stopped(self, call: Call) -> Reply | None:
        """The gateway: 401 for a token that does not work, 403 for one of another company (section 7.2)."""
        token = self.token_of(call) or ""
        grant, trouble = self.authority.check(token)
        if trouble:
            detail = {"expired": "Token expired: ", "revoked": "Token revoked: ", "unknown": "Token invalid: "}[trouble]
            message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
            reply = self._gateway(call, "3200", message, f"{detail}{token[:12]}..", "AUTHENTICATION", 401)
            reply.headers.append(("www-authenticate", 'Bearer realm="Intuit", error="invalid_token"'))
            return reply
        if grant is None or call.company not in grant.companies or call.company not in self._companies:
            message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
            return self._gateway(call, "3100", message, None, "SERVICE", 403)
        if self._companies[call.company].subscription == "EXPIRED":
            text = (
                "Subscription period has ended or canceled or there was a billing problem : "
                "You can't add data to QuickBooks."
            )
            return self._refusal(call, Refused("6190", text, ""))
        return None

    def _serve(self, books: Books, call: Call) -> Reply:
        name, *rest = call.parts
        if name == "batch" and call.method == "POST" and not rest:
            return self._batch(books, call)
        if name == "query" and not rest and call.method in {"GET", "POST"}:
            return self._answer({"QueryResponse": reading.query(books, _statement(call))})
        if name == "cdc" and not rest and call.method == "GET":
            found = reading.changes(books, call.query.get("entities", ""), call.query.get("changedSince", ""))
            return self._answer({"CDCResponse": [found]})
        kind = ENTITIES.get(name.lower())
        if kind is not None and call.method == "GET" and rest[1:] == ["pdf"]:
            return pdf(books, kind, rest[0])
        if kind is not None and call.method == "GET" and len(rest) <= 1:
            return self._answer({kind: reading.read(books, kind, rest[0] if rest else None)})
        if kind is not None and call.method == "POST" and rest[1:] == ["send"]:
            return self._answer({kind: deliver_by_mail(books, kind, rest[0], call.query.get("sendTo"))})
        if kind is not None and call.method == "POST" and not rest:
            return self._write(books, call, kind)
        raise Refused("500", "Operation is not supported.", kind="SystemFault")

    def _write(self, books: Books, call: Call, kind: str) -> Reply:
        requestid, about = call.details.get("requestid"), _about(call, kind)
        if requestid is not None:
            self._replays.check(books, requestid, batch=False)
            stored = self._replays.look(books, requestid, about)
            if stored is not None:
                return Reply(stored[0], stored[1], [envelopes.JSON])
        data = _parsed(call.body)
        if batch.struck(call, 0, data):
            raise batch.injected(call)
        include = frozenset(call.query.get("include", "").split(","))
        operation = call.query.get("operation", "save")
        with self.store.transaction():
            saved = write(
                books, kind, data, "save" if operation in {"create", "update"} else operation, include=include
            )
        reply = self._answer({kind: saved})
        if requestid is not None:
            self._replays.keep(books, requestid, about, 200, reply.body)
        return reply

    def _batch(self, books: Books, call: Call) -> Reply:
        requestid = call.details.get("requestid")
        if requestid is not None:
            self._replays.check(books, requestid, batch=True)
        answers = batch.run(books, call, _parsed(call.body), self._replays)
        if call.fault is not None and call.fault.name == "shuffle_batch":
            answers.reverse()
            answers[1:] = answers[:0:-1]
        if call.fault is not None and call.fault.name == "drop_bid":
            del answers[int(call.fault.arguments.get("index", -1))]
        return self._answer({"BatchItemResponse": answers})

    def _answer(self, members: dict[str, Any]) -> Reply:
        return envelopes.service(members, self.clock.now())

    def _remembered_refusal(self, books: Books, call: Call, refused: Refused) -> Reply:
        requestid = call.details.get("requestid")
        reply = self._refusal(call, refused)
        single = call.method == "POST" and call.operation != "batch" and call.entities
        if requestid and single and refused.code not in {"600", "2130"} and not isinstance(refused, batch.Injected):
            self._replays.keep_fault(books, requestid, _about(call, call.entities[0]), reply.status, reply.body)
        return reply

    # -- refusals --------------------------------------------------------------------------------------------

    def _refusal(self, call: Call, refused: Refused) -> Reply:
        accept = call.headers.get("accept", "")
        return envelopes.service_fault(
            refused.fault(), self.clock.now(), status=refused.status, timed=refused.timed, accept=accept
        )

    def _gateway(self, call: Call, code: str, message: str, detail: str | None, kind: str, status: int) -> Reply:
        if envelopes.takes_json(call.headers.get("accept", "")):
            return envelopes.gateway_fault(code, message, detail, kind, self.clock.now(), status)
        fault = {"Error": [{"Message": message, "Detail": detail, "code": code}], "type": kind}
        return envelopes.xml_fault(fault, self.clock.now(), status)

    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        message, detail = (
            "message=ThrottleExceeded; errorCode=003001; statusCode=429",
            "The request limit was reached.  Try again later",
        )
        if self.switches["throttle_body"] == "json":
            reply = envelopes.gateway_fault("3001", message, detail, "SERVICE", self.clock.now(), 429)
        else:
            fault = {"Error": [{"Message": message, "Detail": detail, "code": "3001"}], "type": "SERVICE"}
            reply = envelopes.xml_fault(fault, self.clock.now(), 429)
        asked = call.fault is not None and call.fault.name == "throttle"
        if retry_after is not None and (asked or self.switches["throttle_retry_after"]):
            reply.headers.append(("retry-after", str(max(1, int(retry_after + 0.999)))))
        return reply

    def failed(self, call: Call, status: int) -> Reply:
        fault = {
            "Error": [
                {
                    "Message": MESSAGES["10000"],
                    "Detail": "System Failure Error: an unexpected error occurred",
                    "code": "10000",
                }
            ],
            "type": "SystemFault",
        }
        accept = call.headers.get("accept", "")
        return envelopes.service_fault(fault, self.clock.now(), status=status, timed=True, accept=accept)

    def dress(self, call: Call, reply: Reply) -> Reply:
        given = {name for name, _ in reply.headers}
        extra = [pair for pair in _HEADERS if pair[0] not in given]
        return Reply(reply.status, reply.body, [*reply.headers, *extra, ("intuit_tid", envelopes.new_tid())])


def _about(call: Call, kind: str) -> str:
    return f"{call.query.get('operation', 'save')} {kind}"


def _statement(call: Call) -> str:
    if call.method == "GET":
        return call.query.get("query", "")
    return _text(call.body)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as err:
        raise Refused("500", "The request is not valid UTF-8.", kind="SystemFault") from err


def _parsed(body: bytes) -> Any:
    """The JSON of a request. Raises Refused 500 for bytes that are not UTF-8, 2010 for no JSON (UNSURE: code)."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as err:
        _text(body)
        raise Refused("2010", f"Property Name:Malformed JSON: {err} specified is unsupported or invalid") from err
