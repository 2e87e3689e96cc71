"""A wire that writes down what a plugin asks for instead of sending it, for `ledgerport plugin dry-run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

# Never shown, whatever it holds.
_SIGN_IN = frozenset({"authorization", "proxy-authorization", "cookie"})


class NotSent(httpx.ConnectError):
    """A dry run stops here. The transport takes it for a request that never left, and so does whoever reads its
    outcome: nothing is unknown."""


@dataclass(frozen=True, kw_only=True)
class DryRequest:
    """One request as it would be, or was, put on the wire.

    `headers` are without those that sign in; `body` is text, or `<n bytes>` where it is none. `status`: what a request
    that was sent (a read) was answered with.
    """

    method: str
    address: str
    headers: Mapping[str, str]
    body: str
    read: bool
    status: int | None = None


@dataclass(kw_only=True)
class DryWire(httpx.BaseTransport):
    """Takes requests down and stops each one, but reads where there is a `real` wire for them.

    `is_write` says of the request that is just coming whether it may change anything. `secrets`: values whose headers
    are left out too, since a provider may want its key anywhere.
    """

    real: httpx.BaseTransport | None
    is_write: Callable[[], bool]
    secrets: set[str] = field(default_factory=set)
    requests: list[DryRequest] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_stopped and not self.requests[-1].read:
            # A plugin that goes on after its first write was stopped would be judged by an answer that nobody gave.
            raise NotSent("A dry run ends with its first write.")
        write = self.is_write()
        answer = self.real.handle_request(request) if self.real is not None and not write else None
        self.requests.append(
            DryRequest(
                method=request.method,
                address=str(request.url),
                headers=self._shown(request.headers),
                body=_text(request.read()),
                read=not write,
                status=answer.status_code if answer is not None else None,
            )
        )
        if answer is None:
            raise NotSent("A dry run does not send this.")
        return answer

    @property
    def is_stopped(self) -> bool:
        """Whether the last request was not sent."""
        return bool(self.requests) and self.requests[-1].status is None

    def _shown(self, headers: httpx.Headers) -> dict[str, str]:
        return {
            name: value
            for name, value in headers.items()
            if name not in _SIGN_IN and not any(secret in value for secret in self.secrets)
        }


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"<{len(body)} bytes>"
