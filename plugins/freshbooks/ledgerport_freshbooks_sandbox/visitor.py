"""A plain HTTP client that signs in as an app does and speaks to the sandbox: for tests, examples and plugin authors.

It goes through the real consent page and token endpoint; nothing reaches into the app.
"""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from ledgerport_freshbooks_sandbox.resources import KINDS
from ledgerport_freshbooks_sandbox.state import COMPANY

CALLBACK = "http://127.0.0.1:9/callback"


class Visitor:
    """`with Visitor(running.url) as app: app.sign_in(); app.create("Customer", {...})`."""

    def __init__(
        self, url: str, *, account: str = COMPANY, client: tuple[str, str] = ("sandbox-client", "sandbox-secret")
    ) -> None:
        # The sandbox speaks plain http: a context without the system's certificates is made in no time.
        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False, verify=plain)
        self.url, self.account, self.client = url, account, client
        self.tokens: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    # -- login -----------------------------------------------------------------------------------------------

    def authorize_url(self, **changes: str) -> str:
        """The address an app would send its user to."""
        query = {"client_id": self.client[0], "response_type": "code", "redirect_uri": CALLBACK, "state": "state-1"}
        return f"{self.url}/oauth/authorize/?{urlencode({**query, **changes})}"

    def decide(self, decision: str = "allow", **changes: str) -> dict[str, str]:
        """Press Allow or Deny; the parameters of the callback. Raises ValueError when there was no redirect."""
        answer = self.http.post(self.authorize_url(**changes), data={"company": self.account, "decision": decision})
        if answer.status_code != 302:
            raise ValueError(f"{answer.status_code}: {answer.text}")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def token(self, **form: str) -> httpx.Response:
        """One request to the token endpoint; an empty value leaves its field out."""
        fields = {"client_id": self.client[0], "client_secret": self.client[1], "redirect_uri": CALLBACK, **form}
        return self.http.post("/auth/oauth/token", data={name: value for name, value in fields.items() if value})

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Trade a code."""
        return self.token(**{"grant_type": "authorization_code", "code": code, **changes})

    def refresh(self, token: str | None = None, **changes: str) -> httpx.Response:
        """Trade a refresh token (default: the one held)."""
        held = token or self.tokens["refresh_token"]
        return self.token(**{"grant_type": "refresh_token", "refresh_token": held, **changes})

    def sign_in(self, **changes: str) -> dict[str, Any]:
        """Consent and tokens; later calls carry the access token. Raises httpx.HTTPStatusError."""
        answer = self.exchange(self.decide(**changes)["code"])
        answer.raise_for_status()
        return self.hold(answer.json())

    def hold(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """Use these tokens from now on."""
        self.tokens = tokens
        self.http.headers["authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    # -- the API ---------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """One request below the account, for example `items/items`."""
        return self.http.request(method, f"/accounting/account/{self.account}/{path}", json=body, params=query or None)

    def create(self, kind: str, body: dict[str, Any], **query: Any) -> dict[str, Any]:
        """Create one object of a kind in the hub's words. Raises AssertionError with the answer when it is refused."""
        return self._one(kind, self.post(kind, body, **query))

    def post(self, kind: str, body: dict[str, Any], **query: Any) -> httpx.Response:
        """The answer to a creation."""
        return self.call("POST", KINDS[kind].path, {KINDS[kind].one: body}, **query)

    def put(self, kind: str, id: int, body: dict[str, Any], **query: Any) -> httpx.Response:
        """The answer to a change."""
        return self.call("PUT", f"{KINDS[kind].path}/{id}", {KINDS[kind].one: body}, **query)

    def update(self, kind: str, id: int, body: dict[str, Any], **query: Any) -> dict[str, Any]:
        """Change one object. Raises AssertionError with the answer when it is refused."""
        return self._one(kind, self.put(kind, id, body, **query))

    def read(self, kind: str, id: int, **query: Any) -> dict[str, Any]:
        """Read one object. Raises AssertionError with the answer when it is refused."""
        return self._one(kind, self.call("GET", f"{KINDS[kind].path}/{id}", **query))

    def list(self, kind: str, **query: Any) -> dict[str, Any]:
        """The `result` of a list, its rows under "rows" as well. Raises AssertionError when it is refused."""
        answer = self.call("GET", KINDS[kind].path, **query)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["response"]["result"]
        return {**result, "rows": result[KINDS[kind].many]}

    def _one(self, kind: str, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()["response"]["result"][KINDS[kind].one]
        return made

    # -- control routes --------------------------------------------------------------------------------------

    def control(self, path: str, body: Any = None) -> Any:
        """GET (no body) or POST a control route. Raises AssertionError with the answer when it is refused."""
        answer = self.http.get(f"/_sandbox/{path}") if body is None else self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self) -> dict[str, Any]:
        """The books of the account."""
        found: dict[str, Any] = self.control(f"ledger?company={self.account}")
        return found
