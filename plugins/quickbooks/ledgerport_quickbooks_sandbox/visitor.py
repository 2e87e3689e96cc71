"""A plain HTTP client that signs in as an app does and speaks to the sandbox: for tests, examples and plugin authors.

It goes through the real consent page and token endpoint; nothing reaches into the app.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

REALM = "9341450000000001"
CALLBACK = "http://127.0.0.1:9/callback"


class Visitor:
    """`with Visitor(running.url) as app: app.sign_in(); app.create("Customer", {...})`."""

    def __init__(
        self, url: str, *, realm: str = REALM, client: tuple[str, str] = ("sandbox-client", "sandbox-secret")
    ) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False, headers={"accept": "application/json"})
        self.url, self.realm, self.client = url, realm, client
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
        query = {
            "client_id": self.client[0],
            "response_type": "code",
            "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": CALLBACK,
            "state": "state-1",
            **changes,
        }
        return f"{self.url}/connect/oauth2?{urlencode(query)}"

    def decide(self, decision: str = "allow", **changes: str) -> dict[str, str]:
        """Press Allow or Deny; the parameters of the callback. Raises ValueError when there was no redirect."""
        answer = self.http.post(self.authorize_url(**changes), data={"company": self.realm, "decision": decision})
        if answer.status_code != 302:
            raise ValueError(f"{answer.status_code}: {answer.text}")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def token(self, form: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        """One request to the token endpoint."""
        return self.http.post("/oauth2/v1/tokens/bearer", auth=self.client, data=form, headers=headers)

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Trade a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes}
        return self.token(form)

    def refresh(self, token: str | None = None) -> httpx.Response:
        """Trade a refresh token (default: the one held)."""
        return self.token({"grant_type": "refresh_token", "refresh_token": token or self.tokens["refresh_token"]})

    def sign_in(self) -> dict[str, Any]:
        """Consent and tokens; later calls carry the access token. Raises httpx.HTTPStatusError."""
        answer = self.exchange(self.decide()["code"])
        answer.raise_for_status()
        return self.hold(answer.json())

    def hold(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """Use these tokens from now on."""
        self.tokens = tokens
        self.http.headers["authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    # -- the API ---------------------------------------------------------------------------------------------

    def get(self, path: str, **query: str) -> httpx.Response:
        """GET below the company."""
        return self.http.get(f"/v3/company/{self.realm}/{path}", params=query)

    def post(self, path: str, body: Any, **query: str) -> httpx.Response:
        """POST JSON below the company."""
        return self.http.post(f"/v3/company/{self.realm}/{path}", json=body, params=query)

    def create(self, kind: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        """Create or update one object. Raises AssertionError with the answer when it is refused."""
        answer = self.post(kind.lower(), body, **query)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()[kind]
        return made

    def read(self, kind: str, id: str) -> dict[str, Any]:
        """Read one object. Raises AssertionError with the answer when it is refused."""
        answer = self.get(f"{kind.lower()}/{id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()[kind]
        return found

    def query(self, text: str) -> dict[str, Any]:
        """The QueryResponse of a statement. Raises AssertionError with the answer when it is refused."""
        answer = self.get("query", query=text)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["QueryResponse"]
        return found

    def batch(self, items: list[dict[str, Any]], **query: str) -> list[dict[str, Any]]:
        """The answers of a batch. Raises AssertionError when the batch as a whole is refused."""
        answer = self.post("batch", {"BatchItemRequest": items}, **query)
        assert answer.status_code == 200, answer.text
        answers: list[dict[str, Any]] = answer.json()["BatchItemResponse"]
        return answers

    # -- control routes --------------------------------------------------------------------------------------

    def control(self, path: str, body: Any = None) -> Any:
        """GET (no body) or POST a control route. Raises AssertionError with the answer when it is refused."""
        answer = self.http.get(f"/_sandbox/{path}") if body is None else self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self) -> dict[str, Any]:
        """The books of the company."""
        found: dict[str, Any] = self.control(f"ledger?company={self.realm}")
        return found
