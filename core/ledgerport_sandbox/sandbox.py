"""What every emulator is: an ASGI app with a clock, limits, latency, faults, a call log and control routes.

A provider subclasses `Sandbox` and says what its requests mean (`describe`), what they do (`handle`) and how its
refusals look. Requests are handled on the event loop, one after another: no locks, and nothing in `handle` waits.
"""

from __future__ import annotations

import asyncio
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from ledgerport_sandbox.calls import Call, CallLog, Reply
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.control import control_app
from ledgerport_sandbox.faults import Fault, Faults, Match
from ledgerport_sandbox.limits import Limit, Limits
from ledgerport_sandbox.oauth import Authority, Client, TokenRules
from ledgerport_sandbox.store import Store
from ledgerport_sandbox.switches import Switch, Switches
from ledgerport_sandbox.webhooks import Outbox
from ledgerport_sandbox.wire import Wire

log = logging.getLogger("ledgerport_sandbox")

GATEWAY_PAGE = (
    "<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {phrase}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class Sandbox(ABC):
    """The frame of an emulator; see the module for what a provider adds."""

    provider = ""
    published_limits: Sequence[Limit] = ()
    known_switches: Sequence[Switch] = ()
    #: After so many sandbox seconds the provider's gateway gives up on a request that is still running (None: never).
    request_timeout: float | None = None

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        store: str | os.PathLike[str] | None = None,
        rules: TokenRules,
        clients: list[Client],
        token_shapes: dict[str, Any] | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.store = Store(store)
        self.switches = Switches(self.known_switches)
        self.limits = Limits(self.clock, self.published_limits)
        self.faults = Faults()
        self.calls = CallLog()
        self.outbox = Outbox(self.pack_events)
        self.authority = Authority(
            self.clock, rules, clients, save=lambda state: self.store.keep_fact("oauth", state), shapes=token_shapes
        )
        if saved := self.store.fact("oauth"):
            self.authority.restore(saved)
        self.latency: list[tuple[float, Match]] = []
        self._late: set[asyncio.Task[Reply]] = set()
        self._control = control_app(self)

    # -- what a provider says --------------------------------------------------------------------------------

    @abstractmethod
    def describe(self, call: Call) -> None:
        """Fill in route, company, client, operation, entities and parts of a call; must not raise."""

    @abstractmethod
    def handle(self, call: Call) -> Reply:
        """Do what the request asks, in one transaction of the store, and answer."""

    @abstractmethod
    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        """The provider's 429; `retry_after` only when it is to be sent."""

    @abstractmethod
    def failed(self, call: Call, status: int) -> Reply:
        """The provider's own JSON (or XML) body of a server error."""

    @abstractmethod
    def ledger(self, company: str, *, summary: bool) -> bytes:
        """The books (`ledger.assemble`). Raises KeyError for an unknown company."""

    @abstractmethod
    def add_company(self, data: dict[str, Any]) -> dict[str, Any]:
        """Open a company's books. Raises ValueError with a sentence."""

    @abstractmethod
    def person(self, data: dict[str, Any]) -> dict[str, Any]:
        """Change something as a person in the provider's own UI would. Raises ValueError or KeyError."""

    @abstractmethod
    def pack_events(self, events: Sequence[dict[str, Any]], secret: str) -> tuple[bytes, dict[str, str]]:
        """The raw body and headers of one webhook delivery."""

    @abstractmethod
    def seed(self) -> None:
        """The companies a fresh sandbox starts with."""

    def limit_keys(self, call: Call) -> list[tuple[str, str]]:
        """The (limit name, key) pairs this call counts under; none by default."""
        return []

    def refuse_early(self, call: Call) -> Reply | None:
        """A refusal before limits and latency, for example of a key that is in use; None lets the call in."""
        return None

    def left(self, call: Call) -> None:
        """The call has been answered (or dropped)."""

    def dress(self, call: Call, reply: Reply) -> Reply:
        """Add the headers every answer of the provider carries."""
        return reply

    def token_of(self, call: Call) -> str | None:
        """The token a call presents; the faults `expired_token` and `revoked_grant` strike it."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None

    def switched(self) -> None:
        """The switches have changed."""

    # -- life ------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """A fresh sandbox: documents, grants, faults, counters, latency and switches as at the start; the clock goes
        on.
        """
        self.store.clear()
        self.authority.clear()
        self.faults.clear()
        self.limits.reset()
        self.calls.clear()
        self.latency.clear()
        self.switches.reset()
        self.outbox.subscribe(None, "")
        self.switched()
        self.seed()

    def close(self) -> None:
        """Give the files back; the app answers no more."""
        self.store.close()

    # -- one request -----------------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"a sandbox speaks http, not {scope['type']}")
        if scope["path"].startswith("/_sandbox"):
            await self._control(scope, receive, send)
            return
        wire = Wire(scope, receive, send)
        call = _read(scope, await wire.body(), self.clock.now())
        self.describe(call)
        early = self.refuse_early(call)
        if early is not None:
            await self._send(call, early, wire)
            return
        try:
            await self._process(call, wire)
        finally:
            self.left(call)

    async def _process(self, call: Call, wire: Wire) -> None:
        keys = self.limit_keys(call)
        refusal = self.limits.enter(keys)
        if refusal is not None:
            await self._send(call, self.throttled(call, refusal.wait), wire)
            return
        try:
            fault = call.fault = self.faults.take(call)
            if fault is not None and fault.name == "drop_before":
                self.calls.add(call, "dropped")
                await wire.abort()
                return
            reply = await self._work(call)
        finally:
            self.limits.leave(keys)
        if fault is not None and fault.name == "drop_after":
            self.calls.add(call, "dropped after")
            await wire.abort()
        elif fault is not None and fault.name == "cut_after":
            self.calls.add(call, "cut")
            await wire.cut(self.dress(call, reply), fault.arguments["bytes"])
        else:
            await self._send(call, reply, wire)

    async def _send(self, call: Call, reply: Reply, wire: Wire) -> None:
        self.calls.add(call, str(reply.status))
        await wire.send(self.dress(call, reply))

    async def _work(self, call: Call) -> Reply:
        seconds = next((wait for wait, match in reversed(self.latency) if match.fits(call)), 0.0)
        slow = call.fault if call.fault is not None and call.fault.name == "slow" else None
        reply: Reply | None = None
        if slow is not None:
            seconds += slow.arguments["seconds"]
            if slow.arguments.get("applied", "after") == "before":
                reply = self._apply(call)
        if seconds <= 0:
            return self._apply(call)
        limit = self.request_timeout
        if limit is None or seconds <= limit:
            await self.clock.sleep(seconds)
            return reply or self._apply(call)
        await self.clock.sleep(limit)
        if reply is None:
            # The gateway gives up, the work behind it goes on and is applied when it is done.
            task = asyncio.create_task(self._apply_late(call, seconds - limit))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        return self.page(504)

    async def _apply_late(self, call: Call, seconds: float) -> Reply:
        await self.clock.sleep(seconds)
        return self._apply(call)

    def _apply(self, call: Call) -> Reply:
        fault = call.fault
        if fault is None:
            return self._handle(call)
        if fault.name == "throttle":
            return self.throttled(call, fault.arguments.get("retry_after"))
        if fault.name in {"status", "html_page"}:
            if fault.arguments.get("applied", False):
                self._handle(call)
            return self._failure(call, fault)
        token = self.token_of(call)
        if fault.name == "expired_token" and token is not None:
            self.authority.expire(token)
        if fault.name == "revoked_grant" and token is not None:
            grant = self.authority.grant_of(token)
            if grant is not None:
                self.authority.revoke(grant)
        return self._handle(call)

    def _handle(self, call: Call) -> Reply:
        try:
            return self.handle(call)
        except Exception:
            # A mistake of the emulator itself must be loud in the log and look like a server error outside.
            log.exception("%s sandbox failed on %s %s", self.provider, call.method, call.path)
            return self.failed(call, 500)

    def _failure(self, call: Call, fault: Fault) -> Reply:
        status = int(fault.arguments.get("status", 200))
        kind = "html" if fault.name == "html_page" else fault.arguments.get("body", "json")
        if kind == "html":
            return self.page(status)
        if kind == "text":
            return Reply.text("upstream connect error or disconnect/reset before headers", status)
        return Reply(status) if kind == "empty" else self.failed(call, status)

    @staticmethod
    def page(status: int) -> Reply:
        """A gateway's HTML page."""
        phrases = {200: "OK", 403: "Forbidden", 500: "Internal Server Error", 502: "Bad Gateway"}
        phrase = {**phrases, 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}.get(status, "Error")
        return Reply.text(GATEWAY_PAGE.format(status=status, phrase=phrase), status, "text/html")


def _read(scope: Scope, body: bytes, at: float) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    host = headers.get("host") or ":".join(str(part) for part in scope.get("server") or ("localhost",))
    origin = f"{scope.get('scheme', 'http')}://{host}"
    return Call(scope["method"], scope["path"], query, headers, body, origin, at)
