"""Picky's books with others in them already: names that are taken, e-mails that several have, objects that vanish."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.integration.picky_books import TERMS, Picky, PickyPlugin, picky

from ledgerport.contract import (
    Account,
    Customer,
    Gone,
    Item,
    Kind,
    Lookup,
    NameRules,
    NameTaken,
    Push,
    Remote,
    Value,
    hookimpl,
)
from ledgerport.db.models import Attempt, Link, Task, TaskState
from ledgerport.host import Host, Provider

KINDS = {
    **TERMS.kinds,
    Kind.CUSTOMER: dataclasses.replace(
        TERMS.kinds[Kind.CUSTOMER], name=NameRules(max_length=20), lookups=frozenset({Lookup.EMAIL})
    ),
    Kind.ITEM: dataclasses.replace(
        TERMS.kinds[Kind.ITEM], name=NameRules(max_length=20), code=None, batch_size=1, batch_choice=""
    ),
}
CROWDED = dataclasses.replace(TERMS, kinds=KINDS, choices=(), object_urls={Kind.CUSTOMER: "https://picky.example/{id}"})


@dataclass
class CrowdedPlugin(PickyPlugin):
    """`others`: what is there already. `vanished`: remote ids that were deleted over there."""

    others: list[Remote] = field(default_factory=list)
    vanished: set[str] = field(default_factory=set)

    @hookimpl
    def push_customer(self, account: Account, push: Push[Customer]) -> Remote:
        return self._try(account, push)

    @hookimpl
    def push_item(self, account: Account, push: Push[Item]) -> Remote:
        return self._try(account, push)

    @hookimpl
    def find_customers(self, account: Account, email: str) -> list[Remote]:
        return [remote for remote in self.others if remote.email == email]

    @hookimpl
    def on_duplicate_name(self, account: Account, push: Push[Value]) -> list[Remote]:
        return [remote for remote in self.others if remote.name == getattr(push.value, "name", "")]

    def _try(self, account: Account, push: Push[Any]) -> Remote:
        if push.remote_id in self.vanished:
            raise Gone("It was deleted.")
        if any(remote.name == push.value.name and remote.id != push.remote_id for remote in self.others):
            raise NameTaken("The name is in use.", detail="Duplicate Name Exists Error")
        made = self._take(account, [push])[0]
        return dataclasses.replace(made, id=push.remote_id or made.id)


def crowded(folder: Path, *others: Remote) -> tuple[Picky, CrowdedPlugin]:
    """A tenant whose only books are crowded by `others`; services and products are mapped."""
    made = picky(folder)
    plugin = CrowdedPlugin(CROWDED, others=list(others))
    made.hub = dataclasses.replace(made.hub, host=Host([Provider(CROWDED, plugin, "crowded 1", 30.0)]))
    made.plugin = plugin
    made.book_services()
    return made, plugin


def other(remote_id: str, kind: str = "customer", **more: Any) -> Remote:
    return Remote(id=remote_id, kind=kind, **more)


def stuck(books: Picky, kind: str = "customer") -> Task:
    """The one task of a kind that is stuck."""
    with books.hub.database.everything(read=True) as session:
        wanted = (Task.kind == kind, Task.state.in_((TaskState.BLOCKED, TaskState.FAILED)))
        return session.scalars(select(Task).where(*wanted)).one()


def open_tasks(books: Picky) -> list[tuple[str, str]]:
    """(kind, state) of all that is still to be done."""
    with books.hub.database.everything(read=True) as session:
        rows = session.scalars(select(Task).where(Task.state != TaskState.DONE).order_by(Task.id)).all()
    return [(str(row.kind), str(row.state)) for row in rows]


def links(books: Picky, kind: str = "customer") -> list[tuple[str, str]]:
    """(remote id, origin) of the links of a kind."""
    with books.hub.database.everything(read=True) as session:
        rows = session.scalars(select(Link).where(Link.kind == kind).order_by(Link.id)).all()
    return [(row.remote_id, row.origin) for row in rows]


def verdicts(books: Picky, kind: str = "customer") -> list[str]:
    """The verdicts on records of a kind, oldest first."""
    with books.hub.database.everything(read=True) as session:
        return list(session.scalars(select(Attempt.verdict).where(Attempt.kind == kind).order_by(Attempt.id)))
