"""The wire to providers: the only module that makes HTTP clients.

A plugin gets a client that paces, authorises, times out and refreshes by itself, and that names every failure as a
decision: TryLater when nothing can have been applied, Unknown when something may have been. Whole answers are read
here, so that a cut one surfaces here too.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
from pydantic import SecretStr

from ledgerport.contract import (
    Account,
    Broken,
    Choices,
    Clock,
    Company,
    Endpoint,
    ProviderTerms,
    TryLater,
    Unknown,
    options_of,
)
from ledgerport.contract.terms import ClientAuth
from ledgerport.engine.pacing import Limiter, Permit, Route, ask_for, route_for
from ledgerport.engine.retry_after import pause_after

USER_AGENT = f"ledgerport/{version('ledgerport')}"
# A wait this short (of the clock) is waited out in the call; a longer one goes back to the scheduler.
_MOMENT = timedelta(seconds=2)
# Making a connection is not the provider's work and does not run on its clock: real seconds.
_CONNECT_SECONDS = 10.0
# Shorter than the five seconds after which common servers close an idle connection: a write that meets a closing
# connection has an unknown outcome, a new handshake costs a few milliseconds.
_KEEP_ALIVE_SECONDS = 4.0
# No answer of an accounting API is larger; an endless one must not fill the memory.
_MAX_BODY = 64 * 1024 * 1024
# Raised before a byte of the request left.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class AccessToken:
    """A bearer token and the generation of the grant it belongs to."""

    value: SecretStr
    generation: int


# Gives the current token; given the generation that the provider refused, a newer one. May raise LoginNeeded or
# TryLater.
TokenSource = Callable[[int | None], AccessToken]


class _Cut(Exception):
    """The answer began and did not end as it should; the message says how."""


def make_wire(max_connections: int = 100) -> httpx.HTTPTransport:
    """The connection pool that all clients of a process share: TLS verified, no proxy from the environment, no
    redirect followed.
    """
    limits = httpx.Limits(
        max_connections=max_connections, max_keepalive_connections=max_connections, keepalive_expiry=_KEEP_ALIVE_SECONDS
    )
    return httpx.HTTPTransport(limits=limits, trust_env=False, retries=0)


def rebase(url: str, address: str) -> str:
    """`url` at another origin: path and query kept, scheme, host and port from `address`.

    An empty address changes nothing.
    """
    if not address:
        return url
    to = urlsplit(address)
    return urlunsplit(urlsplit(url)._replace(scheme=to.scheme, netloc=to.netloc))


class AccountCall:
    """A company's books for one hook call, and afterwards what the call did.

    `sent`: a write request left. `trace_id`: the provider's last id for one of our requests. `calls`: requests that
    were put on the wire.
    """

    def __init__(self, wire: _AccountWire, api_url: str, company: Company, choices: Choices) -> None:
        self._wire = wire
        self._client = httpx.Client(
            transport=wire,
            base_url=api_url,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        )
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
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        origin=_origin(httpx.URL(api_url)),
        token=token,
        limiter=limiter,
        client_id=client_id,
        company_id=company.id,
        clock=clock,
        seconds=clock.real_seconds(timedelta(seconds=request_seconds)),
        permit=permit,
    )
    return AccountCall(account, api_url, company, choices)


@dataclass(kw_only=True)
class _AccountWire(httpx.BaseTransport):
    """What stands between a plugin's client and the shared wire."""

    wire: httpx.BaseTransport
    terms: ProviderTerms
    origin: tuple[str, str, int | None]
    token: TokenSource
    limiter: Limiter
    client_id: str
    company_id: str
    clock: Clock
    seconds: float
    permit: Permit | None
    held: AccessToken | None = None
    closed: bool = False
    sent: bool = False
    trace_id: str = ""
    calls: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if _origin(request.url) != self.origin:
            # The token belongs to one provider; a plugin cannot send it anywhere else.
            raise Broken(f"The plugin of {self.terms.label} called {request.url.host}, which is not its provider.")
        read, meter = options_of(request.extensions, request.method)
        route = route_for(
            self.terms, client_id=self.client_id, company_id=self.company_id, meters=(meter,) if meter else ()
        )
        # Read before anything is sent, so that a body which fails half-way never leaves, and a 401 can be repeated.
        body = request.read()
        if self.held is None:
            # Once for all requests of a hook call, which lasts shorter than the margin with which tokens are renewed.
            self.held = self.token(None)
        answer = self._send(request, body, route, self.held, read)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            refused, self.held = self.held, self.token(self.held.generation)
            if self.held.generation != refused.generation:
                answer = self._send(request, body, route, self.held, read)
        return answer

    def _send(
        self, request: httpx.Request, body: bytes, route: Route, token: AccessToken, read: bool
    ) -> httpx.Response:
        # The plugin keeps the request it made: the token goes into a copy.
        headers = httpx.Headers(request.headers)
        headers["Authorization"] = f"Bearer {_printable(token.value)}"
        copy = _copy(request, headers, body)
        permit = self._pace(route)
        if self.closed:
            permit.give_back()
            raise TryLater(f"The call to {self.terms.label} was given up before this request left.")
        sent_before, self.sent = self.sent, self.sent or not read
        self.calls += 1
        try:
            answer = _exchange(self.wire, copy, self.seconds)
        except _NEVER_LEFT as error:
            permit.give_back()
            self.sent = sent_before
            self.calls -= 1
            raise TryLater(f"{self.terms.label} could not be reached.", detail=type(error).__name__) from error
        except (httpx.TransportError, _Cut) as error:
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
        detail = str(error) if isinstance(error, _Cut) else type(error).__name__
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


@contextmanager
def open_endpoint(
    *,
    wire: httpx.BaseTransport,
    terms: ProviderTerms,
    token_url: str,
    revoke_url: str,
    client_id: str,
    client_secret: SecretStr,
    clock: Clock,
    seconds: float = 20.0,
) -> Iterator[Endpoint]:
    """The provider's token endpoint with our client's id and secret added to every request, as its terms want them.

    `seconds` are real ones: a refresh lease runs on the database's time. A request raises TryLater when it never
    left, else Unknown.
    """
    endpoint = _EndpointWire(
        wire=wire,
        terms=terms,
        allowed=frozenset(httpx.URL(url) for url in (token_url, revoke_url) if url),
        client_id=client_id,
        client_secret=client_secret,
        seconds=seconds,
    )
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **terms.oauth.token_headers}
    with httpx.Client(transport=endpoint, trust_env=False, follow_redirects=False, headers=headers) as http:
        yield Endpoint(http=http, token_url=token_url, revoke_url=revoke_url, clock=clock)


@dataclass(kw_only=True)
class _EndpointWire(httpx.BaseTransport):
    wire: httpx.BaseTransport
    terms: ProviderTerms
    allowed: frozenset[httpx.URL]
    client_id: str
    client_secret: SecretStr
    seconds: float

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url not in self.allowed:
            raise Broken(f"The plugin of {self.terms.label} called {request.url.host} with the app's secret.")
        headers = httpx.Headers(request.headers)
        body = request.read()
        if self.terms.oauth.client_auth is ClientAuth.BASIC:
            # As they are: providers compare the raw pair, though RFC 6749 (2.3.1) would have it form-encoded first.
            pair = f"{self.client_id}:{self.client_secret.get_secret_value()}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        else:
            if body and not headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
                raise Broken(f"The plugin of {self.terms.label} sent no form to the token endpoint.")
            ours = {"client_id": self.client_id, "client_secret": self.client_secret.get_secret_value()}
            body = b"&".join(part for part in (body, urlencode(ours).encode()) if part)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Content-Length"] = str(len(body))
        try:
            return _exchange(self.wire, _copy(request, headers, body), self.seconds)
        except _NEVER_LEFT as error:
            raise TryLater(f"{self.terms.label} could not be reached.", detail=type(error).__name__) from error
        except (httpx.TransportError, _Cut) as error:
            raise Unknown(f"{self.terms.label} did not answer.", detail=type(error).__name__) from error


def _exchange(wire: httpx.BaseTransport, request: httpx.Request, seconds: float) -> httpx.Response:
    """One request and its whole answer, within `seconds` (real) after the connection stands.

    Raises httpx.TransportError or _Cut.
    """
    request.extensions["timeout"] = {
        "connect": _CONNECT_SECONDS,
        "pool": _CONNECT_SECONDS,
        "read": seconds,
        "write": seconds,
    }
    began = monotonic()
    streamed = wire.handle_request(request)
    try:
        chunks: list[bytes] = []
        size = 0
        for chunk in streamed.iter_raw():
            chunks.append(chunk)
            size += len(chunk)
            if size > _MAX_BODY:
                raise _Cut(f"the answer is larger than {_MAX_BODY} bytes")
            # A time-out of the socket counts from chunk to chunk; an answer that trickles must end too.
            if monotonic() - began > seconds + _CONNECT_SECONDS:
                raise _Cut("the answer did not end in time")
    finally:
        streamed.close()
    answer = httpx.Response(
        streamed.status_code,
        headers=streamed.headers,
        stream=httpx.ByteStream(b"".join(chunks)),
        extensions={name: value for name, value in streamed.extensions.items() if name != "network_stream"},
    )
    try:
        answer.read()
    except httpx.DecodingError as error:
        raise _Cut("the answer is compressed and cannot be read") from error
    return answer


def _copy(request: httpx.Request, headers: httpx.Headers, body: bytes) -> httpx.Request:
    extensions = {name: value for name, value in request.extensions.items() if name == "sni_hostname"}
    return httpx.Request(
        request.method, request.url, headers=headers, stream=httpx.ByteStream(body), extensions=extensions
    )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _printable(token: SecretStr) -> str:
    """The token, once it is sure that it can travel in a header: the library's own complaint would quote it."""
    value = token.get_secret_value()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise Broken("The access token is empty or holds characters that a header cannot carry.")
    return value
