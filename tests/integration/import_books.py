"""Picky books that can also be read: customers and items page by page, with trouble where a test wants it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.factories import make_tenant, messages, migrate
from tests.integration import picky_books
from tests.integration.picky_books import TERMS, Picky, PickyPlugin, picky

from ledgerport.contract import (
    Account,
    Address,
    Customer,
    Item,
    ItemType,
    Kind,
    Page,
    PulledCustomer,
    PulledItem,
    Remote,
    hookimpl,
)
from ledgerport.db.models import Import, ImportRow, Link
from ledgerport.db.session import Database, open_engine
from ledgerport.host import Host, Provider
from ledgerport.services.context import Hub
from ledgerport.services.imports.hand_out import due_imports
from ledgerport.services.imports.show_imports import ImportRowView, ImportView, list_rows, show_import
from ledgerport.services.imports.start_import import start_import
from ledgerport.services.imports.steer_import import apply_import
from ledgerport.services.imports.work_import import work_import

_KINDS = {
    **TERMS.kinds,
    Kind.CUSTOMER: dataclasses.replace(TERMS.kinds[Kind.CUSTOMER], pull=True),
    Kind.ITEM: dataclasses.replace(TERMS.kinds[Kind.ITEM], pull=True),
}


@dataclass
class ReadPlugin(PickyPlugin):
    """`customers` and `items` are what is over there, `size` of them a page; `before` is called with each cursor."""

    customers: list[PulledCustomer] = field(default_factory=list)
    items: list[PulledItem] = field(default_factory=list)
    size: int = 2
    asked: list[str | None] = field(default_factory=list)
    before: Callable[[str | None], None] | None = None

    @hookimpl
    def pull_customers(self, account: Account, cursor: str | None) -> Page[PulledCustomer]:
        return self._page(account, self.customers, cursor)

    @hookimpl
    def pull_items(self, account: Account, cursor: str | None) -> Page[PulledItem]:
        return self._page(account, self.items, cursor)

    def _take(self, account: Account, pushes: list[Any]) -> list[Remote]:
        taken = zip(super()._take(account, pushes), pushes, strict=True)
        return [dataclasses.replace(remote, id=push.remote_id or remote.id) for remote, push in taken]

    def _page(self, account: Account, all_rows: list[Any], cursor: str | None) -> Page[Any]:
        if self.before is not None:
            self.before(cursor)
        self.asked.append(cursor)
        assert account.http.get("/things").status_code == 200
        start = int(cursor or 0)
        end = start + self.size
        return Page(rows=all_rows[start:end], next=str(end) if end < len(all_rows) else None)


def customer(remote_id: str, name: str, *, active: bool = True, version: str = "", **more: Any) -> PulledCustomer:
    """A customer over there."""
    if "address" in more:
        more["address"] = Address(**more["address"])
    remote = Remote(
        id=remote_id, kind="customer", name=name, email=more.get("email", ""), active=active, version=version
    )
    return PulledCustomer(remote=remote, value=Customer(ref="", name=name, **more))


def item(remote_id: str, name: str, *, price: str = "10.00", cost: str | None = None, **more: Any) -> PulledItem:
    """An item over there."""
    remote = Remote(id=remote_id, kind="item", name=name, number=more.get("code", ""))
    value = Item(
        ref="",
        name=name,
        type=more.pop("type", ItemType.SERVICE),
        price=Decimal(price),
        cost=None if cost is None else Decimal(cost),
        **more,
    )
    return PulledItem(remote=remote, value=value)


@dataclass
class Books:
    """A tenant connected to books that can be read."""

    picky: Picky
    plugin: ReadPlugin

    @property
    def hub(self) -> Hub:
        return self.picky.hub

    @property
    def tenant(self) -> int:
        return self.picky.tenant

    @property
    def whose(self) -> dict[str, Any]:
        return {"tenant_id": self.tenant, "provider": "picky"}

    def start(self, kind: Kind = Kind.CUSTOMER, **more: Any) -> ImportView:
        return start_import(self.hub, **self.whose, kind=kind, requested_by="user:ann@example.com", **more)

    def work(self, import_id: int) -> ImportView:
        work_import(self.hub, import_id)
        return self.shown(import_id)

    def read(self, kind: Kind = Kind.CUSTOMER) -> ImportView:
        """Start, and read to the end."""
        return self.work(self.start(kind).id)

    def apply(self, import_id: int) -> ImportView:
        apply_import(self.hub, **self.whose, import_id=import_id)
        return self.work(import_id)

    def bring(self, kind: Kind = Kind.CUSTOMER) -> ImportView:
        """Read, and bring over as proposed."""
        return self.apply(self.read(kind).id)

    def shown(self, import_id: int) -> ImportView:
        return show_import(self.hub, **self.whose, import_id=import_id)

    def rows(self, import_id: int, **more: Any) -> dict[str, ImportRowView]:
        """By name."""
        found = list_rows(self.hub, **self.whose, import_id=import_id, limit=200, **more)
        return {row.name: row for row in found.rows}

    def links(self, kind: Kind = Kind.CUSTOMER) -> dict[str, str]:
        """Remote id -> origin."""
        with self.hub.database.tenant(self.tenant, read=True) as session:
            rows = session.scalars(select(Link).where(Link.kind == kind)).all()
            return {row.remote_id: row.origin for row in rows}

    def row(self, import_id: int) -> Import:
        with self.hub.database.tenant(self.tenant, read=True) as session:
            return session.get_one(Import, import_id)

    def set(self, import_id: int, **values: Any) -> None:
        with self.hub.database.tenant(self.tenant) as session:
            row = session.get_one(Import, import_id)
            for name, value in values.items():
                setattr(row, name, value)

    def kept(self) -> int:
        """How many rows there are of all imports."""
        with self.hub.database.tenant(self.tenant, read=True) as session:
            return len(session.scalars(select(ImportRow.id)).all())

    def due(self) -> list[int]:
        return due_imports(self.hub)

    def sent(self) -> list[tuple[Any, ...]]:
        return messages(self.hub)


def books(folder: Path, url: str = "") -> Books:
    """Nothing is over there yet; a test fills `plugin.customers` and `plugin.items`. `url`: another database."""
    made = picky(folder)
    if url:
        engine = open_engine(url, pool_size=5)
        migrate(engine)
        elsewhere = dataclasses.replace(made.hub, database=Database(engine))
        tenant = make_tenant(elsewhere)
        made = dataclasses.replace(
            made, hub=elsewhere, tenant=tenant, connection=picky_books._connection(elsewhere, tenant)
        )
    plugin = ReadPlugin(dataclasses.replace(made.plugin.terms, kinds=_KINDS))
    hub = dataclasses.replace(made.hub, host=Host([Provider(plugin.terms, plugin, "picky 1", 30.0)]))
    return Books(picky=dataclasses.replace(made, hub=hub, plugin=plugin), plugin=plugin)
