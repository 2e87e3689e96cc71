"""The drain lease of a connection: one drainer at a time, by database time, with a fence that every write of a drain
checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Company, Kind
from ledgerport.db.models import Connection, ConnectionState, ProviderSwitch, Tenant
from ledgerport.db.session import database_now

LEASE = timedelta(seconds=15)

_TOGGLES = {
    Kind.CUSTOMER: Connection.sync_customers,
    Kind.ITEM: Connection.sync_items,
    Kind.INVOICE: Connection.sync_invoices,
    Kind.ESTIMATE: Connection.sync_estimates,
    Kind.PAYMENT: Connection.sync_payments,
}
_COLUMNS = (
    Connection.id,
    Connection.tenant_id,
    Connection.uid,
    Connection.provider,
    Connection.grant_id,
    Connection.company_id,
    Connection.company_name,
    Connection.currency,
    Connection.country,
    Connection.facts,
    Connection.state,
    Connection.deposit_account,
    Connection.choices,
    Connection.fence,
    Connection.held_until,
    Tenant.currency.label("tenant_currency"),
    ProviderSwitch.enabled.label("switched"),
    *(toggle.label(f"toggle_{kind}") for kind, toggle in _TOGGLES.items()),
)


# Built once: it opens every transaction of a drain.
_LOAD = (
    select(*_COLUMNS)
    .join(Tenant, Tenant.id == Connection.tenant_id)
    .outerjoin(
        ProviderSwitch,
        (ProviderSwitch.tenant_id == Connection.tenant_id) & (ProviderSwitch.provider == Connection.provider),
    )
    .where(Connection.id == bindparam("connection"))
    .with_for_update(of=Connection)
)
_SUCCEEDED = (
    update(Connection.__table__)  # type: ignore[arg-type]
    .where(Connection.id == bindparam("connection"))
    .values(last_success_at=bindparam("at"), held_until=None)
)


class LeaseLost(Exception):
    """Another drainer holds the connection now: stop, write nothing."""


class NotActive(LeaseLost):
    """The lease is ours, but the connection may not be worked on any more: send nothing new, write what came back."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A connection as its drainer sees it.

    `kinds` are those whose syncing is on.
    """

    id: int
    tenant_id: int
    uid: str
    provider: str
    grant_id: int
    company: Company
    currency: str
    deposit_account: str
    choices: dict[str, str]
    kinds: frozenset[Kind]
    fence: int
    held_until: datetime | None


def take(session: Session, connection_id: int, owner: str) -> bool:
    """Take the lease if it is free (or ran out), the connection is active, and its first sync need not wait.

    Raises the fence by one.
    """
    now = database_now(session)
    taken = session.execute(
        update(Connection)
        .where(
            Connection.id == connection_id,
            Connection.state == ConnectionState.ACTIVE,
            Connection.first_sync_waits.is_(False),
            or_(Connection.lease_until.is_(None), Connection.lease_until < now),
        )
        .values(lease_owner=owner, lease_until=now + LEASE, fence=Connection.fence + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def beat(session: Session, connection_id: int, fence: int) -> bool:
    """Lengthen the lease.

    False when it is not ours any more.
    """
    beaten = session.execute(
        update(Connection)
        # A lease that was given back between two beats must not come alive again: nobody would hold it.
        .where(Connection.id == connection_id, Connection.fence == fence, Connection.lease_until.is_not(None))
        .values(lease_until=database_now(session) + LEASE)
        .execution_options(synchronize_session=False)
    )
    return bool(beaten.rowcount)  # type: ignore[attr-defined]


def load(session: Session, connection_id: int, fence: int | None = None, *, working: bool = True) -> Held:
    """The connection, locked until the transaction ends.

    Raises LeaseLost when the fence has moved and, for a drain that wants to go on (`working`), NotActive when the
    connection is not active or an operator turned its provider off. What became of a request is still written then.
    """
    row = session.connection().execute(_LOAD, {"connection": connection_id}).one_or_none()
    if row is None or (fence is not None and row.fence != fence):
        raise LeaseLost(f"Connection {connection_id} is held by somebody else.")
    if row.grant_id is None or (working and (row.state != ConnectionState.ACTIVE or row.switched is False)):
        raise NotActive(f"Connection {connection_id} is {row.state}, or its provider is turned off.")
    values = row._mapping
    return Held(
        id=row.id,
        tenant_id=row.tenant_id,
        uid=row.uid,
        provider=row.provider,
        grant_id=row.grant_id,
        company=Company(
            id=row.company_id, name=row.company_name, currency=row.currency, country=row.country, facts=row.facts
        ),
        currency=row.tenant_currency,
        deposit_account=row.deposit_account,
        choices=row.choices,
        kinds=frozenset(kind for kind in _TOGGLES if values[f"toggle_{kind}"]),
        fence=row.fence,
        held_until=row.held_until,
    )


def give_back(session: Session, connection_id: int, fence: int, due_at: datetime | None) -> None:
    """End the lease and say when there is work again.

    Call it in the transaction that looked for work, after `load` locked the row.
    """
    session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.fence == fence)
        .values(lease_owner="", lease_until=None, due_at=due_at)
        .execution_options(synchronize_session=False)
    )


def let_go(session: Session, connection_id: int, owner: str) -> None:
    """Give back a lease that was just taken, leaving `due_at` as it is."""
    session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.lease_owner == owner)
        .values(lease_owner="", lease_until=None)
        .execution_options(synchronize_session=False)
    )


def hold(session: Session, connection_id: int, until: datetime) -> None:
    """The provider is in trouble as a whole: leave the connection alone until then."""
    session.execute(
        update(Connection)
        .where(Connection.id == connection_id)
        .values(held_until=until)
        .execution_options(synchronize_session=False)
    )


def succeeded(session: Session, connection_id: int, at: datetime) -> None:
    session.connection().execute(_SUCCEEDED, {"connection": connection_id, "at": at})
