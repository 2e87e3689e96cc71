"""Vectors that were paid for, and what was paid."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from ledgerport.db.among import among
from ledgerport.db.models import MemoryEntry, MemoryLine, MemorySpend, MemoryVector
from ledgerport.db.repositories.memory_rows import put_many
from ledgerport.db.repositories.records import table_of

VECTORS, SPEND = table_of(MemoryVector), table_of(MemorySpend)
ENTRIES, LINES = table_of(MemoryEntry), table_of(MemoryLine)


@dataclass(frozen=True, kw_only=True)
class Space:
    """Where vectors can be compared: one tenant's, of one model, with one dimension."""

    tenant_id: int
    model: str
    dimension: int


@dataclass(frozen=True, kw_only=True)
class Made:
    """A text's new vector. `what`: `line` or `document`; `tokens`: its share of what the request cost."""

    text_hash: str
    what: str
    vector: bytes
    tokens: int


def known(session: Session, space: Space, hashes: Collection[str]) -> dict[str, bool]:
    """Hash -> whether the index has it, of texts that have a vector."""
    query = select(VECTORS.c.text_hash, VECTORS.c.in_index).where(*_in(space), among(VECTORS.c.text_hash, "hashes"))
    return {row.text_hash: row.in_index for row in session.execute(query, {"hashes": hashes})} if hashes else {}


def read(session: Session, space: Space, hashes: Collection[str]) -> dict[str, bytes]:
    """Vectors by hash."""
    query = select(VECTORS.c.text_hash, VECTORS.c.vector).where(*_in(space), among(VECTORS.c.text_hash, "hashes"))
    return {row.text_hash: row.vector for row in session.execute(query, {"hashes": hashes})} if hashes else {}


def keep(session: Session, space: Space, made: Sequence[Made], now: datetime) -> None:
    """Keep new vectors; one that another job has made meanwhile stays as it is."""
    rows = [
        {
            "tenant_id": space.tenant_id,
            "model": space.model,
            "dimension": space.dimension,
            "text_hash": one.text_hash,
            "what": one.what,
            "vector": one.vector,
            "tokens": one.tokens,
            "made_at": now,
            "in_index": False,
        }
        for one in made
    ]
    put_many(session, VECTORS, rows, key=("tenant_id", "model", "dimension", "text_hash"))


def set_in_index(session: Session, space: Space, hashes: Collection[str], *, there: bool) -> None:
    """Note whether the index has these line passages."""
    if hashes:
        meant = update(VECTORS).where(*_in(space), among(VECTORS.c.text_hash, "hashes"))
        session.execute(meant.values(in_index=bindparam("there")), {"hashes": hashes, "there": there})


def drop(session: Session, tenant_id: int, hashes: Collection[str]) -> None:
    """Vectors of texts that are to be known no more, of whatever model."""
    if hashes:
        meant = delete(VECTORS).where(VECTORS.c.tenant_id == tenant_id, among(VECTORS.c.text_hash, "hashes"))
        session.execute(meant, {"hashes": hashes})


def none_in_index(session: Session, space: Space) -> None:
    """Note that the index has none of them."""
    session.execute(update(VECTORS).where(*_in(space), VECTORS.c.in_index).values(in_index=False))


def drop_everything(session: Session, tenant_id: int) -> None:
    """All that the memory has of a tenant, but what was spent and how the last job ended."""
    for table in (VECTORS, LINES, ENTRIES):
        session.execute(delete(table).where(table.c.tenant_id == tenant_id))


def spend(session: Session, tenant_id: int, *, model: str, tokens: int, now: datetime) -> None:
    """Count one request that was paid: a text's or a question's."""
    row = {"tenant_id": tenant_id, "model": model, "day": now.date(), "requests": 1, "tokens": tokens}

    put_many(session, SPEND, [row], key=("tenant_id", "model", "day"), changes=_more)


def spent(session: Session, tenant_id: int) -> Sequence[Any]:
    """`model`, `requests`, `tokens`: what a tenant has paid so far, by model."""
    query = (
        select(SPEND.c.model, func.sum(SPEND.c.requests).label("requests"), func.sum(SPEND.c.tokens).label("tokens"))
        .where(SPEND.c.tenant_id == tenant_id)
        .group_by(SPEND.c.model)
        .order_by(SPEND.c.model)
    )
    return session.execute(query).all()


def _more(new: Any) -> dict[str, Any]:
    return {"requests": SPEND.c.requests + new.requests, "tokens": SPEND.c.tokens + new.tokens}


def _in(space: Space) -> tuple[Any, ...]:
    return (
        VECTORS.c.tenant_id == space.tenant_id,
        VECTORS.c.model == space.model,
        VECTORS.c.dimension == space.dimension,
    )
