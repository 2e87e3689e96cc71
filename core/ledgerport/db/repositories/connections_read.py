"""Connections as people and the sync of a click see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import (
    Connection,
    ConnectionState,
    EstimateLine,
    InvoiceLine,
    LedgerAccount,
    Link,
    ProviderSwitch,
    RemoteTaxCode,
    Task,
    TaskState,
)

_LIVE = Connection.state != ConnectionState.DISCONNECTED


def all_live(session: Session) -> Sequence[Connection]:
    """The tenant's connections that are not disconnected, by provider."""
    return session.scalars(select(Connection).where(_LIVE).order_by(Connection.provider)).all()


def of_provider(session: Session, provider: str, *, lock: bool = False) -> Connection | None:
    """The tenant's live connection to a provider."""
    query = select(Connection).where(_LIVE, Connection.provider == provider)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def task_counts(session: Session, connection_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """How many tasks there are by (connection, state), done ones left out."""
    told = session.execute(
        select(Task.connection_id, Task.state, func.count().label("tasks"))
        .where(Task.connection_id.in_(connection_ids), Task.state != TaskState.DONE)
        .group_by(Task.connection_id, Task.state)
    )
    return {(row.connection_id, str(row.state)): row.tasks for row in told}


def switched_off(session: Session) -> set[str]:
    """The providers that the operator has turned off for the tenant."""
    return set(session.scalars(select(ProviderSwitch.provider).where(ProviderSwitch.enabled.is_(False))))


def linked(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> set[int]:
    """Which of these records are in the books of a connection."""
    if not record_ids:
        return set()
    return set(
        session.scalars(
            select(Link.record_id).where(
                Link.connection_id == connection_id, Link.kind == kind, Link.record_id.in_(record_ids)
            )
        )
    )


def items_on(session: Session, kind: Kind, document_id: int) -> set[int]:
    """The items that an invoice or estimate names."""
    line, owner = (
        (InvoiceLine, InvoiceLine.invoice_id) if kind is Kind.INVOICE else (EstimateLine, EstimateLine.estimate_id)
    )
    found = session.scalars(select(line.item_id).where(owner == document_id, line.item_id.is_not(None)))
    return {item_id for item_id in found if item_id is not None}


def ledger_accounts(session: Session, connection_id: int) -> Sequence[LedgerAccount]:
    """The chart of accounts as last read, by use and name."""
    return session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.connection_id == connection_id)
        .order_by(LedgerAccount.use, LedgerAccount.name, LedgerAccount.id)
    ).all()


def remote_tax_codes(session: Session, connection_id: int) -> Sequence[RemoteTaxCode]:
    """The tax codes as last read."""
    return session.scalars(
        select(RemoteTaxCode).where(RemoteTaxCode.connection_id == connection_id).order_by(RemoteTaxCode.name)
    ).all()


def providers(session: Session, connection_ids: Collection[int]) -> dict[int, str]:
    """The provider of each connection, disconnected ones too."""
    told = session.execute(select(Connection.id, Connection.provider).where(Connection.id.in_(connection_ids)))
    return {row.id: row.provider for row in told}


def ids_of_provider(session: Session, provider: str) -> list[int]:
    """Every connection there is or was to a provider."""
    return list(session.scalars(select(Connection.id).where(Connection.provider == provider)))
