"""The wire to a provider as plugins get it: it paces, authorises, times out and refreshes by itself.

Every failure is named as a decision: TryLater when nothing can have been applied, Unknown when something may have
been.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr

from ledgerport.contract import (
    Account,
    Broken,
    Choices,
    Clock,
    Company,
    ProviderTerms,
    TryLater,
    Unknown,
    options_of,
    token_refused,
)
from ledgerport.engine.exchange import NEVER_LEFT, Cut, copied, exchange, make_client, origin_of
from ledgerport.engine.pacing import Limiter, Permit, Route, ask_for, route_for
from ledgerport.engine.retry_after import pause_after
from ledgerport.engine.signing import sign
from ledgerport.host import PLUGIN_FAULT

# A wait this short (of the clock) is waited out in the call; a longer one goes back to the scheduler.
_MOMENT = timedelta(seconds=2)


@dataclass(frozen=True)
class AccessToken:
    """A bearer token (or API key) and the generation of the grant it belongs to."""

    value: SecretStr
    generation: int


# Gives the current token; given the generation that the provider refused, a newer one. May raise LoginNeeded or
# TryLater.
TokenSource = Callable[[int | None], AccessToken]


# Whose books the hook that runs in this context was given.
_open_now: ContextVar[_AccountWire | None] = ContextVar("open_now", default=None)


class AccountCall:
    """A company's books for one hook call, and afterwards what the call did.

    `sent`: a write request left. `trace_id`: the provider's last id for one of our requests. `calls`: requests that
    were put on the wire.
    """

    def __init__(self, wire: _AccountWire, api_url: str, company: Company, choices: Choices) -> None:
        self._wire = wire
        self._client = make_client(wire, base_url=api_url)
        self.account = Account(http=self._client, company=company, choices=choices)

    @property
    def sent(self) -> bool:
        return self._wire.sent

    @property
    def trace_id(self) -> str:
        return self._wire.trace_id

    @property
    def calls(self) -> int:
        return self._wire.calls

    def __enter__(self) -> Self:
        # Hooks run in a copy of this context, in whatever thread.
        self._before = _open_now.set(self._wire)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _open_now.reset(self._before)
        self._client.close()


def open_account(
    *,
    wire: httpx.BaseTransport,
    terms: ProviderTerms,
    api_url: str,
    token: TokenSource,
    limiter: Limiter,
    client_id: str,
    company: Company,
    choices: Choices,
    clock: Clock,
    request_seconds: float,
    permit: Permit | None = None,
) -> AccountCall:
    """Open a company's books for one hook call, as a context manager.

    `request_seconds` are seconds of the clock. `permit` pays for the first request and is given back when there is
    none.
    """
    account = _AccountWire(
        wire=wire,
        terms=terms,
        origin=origin_of(httpx.URL(api_url)),
        token=token,
        limiter=limiter,
        client_id=client_id,
        company=company,
        clock=clock,
        seconds=clock.real_seconds(timedelta(seconds=request_seconds)),
        permit=permit,
    )
    return AccountCall(account, api_url, company, choices)


@dataclass(kw_only=True, eq=False)
class _AccountWire(httpx.BaseTransport):
    """What stands between a plugin's client and the shared wire."""

    wire: httpx.BaseTransport
    terms: ProviderTerms
    origin: tuple[str, str, int | None]
    token: TokenSource
    limiter: Limiter
    client_id: str
    company: Company
    clock: Clock
    seconds: float
    permit: Permit | None
    held: AccessToken | None = None
    closed: bool = False
    sent: bool = False
    trace_id: str = ""
    calls: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # None: a thread of the plugin's own, which knows of no call.
        if _open_now.get() not in (None, self):
            # Another call's account may be another tenant's: its record would end in their books.
            raise Broken(f"The plugin of {self.terms.label} used the account of another call.", code=PLUGIN_FAULT)
        if origin_of(request.url) != self.origin:
            # The token belongs to one provider; a plugin cannot send it anywhere else.
            raise Broken(
                f"The plugin of {self.terms.label} called {request.url.host}, which is not its provider.",
                code=PLUGIN_FAULT,
            )
        read, meter = options_of(request.extensions, request.method)
        route = route_for(
            self.terms, client_id=self.client_id, company_id=self.company.id, meters=(meter,) if meter else ()
        )
        # Read before anything is sent, so that a body which fails half-way never leaves, and a 401 can be repeated.
        body = request.read()
        if self.held is None:
            # Once for all requests of a hook call, which lasts shorter than the margin with which tokens are renewed.
            self.held = self.token(None)
        answer = self._send(request, body, route, self.held, read)
        if self.terms.api_key is not None and token_refused(request.extensions, answer):
            # Nothing renews a key, so a person would have to: not for the slip of a gateway. The same once more.
            answer = self._send(request, body, route, self.held, read)
        if token_refused(request.extensions, answer):
            refused, self.held = self.held, self.token(self.held.generation)
            if self.held.generation != refused.generation:
                answer = self._send(request, body, route, self.held, read)
        return answer

    def _send(
        self, request: httpx.Request, body: bytes, route: Route, token: AccessToken, read: bool
    ) -> httpx.Response:
        # The plugin keeps the request it made: the token goes into a copy.
        headers = httpx.Headers(request.headers)
        sign(headers, self.terms, self.company, token.value)
        copy = copied(request, headers, body)
        permit = self._pace(route)
        if self.closed:
            permit.give_back()
            raise TryLater(f"The call to {self.terms.label} was given up before this request left.")
        sent_before, self.sent = self.sent, self.sent or not read
        self.calls += 1
        try:
            answer = exchange(self.wire, copy, self.seconds)
        except NEVER_LEFT as error:
            permit.give_back()
            self.sent = sent_before
            self.calls -= 1
            raise TryLater(f"{self.terms.label} could not be reached.", detail=type(error).__name__) from error
        except (httpx.TransportError, Cut) as error:
            permit.end()
            raise self._no_answer(error, read) from error
        except BaseException:
            permit.end()
            raise
        permit.end()
        self.trace_id = next(
            (answer.headers[name] for name in self.terms.trace_headers if name in answer.headers), self.trace_id
        )
        self._learn(route, answer)
        return answer

    def _pace(self, route: Route) -> Permit:
        """The given permit once, then the limiter's. Raises TryLater when it takes longer than a moment."""
        given = self.take_permit()
        if given is not None:
            return given
        answer = ask_for(self.limiter, route, self.clock, patience=_MOMENT)
        if isinstance(answer, datetime):
            raise TryLater(f"{self.terms.label} allows no more calls for now.", at=answer, code="paced")
        return answer

    def take_permit(self) -> Permit | None:
        """The permit that the call was opened with, if no request took it yet."""
        permit, self.permit = self.permit, None
        return permit

    def close(self) -> None:
        """The hook call is over. One that outlived its time limit may finish its request, and cannot begin another."""
        self.closed = True
        unused = self.take_permit()
        if unused is not None:
            unused.give_back()

    def _no_answer(self, error: Exception, read: bool) -> TryLater | Unknown:
        # Only the type is told: a library's message may quote what was sent.
        detail = str(error) if isinstance(error, Cut) else type(error).__name__
        if read:
            return TryLater(f"{self.terms.label} did not answer.", detail=detail, trace_id=self.trace_id)
        return Unknown(
            f"{self.terms.label} did not answer; the change may have been made.", detail=detail, trace_id=self.trace_id
        )

    def _learn(self, route: Route, answer: httpx.Response) -> None:
        """Hold the company's calls for as long as the provider says. The answer itself is the plugin's to read."""
        asked, date = answer.headers.get("Retry-After", ""), answer.headers.get("Date", "")
        span = pause_after(answer.status_code, asked, date, unsaid=self.terms.throttle_wait)
        if span is not None:
            self.limiter.hold(route, self.clock.now() + span)
