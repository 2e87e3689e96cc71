"""Opening the database: one engine, sessions for one tenant, database time.

SQLite gets WAL and BEGIN IMMEDIATE: without it two read-modify-write transactions lose updates without an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from ledgerport.db.models import TenantOwned

_READ = {"ledgerport_read": True}
# 32 MiB of pages a connection, where the default holds 2: a drain touches the same few tables over and over. The pool
# hands out the connection used last, whose pages are warm.
_CACHE = "cache_size=-32768"


class ForeignTenant(Exception):
    """A row of another tenant was about to be written: a fault in our code, never a user's."""


def open_engine(url: str, *, pool_size: int = 20) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://...`.

    Connections wait at most 10 s for a lock or the pool.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed, pool_size=pool_size, max_overflow=20, pool_timeout=10, pool_use_lifo=True, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=20,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "options": "-c lock_timeout=10000 -c statement_timeout=60000"},
    )


def _prepare_sqlite(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None
    cursor = dbapi.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON", _CACHE):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    read = connection.get_execution_options().get("ledgerport_read")
    connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")


class Database:
    """Hands out sessions: each is one transaction, committed when its block ends well, rolled back when it raises."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(**_READ)

    @contextmanager
    def tenant(self, tenant_id: int, *, read: bool = False) -> Iterator[Session]:
        """A session that sees and writes only one tenant's rows (ORM statements; Core statements name the tenant
        themselves).

        `read` promises not to write: on SQLite such a transaction does not wait for writers.
        """
        with self._open(read) as session:
            session.info["tenant_id"] = tenant_id
            yield session

    @contextmanager
    def everything(self, *, read: bool = False) -> Iterator[Session]:
        """A session over all tenants: for operators, the scheduler and the finding of a key's tenant."""
        with self._open(read) as session:
            yield session

    @contextmanager
    def _open(self, read: bool) -> Iterator[Session]:
        with Session(self._reader if read else self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


@event.listens_for(Session, "do_orm_execute")
def _only_this_tenant(state: ORMExecuteState) -> None:
    tenant_id = state.session.info.get("tenant_id")
    if tenant_id is not None and not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(
            with_loader_criteria(TenantOwned, lambda owned: owned.tenant_id == tenant_id, include_aliases=True)
        )


@event.listens_for(Session, "before_flush")
def _stamp_tenant(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    tenant_id = session.info.get("tenant_id")
    if tenant_id is None:
        return
    for row in (*session.new, *session.dirty):
        if isinstance(row, TenantOwned):
            owner: int | None = row.tenant_id  # None until a new row is stamped, whatever the mapping says
            if owner is None:
                row.tenant_id = tenant_id
            elif owner != tenant_id:
                raise ForeignTenant(
                    f"{type(row).__name__} of tenant {row.tenant_id} in a session of tenant {tenant_id}."
                )


def database_now(session: Session) -> datetime:
    """The database's own time (UTC): the one clock that all processes share, for leases."""
    if session.get_bind().dialect.name == "sqlite":
        told = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(told).replace(tzinfo=UTC)
    moment: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)
