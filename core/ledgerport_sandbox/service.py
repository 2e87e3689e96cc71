"""What every emulator is: an ASGI app with a clock, switches, limits, latency, faults, a call log and control routes.

A subclass says what its requests mean (`describe`), what they do (`handle`) and how its refusals look; an accounting
provider's is a `sandbox.Sandbox`. Requests are handled on the event loop, one after another: no locks, and nothing in
`handle` waits.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from ledgerport_sandbox.calls import Call, CallLog, Reply
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.control import ControlRoute, control_app, service_routes
from ledgerport_sandbox.faults import Fault, Faults, Match
from ledgerport_sandbox.limits import Limit, Limits
from ledgerport_sandbox.switches import Switch, Switches
from ledgerport_sandbox.wire import Wire

log = logging.getLogger("ledgerport_sandbox")

GATEWAY_PAGE = (
    "<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {phrase}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class Service(ABC):
    """The frame of an emulator; see the module for what a subclass adds."""

    #: The name it is served by, such as quickbooks.
    provider = ""
    #: One sentence for whoever starts it, on what a user could mistake in its answers; "" when there is nothing.
    notice = ""
    published_limits: Sequence[Limit] = ()
    known_switches: Sequence[Switch] = ()
    #: After so many sandbox seconds the provider's gateway gives up on a request that is still running (None: never).
    request_timeout: float | None = None

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.switches = Switches(self.known_switches)
        self.limits = Limits(self.clock, self.published_limits)
        self.faults = Faults()
        self.calls = CallLog()
        self.latency: list[tuple[float, Match]] = []
        self._late: set[asyncio.Task[Reply]] = set()
        self._control = control_app(self.control_routes())

    # -- what a service says ---------------------------------------------------------------------------------

    @abstractmethod
    def describe(self, call: Call) -> None:
        """Fill in route, company, client, operation, entities and parts of a call; must not raise."""

    @abstractmethod
    def handle(self, call: Call) -> Reply:
        """Do what the request asks, all of it or nothing, and answer."""

    @abstractmethod
    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        """The provider's 429; `retry_after` only when it is to be sent. `call.details["limit"]` names the limit."""

    @abstractmethod
    def failed(self, call: Call, status: int) -> Reply:
        """The provider's own JSON (or XML) body of a server error."""

    def control_routes(self) -> list[ControlRoute]:
        """The routes under `/_sandbox/`."""
        return service_routes(self)

    def limit_keys(self, call: Call) -> list[tuple[str, str]]:
        """The (limit name, key) pairs this call counts under; none by default."""
        return []

    def amounts(self, call: Call) -> Mapping[str, int]:
        """How much this call takes of a limit that counts something else than calls, by the limit's name."""
        return {}

    def refuse_early(self, call: Call) -> Reply | None:
        """A refusal before limits and latency, for example of a key that is in use; None lets the call in."""
        return None

    def left(self, call: Call) -> None:
        """The call has been answered (or dropped)."""

    def answered(self, call: Call, reply: Reply) -> None:
        """The provider itself (not a gateway before it) has decided on this answer, whether or not it arrives."""

    def dress(self, call: Call, reply: Reply) -> Reply:
        """Add the headers every answer of the provider carries."""
        return reply

    def strike_login(self, call: Call, fault: Fault) -> None:
        """The faults `expired_token` and `revoked_grant`; without effect where there are no such things."""

    def switched(self) -> None:
        """The switches have changed."""

    # -- life ------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """As at the start: faults, counters, latency and switches; the clock goes on."""
        self.faults.clear()
        self.limits.reset()
        self.calls.clear()
        self.latency.clear()
        self.switches.reset()
        self.switched()

    def close(self) -> None:
        """Give the files back, where there are any; the app answers no more."""

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
        refusal = self.limits.enter(keys, self.amounts(call))
        if refusal is not None:
            call.details["limit"] = refusal.limit.name
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
            call.details["limit"] = fault.arguments.get("limit", "")
            return self.throttled(call, fault.arguments.get("retry_after"))
        if fault.name in {"status", "html_page"}:
            if fault.arguments.get("applied", False):
                self._handle(call)
            return self._failure(call, fault)
        if fault.name in {"expired_token", "revoked_grant"}:
            self.strike_login(call, fault)
        return self._handle(call)

    def _handle(self, call: Call) -> Reply:
        try:
            reply = self.handle(call)
        except Exception:
            # A mistake of the emulator itself must be loud in the log and look like a server error outside.
            log.exception("%s sandbox failed on %s %s", self.provider, call.method, call.path)
            reply = self.failed(call, 500)
        self.answered(call, reply)
        return reply

    def _failure(self, call: Call, fault: Fault) -> Reply:
        status = int(fault.arguments.get("status", 200))
        kind = "html" if fault.name == "html_page" else fault.arguments.get("body", "json")
        if kind == "html":
            return self.page(status)
        if kind == "text":
            return Reply.text("upstream connect error or disconnect/reset before headers", status)
        if kind == "empty":
            return Reply(status)
        reply = self.failed(call, status)
        self.answered(call, reply)
        return reply

    @staticmethod
    def page(status: int) -> Reply:
        """A gateway's HTML page."""
        phrases = {200: "OK", 403: "Forbidden", 500: "Internal Server Error", 502: "Bad Gateway"}
        phrase = {**phrases, 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}.get(status, "Error")
        return Reply.text(GATEWAY_PAGE.format(status=status, phrase=phrase), status, "text/html")


def _read(scope: Scope, body: bytes, at: float) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    host = headers.get("host") or ":".join(str(part) for part in scope.get("server") or ("localhost",))
    origin = f"{scope.get('scheme', 'http')}://{host}"
    return Call(scope["method"], scope["path"], dict(pairs), headers, body, origin, at, pairs=pairs)
