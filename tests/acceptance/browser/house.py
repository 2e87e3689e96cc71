"""Everything that the console stands on, running: a hub with its worker, its site, sandboxes, one fast clock."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests import stage
from tests.conftest import wait_until
from tests.stage import Sandbox

from ledgerport.contract import ContractError, Kind
from ledgerport.demo.stage import Options, Running, running
from ledgerport.services.context import Hub
from ledgerport.services.read_books import read_books
from ledgerport.services.run_progress import running_run
from ledgerport.services.show_connections import ConnectionView, change_toggles, list_connections, show_connection
from ledgerport.services.show_records import list_records
from ledgerport.services.sign_in import make_link
from ledgerport.services.tenants import create_tenant
from ledgerport.services.users import create_user, set_password

Record = Mapping[str, Any]
RATE = 60.0
BLUE = "blue"
CUSTOMER = {"kind": "customer", "ref": "C-1", "name": "Doe Plumbing", "email": "j.doe@example.com"}
ITEM = {"kind": "item", "ref": "P-1", "name": "Drain snake 25 ft", "type": "product", "price": "21.62"}


def invoice(number: int = 1, **more: Any) -> dict[str, Any]:
    """`INV-0047` for the first: two drain snakes, 43.24 in all."""
    line = {"item": "P-1", "quantity": "2", "unit_price": "21.62", "taxable": False}
    return {
        "kind": "invoice",
        "ref": f"I-{number}",
        "number": f"INV-{46 + number:04d}",
        "customer": "C-1",
        "issued_on": "2026-05-04",
        "lines": [line],
        **more,
    }


def payment(number: int = 1, amount: str = "43.24", *, of: str = "I-1") -> dict[str, Any]:
    return {
        "kind": "payment",
        "ref": f"PAY-{number}",
        "customer": "C-1",
        "paid_on": "2026-05-05",
        "amount": amount,
        "allocations": [{"invoice": of, "amount": amount}],
    }


@dataclass
class House:
    """The running hub, its tenant "Blue Plumbing LLC", and the providers' other side."""

    running: Running
    tenant_id: int

    @property
    def hub(self) -> Hub:
        return self.running.hub

    @property
    def url(self) -> str:
        return self.running.url

    def sandbox(self, provider: str) -> Sandbox:
        return Sandbox(self.running.sandboxes[provider].url, provider)

    def label(self, provider: str) -> str:
        return self.hub.host.for_provider(provider).terms.label

    def load(self, *records: Record) -> None:
        """Save records as the host app does."""
        loaded = stage.load(self.hub, self.tenant_id, records)
        assert not loaded.rejected, loaded.rejected

    def connect(self, provider: str, *, mapped: bool = True) -> int:
        """Connected before the journey begins; the connection's id."""
        connection_id = stage.connect(self.hub, self.sandbox(provider), self.tenant_id)
        if mapped:
            stage.map_defaults(self.hub, self.tenant_id, connection_id)
        return connection_id

    def link(self, role: str = "admin", *, email: str = "") -> str:
        """The address that signs a new person in."""
        email = email or f"{role}@example.com"
        tenant = None if role == "operator" else BLUE
        create_user(self.hub, email=email, name=f"Ann {role.capitalize()}", role=role, tenant=tenant)
        return make_link(self.hub, email=email)

    def set_password(self, email: str, password: str) -> None:
        """Which also ends every session of that person."""
        set_password(self.hub, email=email, password=password)

    def connection(self, provider: str) -> ConnectionView:
        return show_connection(self.hub, tenant_id=self.tenant_id, provider=provider)

    def hold(self, provider: str) -> None:
        """Nothing goes by itself any more."""
        change_toggles(self.hub, tenant_id=self.tenant_id, provider=provider, toggles={"auto_sync": False})

    def lose(self, provider: str) -> None:
        """Somebody withdraws our access over there, and the hub learns of it with the next call."""
        self.sandbox(provider).control("revoke", {"company": self.sandbox(provider).company})
        with contextlib.suppress(ContractError):
            read_books(self.hub, self.connection(provider).id)
        wait_until(lambda: self.connection(provider).state == "needs_reconnection", seconds=20, what="the lost grant")

    def add_there(self, name: str, email: str = "") -> None:
        """A customer that somebody types in at QuickBooks."""
        data = {"DisplayName": name, **({"PrimaryEmailAddr": {"Address": email}} if email else {})}
        sandbox = self.sandbox("quickbooks")
        sandbox.control("person", {"company": sandbox.company, "action": "create", "kind": "Customer", "data": data})

    def settled(self) -> None:
        """Wait until nothing is on its way any more."""
        wait_until(self._is_settled, seconds=30, what="the books to be up to date")

    def wait(self, seconds: float) -> None:
        """Let the house's clock go on."""
        time.sleep(self.running.clock.real_seconds(timedelta(seconds=seconds)))

    def customers(self) -> list[str]:
        """The names of all customers here."""
        found = list_records(self.hub, tenant_id=self.tenant_id, kind=Kind.CUSTOMER, limit=200)
        return [row.name for row in found.rows]

    def _is_settled(self) -> bool:
        return not any(
            each.tasks.get("waiting", 0)
            or each.tasks.get("sending", 0)
            or running_run(self.hub, tenant_id=self.tenant_id, provider=each.provider)
            for each in list_connections(self.hub, tenant_id=self.tenant_id)
            if each.state == "active"
        )

    def ledger(self, provider: str, kind: str) -> list[Any]:
        """What the provider's books hold of a kind (`payments`)."""
        held: list[Any] = self.sandbox(provider).ledger()[kind]
        return held


@contextlib.contextmanager
def open_house(folder: Path, *providers: str, rate: float = RATE, memory: bool = False) -> Iterator[House]:
    """A hub on an empty home; one tenant, no connection, no records. `memory`: it remembers past prices."""
    with running(Options(home=folder / "home", providers=providers, rate=rate, memory=memory)) as running_hub:
        tenant = create_tenant(running_hub.hub, slug=BLUE, name="Blue Plumbing LLC")
        yield House(running=running_hub, tenant_id=tenant.id)
