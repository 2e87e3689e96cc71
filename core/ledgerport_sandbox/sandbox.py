"""What an accounting provider's emulator is besides a service: consent and tokens, companies' books, change events."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from ledgerport_sandbox.api_keys import ApiKeys
from ledgerport_sandbox.calls import Call
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.control import ControlRoute, books_routes
from ledgerport_sandbox.faults import Fault
from ledgerport_sandbox.oauth import Authority, Client, TokenRules
from ledgerport_sandbox.service import Service
from ledgerport_sandbox.store import Store
from ledgerport_sandbox.webhooks import Outbox


class Sandbox(Service):
    """The frame of a provider's emulator; `handle` works in one transaction of the store.

    One that has OAuth says so with `rules` and `clients`; one that gives out API keys makes them in `seed`
    (`api_keys.make`), so that somebody can connect to a fresh sandbox.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        store: str | os.PathLike[str] | None = None,
        rules: TokenRules | None = None,
        clients: Sequence[Client] = (),
        outbox: Outbox,
        token_shapes: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(clock=clock)
        self.store = Store(store)
        self.outbox = outbox
        self.authority = Authority(
            self.clock,
            rules or TokenRules(),
            list(clients),
            save=lambda state: self.store.keep_fact("oauth", state),
            shapes=token_shapes,
        )
        self.api_keys = ApiKeys(
            self.clock,
            save=lambda state: self.store.keep_fact("api_keys", state),
            shape=(token_shapes or {}).get("api_key"),
        )
        if saved := self.store.fact("oauth"):
            self.authority.restore(saved)
        if keys := self.store.fact("api_keys"):
            self.api_keys.restore(keys)

    # -- what a provider says --------------------------------------------------------------------------------

    @abstractmethod
    def ledger(self, company: str, *, summary: bool) -> bytes:
        """The books (`ledger.assemble`). Raises KeyError for an unknown company."""

    @abstractmethod
    def add_company(self, data: dict[str, Any]) -> dict[str, Any]:
        """Open a company's books. Raises ValueError with a sentence."""

    @abstractmethod
    def person(self, data: dict[str, Any]) -> dict[str, Any]:
        """Change something as a person in the provider's own UI would. Raises ValueError or KeyError."""

    @abstractmethod
    def seed(self) -> None:
        """The companies a fresh sandbox starts with."""

    def token_of(self, call: Call) -> str | None:
        """The token or API key a call presents; the faults `expired_token` and `revoked_grant` strike it."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None

    def control_routes(self) -> list[ControlRoute]:
        return [*super().control_routes(), *books_routes(self)]

    def strike_login(self, call: Call, fault: Fault) -> None:
        token = self.token_of(call)
        if token is None:
            return
        if self.api_keys.end(token, "expired" if fault.name == "expired_token" else "revoked"):
            return
        if fault.name == "expired_token":
            self.authority.expire(token)
        elif (grant := self.authority.grant_of(token)) is not None:
            self.authority.revoke(grant)

    # -- life ------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """A fresh sandbox: besides what a service forgets, documents, grants, keys and subscriptions."""
        self.store.clear()
        self.authority.clear()
        self.api_keys.clear()
        self.outbox.subscribe(None, "")
        super().reset()
        self.seed()

    def close(self) -> None:
        self.store.close()
