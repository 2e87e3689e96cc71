"""One request over the wire and its whole answer: the only module that makes HTTP clients and connections.

Whole answers are read here, so that a cut one surfaces here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import httpx

USER_AGENT = f"ledgerport/{version('ledgerport')}"
# Making a connection is not the provider's work and does not run on its clock: real seconds.
_CONNECT_SECONDS = 10.0
# Shorter than the five seconds after which common servers close an idle connection: a write that meets a closing
# connection has an unknown outcome, a new handshake costs a few milliseconds.
_KEEP_ALIVE_SECONDS = 4.0
# No answer of an accounting API is larger; an endless one must not fill the memory.
_MAX_BODY = 64 * 1024 * 1024
# Raised before a byte of the request left.
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class Cut(Exception):
    """The answer began and did not end as it should; the message says how."""


def make_wire(max_connections: int = 100) -> httpx.HTTPTransport:
    """The connection pool that all clients of a process share: TLS verified, no proxy from the environment, no
    redirect followed.
    """
    limits = httpx.Limits(
        max_connections=max_connections, max_keepalive_connections=max_connections, keepalive_expiry=_KEEP_ALIVE_SECONDS
    )
    return httpx.HTTPTransport(limits=limits, trust_env=False, retries=0)


class _Door(httpx.BaseTransport):
    """The way to a transport, and nothing of it.

    A plugin is handed the client; whoever looks through its attributes, for a log, a copy or a crash report, must not
    come upon a token. Code that means to find one can: it runs in our process.
    """

    __slots__ = ("_close", "_pass")

    def __init__(self, transport: httpx.BaseTransport) -> None:
        # Not the transport's own methods: a bound method has what it is bound to as an attribute.
        def pass_on(request: httpx.Request) -> httpx.Response:
            return transport.handle_request(request)

        def close() -> None:
            transport.close()

        self._pass, self._close = pass_on, close

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._pass(request)

    def close(self) -> None:
        self._close()


def make_client(
    transport: httpx.BaseTransport, *, base_url: str = "", headers: Mapping[str, str] | None = None
) -> httpx.Client:
    """A client over a transport of ours: no proxy from the environment, no redirect followed, our name told.

    What the transport holds (a token, our app's secret, the hub) is no attribute of anything that the client has.
    """
    return httpx.Client(
        transport=_Door(transport),
        base_url=base_url,
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT, "Accept": "application/json", **(headers or {})},
    )


def rebase(url: str, address: str) -> str:
    """`url` at another origin: path and query kept, scheme, host and port from `address`.

    An empty address changes nothing.
    """
    if not address:
        return url
    to = urlsplit(address)
    return urlunsplit(urlsplit(url)._replace(scheme=to.scheme, netloc=to.netloc))


def exchange(wire: httpx.BaseTransport, request: httpx.Request, seconds: float) -> httpx.Response:
    """One request and its whole answer, within `seconds` (real) after the connection stands.

    Raises httpx.TransportError or Cut.
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
                raise Cut(f"the answer is larger than {_MAX_BODY} bytes")
            # A time-out of the socket counts from chunk to chunk; an answer that trickles must end too.
            if monotonic() - began > seconds + _CONNECT_SECONDS:
                raise Cut("the answer did not end in time")
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
        raise Cut("the answer is compressed and cannot be read") from error
    return answer


def copied(request: httpx.Request, headers: httpx.Headers, body: bytes) -> httpx.Request:
    extensions = {name: value for name, value in request.extensions.items() if name == "sni_hostname"}
    return httpx.Request(
        request.method, request.url, headers=headers, stream=httpx.ByteStream(body), extensions=extensions
    )


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
