"""The host app's side: the hub's REST API as an HTTP client sees it, with a key and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

_SECONDS = 120.0
# Records asked for at once: as many as the hub gives.
_PAGE = 200


class HubRefused(Exception):
    """The hub answered a request with a problem. The message is the problem's own words."""


class HubClient:
    """Calls of the REST API under `/v1`. Raises HubRefused for every answer that is not a success."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=_SECONDS,
            # Nobody's proxy settings stand between this machine and itself.
            trust_env=False,
        )

    # -- for operators ----------------------------------------------------------------------------------------------

    def create_tenant(self, slug: str, name: str) -> Mapping[str, Any]:
        return self._json("POST", "/tenants", json={"slug": slug, "name": name, "currency": "USD"})

    def create_key(self, tenant: str, name: str) -> str:
        """A key that may read and write a tenant's records."""
        return str(self._ask("POST", f"/tenants/{tenant}/keys", json={"name": name})["key"])

    def enable(self, tenant: str, provider: str) -> None:
        self._ask("PUT", f"/tenants/{tenant}/providers/{provider}", json={"enabled": True})

    # -- for the host app -------------------------------------------------------------------------------------------

    def connect_address(self, provider: str) -> str:
        """Where a browser begins to connect."""
        return str(self._ask("POST", f"/connections/{provider}/connect", json={})["connect_url"])

    def connection(self, provider: str) -> Mapping[str, Any]:
        return self._json("GET", f"/connections/{provider}")

    def auto_sync(self, provider: str, *, on: bool) -> None:
        self._ask("PATCH", f"/connections/{provider}", json={"auto_sync": on})

    def accounts(self, provider: str) -> Sequence[Mapping[str, Any]]:
        """The company's chart of accounts."""
        accounts: Sequence[Mapping[str, Any]] = self._ask("GET", f"/connections/{provider}/accounts")
        return accounts

    def map_default(self, provider: str, item_type: str, *, income: str, expense: str) -> None:
        """Book every item of a type to these accounts."""
        self._ask(
            "PUT",
            f"/connections/{provider}/mappings/defaults/{item_type}",
            json={"income_account": income, "expense_account": expense},
        )

    def deposit_to(self, provider: str, account: str) -> None:
        """Payments land in this account."""
        self._ask("PUT", f"/connections/{provider}/deposit-account", json={"account": account})

    def tax_codes(self, provider: str) -> Sequence[Mapping[str, Any]]:
        """The company's tax codes; `rate` in percent, None where the provider does not tell."""
        codes: Sequence[Mapping[str, Any]] = self._ask("GET", f"/connections/{provider}/tax-codes")
        return codes

    def map_tax_code(self, provider: str, code: str, remote_id: str) -> None:
        """Use this tax code of the books for ours."""
        self._ask("PUT", f"/connections/{provider}/tax-mappings/{code}", json={"remote_id": remote_id})

    def load(self, body: bytes) -> Mapping[str, Any]:
        """Records as NDJSON; how many were taken, and every row that was not."""
        return self._json("POST", "/load", content=body, headers={"Content-Type": "application/x-ndjson"})

    def sync(self, provider: str) -> Mapping[str, Any]:
        """Start a run; `{"run_id", "state", "total"}`."""
        return self._json("POST", f"/connections/{provider}/sync")

    def run(self, run_id: int) -> Mapping[str, Any]:
        """A run as it stands now: its `state`, `total` and counts."""
        return self._json("GET", f"/runs/{run_id}")

    def records(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """Every record of a kind, page by page."""
        cursor = ""
        while True:
            page = self._json("GET", f"/{kind}s", params={"limit": _PAGE, "cursor": cursor})
            yield from page["rows"]
            if not page["next"]:
                return
            cursor = page["next"]

    def search_memory(self, question: str, limit: int) -> Mapping[str, Any]:
        """What was charged for something: figures, and at most `limit` lines they stand on."""
        return self._json("GET", "/memory/search", params={"q": question, "limit": limit})

    def memory_status(self) -> Mapping[str, Any]:
        """What is remembered, what waits and why, what was spent."""
        return self._json("GET", "/memory/status")

    # -- the wire ---------------------------------------------------------------------------------------------------

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _json(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self._ask(method, path, **more)
        return told

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self._http.request(method, path, **more)
        if not answer.is_success:
            raise HubRefused(f"{method} /v1{path} answered {answer.status_code}: {_words(answer)}")
        return answer.json() if answer.content else {}


def _words(answer: httpx.Response) -> str:
    """The problem's detail where there is one, else the beginning of the body."""
    if "json" in answer.headers.get("content-type", ""):
        problem = answer.json()
        if isinstance(problem, dict):
            return " ".join(str(problem[name]) for name in ("title", "detail", "next_step") if problem.get(name))
    return answer.text[:500]
