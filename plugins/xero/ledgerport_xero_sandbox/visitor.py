"""A small plain client for tests and demos: consent, tokens and calls, nothing hidden."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from ledgerport_xero_sandbox.state import COMPANY

CALLBACK = "http://127.0.0.1:9/callback"
SCOPES = (
    "openid profile email offline_access "
    "accounting.contacts accounting.settings accounting.invoices accounting.payments"
)
API = "/api.xro/2.0"


class Visitor:
    """`with Visitor(running.url) as app: app.sign_in(); app.create("Contacts", {...})`."""

    def __init__(
        self, url: str, *, tenant: str = COMPANY, client: tuple[str, str] = ("sandbox-client", "sandbox-secret")
    ) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False, headers={"accept": "application/json"})
        self.url, self.tenant, self.client = url, tenant, client
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
            "scope": SCOPES,
            "redirect_uri": CALLBACK,
            "state": "state-1",
            **changes,
        }
        return f"{self.url}/identity/connect/authorize?{urlencode(query)}"

    def decide(self, decision: str = "allow", *, person: str = "", **changes: str) -> dict[str, str]:
        """Press Allow or Deny; the parameters of the callback. Raises ValueError when there was no redirect."""
        form = {"company": self.tenant, "decision": decision, **({"person": person} if person else {})}
        answer = self.http.post(self.authorize_url(**changes), data=form)
        if answer.status_code != 302:
            raise ValueError(f"{answer.status_code}: {answer.text}")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def token(self, form: dict[str, str]) -> httpx.Response:
        """One request to the token endpoint, by Basic."""
        return self.http.post("/connect/token", auth=self.client, data=form)

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Trade a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes}
        return self.token(form)

    def refresh(self, token: str | None = None) -> httpx.Response:
        """Trade a refresh token (default: the one held)."""
        return self.token({"grant_type": "refresh_token", "refresh_token": token or self.tokens["refresh_token"]})

    def sign_in(self, *, person: str = "", **changes: str) -> dict[str, Any]:
        """Consent and tokens; later calls carry the access token. Raises httpx.HTTPStatusError."""
        answer = self.exchange(self.decide(person=person, **changes)["code"])
        answer.raise_for_status()
        return self.hold(answer.json())

    def hold(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """Use these tokens from now on."""
        self.tokens = tokens
        self.http.headers["authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    # -- the API ---------------------------------------------------------------------------------------------

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: str
    ) -> httpx.Response:
        """One request for the tenant."""
        more = {"xero-tenant-id": self.tenant, **(headers or {})}
        content: dict[str, Any] = {} if body is None else {"json": body}
        return self.http.request(method, f"{API}/{path}", params=query, headers=more, **content)

    def get(self, path: str, **query: str) -> httpx.Response:
        """GET for the tenant."""
        return self.call("GET", path, None, None, **query)

    def put(self, path: str, body: Any, **query: str) -> httpx.Response:
        """PUT JSON for the tenant."""
        return self.call("PUT", path, body, None, **query)

    def post(self, path: str, body: Any, **query: str) -> httpx.Response:
        """POST JSON for the tenant."""
        return self.call("POST", path, body, None, **query)

    def create(self, collection: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        """PUT one record. Raises AssertionError with the answer when it is refused."""
        return self.only(collection, self.put(collection, body, **query))

    def change(self, collection: str, id: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        """POST one record by its id. Raises AssertionError with the answer when it is refused."""
        return self.only(collection, self.post(f"{collection}/{id}", body, **query))

    def read(self, collection: str, id: str, **query: str) -> dict[str, Any]:
        """GET one record. Raises AssertionError with the answer when it is refused."""
        return self.only(collection, self.get(f"{collection}/{id}", **query))

    def all(self, collection: str, **query: str) -> list[dict[str, Any]]:
        """GET a list. Raises AssertionError with the answer when it is refused."""
        answer = self.get(collection, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()[collection]
        return found

    @staticmethod
    def only(collection: str, answer: httpx.Response) -> dict[str, Any]:
        """The one record of an answer. Raises AssertionError with the answer when there is another number."""
        assert answer.status_code == 200, answer.text
        (found,) = answer.json()[collection]
        one: dict[str, Any] = found
        return one

    # -- control routes --------------------------------------------------------------------------------------

    def control(self, path: str, body: Any = None) -> Any:
        """GET (no body) or POST a control route. Raises AssertionError with the answer when it is refused."""
        answer = self.http.get(f"/_sandbox/{path}") if body is None else self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def person(self, action: str, **more: Any) -> Any:
        """What a bookkeeper does in Xero's own pages."""
        return self.control("person", {"company": self.tenant, "action": action, **more})

    def ledger(self) -> dict[str, Any]:
        """The books of the tenant."""
        found: dict[str, Any] = self.control(f"ledger?company={self.tenant}")
        return found
