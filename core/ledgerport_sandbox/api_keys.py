"""API keys as a provider without OAuth gives them out: made by a person for one or several companies, never renewed.

Nothing here knows a provider. A key works until it is ended: by its owner (`revoked`) or by its age (`expired`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ledgerport_sandbox.clock import Clock


@dataclass(slots=True)
class ApiKey:
    """`field`: what a person types beside the key, where the provider asks for it (a subdomain, a company's number).
    `ended`: empty while it works, else `revoked` or `expired`."""

    value: str
    companies: list[str]
    born: float
    field: str = ""
    ended: str = ""


class ApiKeys:
    """Makes, checks and ends keys. `save` is called with the whole state after every change; `shape` makes a value."""

    def __init__(
        self,
        clock: Clock,
        *,
        save: Callable[[list[dict[str, Any]]], None] | None = None,
        shape: Callable[[], str] | None = None,
    ) -> None:
        self._clock, self._save, self._shape = clock, save, shape
        self._keys: dict[str, ApiKey] = {}

    def make(self, companies: Sequence[str], *, field: str = "", value: str = "") -> ApiKey:
        """A new key for these companies; with a `value` one that documents can name. Raises ValueError when there are
        no companies."""
        if not companies:
            raise ValueError("a key is for one company at least")
        value = value or (self._shape() if self._shape else f"key_{secrets.token_hex(20)}")
        key = self._keys[value] = ApiKey(value, list(companies), self._clock.now(), field)
        self._keep()
        return key

    def find(self, value: str) -> ApiKey | None:
        """A key by its whole value, also one that has ended."""
        return self._keys.get(value)

    def check(self, value: str) -> tuple[ApiKey | None, str]:
        """(key, "") when it works, else (key or None, `unknown` | `revoked` | `expired`)."""
        key = self._keys.get(value)
        return (None, "unknown") if key is None else (key, key.ended)

    def end(self, value: str, why: str = "revoked") -> bool:
        """The key works no more; False when there is none, or it had ended."""
        key = self._keys.get(value)
        if key is None or key.ended:
            return False
        key.ended = why
        self._keep()
        return True

    def end_company(self, company: str | None) -> int:
        """Revoke every living key of a company (None: of all); how many were."""
        hit = [key for key in self._keys.values() if company is None or company in key.companies]
        return sum(self.end(key.value) for key in hit)

    def living(self) -> list[ApiKey]:
        """Keys that work, oldest first."""
        return [key for key in self._keys.values() if not key.ended]

    def state(self) -> list[dict[str, Any]]:
        """Everything, as JSON, for `restore`."""
        return [asdict(key) for key in self._keys.values()]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """Take up the state of an earlier run. Raises TypeError when it has another shape."""
        self._keys = {data["value"]: ApiKey(**data) for data in state}

    def clear(self) -> None:
        """Forget all keys."""
        self._keys.clear()
        self._keep()

    def _keep(self) -> None:
        if self._save:
            self._save(self.state())
