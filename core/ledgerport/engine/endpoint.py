"""The provider's token endpoint, with our app identified: codes are traded there, tokens renewed and ended."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from ledgerport.contract import Broken, Clock, Endpoint, ProviderTerms, TryLater, Unknown
from ledgerport.contract.terms import ClientAuth
from ledgerport.engine.exchange import NEVER_LEFT, Cut, copied, exchange, make_client, origin_of


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
    redirect_uri: str = "",
    api_url: str = "",
    seconds: float = 20.0,
    hide: Callable[[str], None] | None = None,
) -> Iterator[Endpoint]:
    """The provider's token endpoint with our client's id and secret added to every request, as its terms want them.

    A request below `api_url` carries the Authorization header that the plugin gave it (with an API key: whatever it
    gave), and nothing of ours. `seconds` are real ones: a refresh lease runs on the database's time. `hide` is told
    of every token that comes back. A request raises TryLater when it never left, else Unknown.
    """
    endpoint = _EndpointWire(
        wire=wire,
        terms=terms,
        allowed=frozenset(httpx.URL(url) for url in (token_url, revoke_url) if url),
        api=origin_of(httpx.URL(api_url)) if api_url else None,
        client_id=client_id,
        client_secret=client_secret,
        seconds=seconds,
        hide=hide,
    )
    with make_client(endpoint, headers=terms.oauth.token_headers) as http:
        yield Endpoint(
            http=http,
            token_url=token_url,
            revoke_url=revoke_url,
            clock=clock,
            redirect_uri=redirect_uri,
            api_url=api_url,
        )


def secrets_in(answer: httpx.Response) -> list[str]:
    """The tokens of an answer of the token endpoint (RFC 6749, 5.1: members of a JSON object)."""
    try:
        told = answer.json()
    except ValueError:
        return []
    members = told.items() if isinstance(told, dict) else ()
    return [value for name, value in members if isinstance(value, str) and str(name).endswith("token")]


@dataclass(kw_only=True)
class _EndpointWire(httpx.BaseTransport):
    wire: httpx.BaseTransport
    terms: ProviderTerms
    allowed: frozenset[httpx.URL]
    api: tuple[str, str, int | None] | None
    client_id: str
    client_secret: SecretStr
    seconds: float
    hide: Callable[[str], None] | None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = httpx.Headers(request.headers)
        body = request.read()
        if request.url in self.allowed:
            body = self._identify(headers, body)
        elif origin_of(request.url) != self.api or not ("Authorization" in headers or self.terms.api_key):
            raise Broken(f"The plugin of {self.terms.label} called {request.url.host} with the app's secret.")
        try:
            answer = exchange(self.wire, copied(request, headers, body), self.seconds)
        except NEVER_LEFT as error:
            raise TryLater(f"{self.terms.label} could not be reached.", detail=type(error).__name__) from error
        except (httpx.TransportError, Cut) as error:
            raise Unknown(f"{self.terms.label} did not answer.", detail=type(error).__name__) from error

        if self.hide is not None:
            # Before the plugin can say them.
            for secret in secrets_in(answer):
                self.hide(secret)
        return answer

    def _identify(self, headers: httpx.Headers, body: bytes) -> bytes:
        """Say who we are, as the terms want it; the body to send."""
        secret = self.client_secret.get_secret_value()
        if self.terms.oauth.client_auth is ClientAuth.BASIC and secret:
            # As they are: providers compare the raw pair, though RFC 6749 (2.3.1) would have it form-encoded first.
            headers["Authorization"] = f"Basic {b64encode(f'{self.client_id}:{secret}'.encode()).decode()}"
            return body
        if body and not headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            raise Broken(f"The plugin of {self.terms.label} sent no form to the token endpoint.")
        # A public app has no secret: its id alone is in the form (RFC 6749, 3.2.1).
        ours = {"client_id": self.client_id, **({"client_secret": secret} if secret else {})}
        body = b"&".join(part for part in (body, urlencode(ours).encode()) if part)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Content-Length"] = str(len(body))
        return body
