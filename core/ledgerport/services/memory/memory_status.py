"""How a tenant's memory stands: what it has, what waits and why, what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ledgerport.db.models import EntryState
from ledgerport.db.repositories import memory_entries, memory_vectors, memory_work
from ledgerport.memory.prices import AS_OF, price_of
from ledgerport.services.context import Hub
from ledgerport.services.memory.backfill import BackfillView, show_backfill
from ledgerport.services.memory.estimate_backfill import space_of
from ledgerport.services.memory.unavailable import memory_of


@dataclass(frozen=True, kw_only=True)
class SpentOn:
    """What one model has cost so far; `dollars` None where its price is not known."""

    model: str
    requests: int
    tokens: int
    dollars: Decimal | None


@dataclass(frozen=True, kw_only=True)
class MemoryStatus:
    """`documents` are in the memory, made of `things` distinct things sold; `waiting` are to come, `leaving` to go,
    `failed` were refused and `forgotten` are kept out.

    `reason`: why nothing moves, until `held_until`; `needs_person`: that does not pass by itself. `where`: the folder
    or server of the vectors. `price`: dollars a million tokens, `as_of` that day (None: the operator's own).
    """

    documents: int
    things: int
    waiting: int
    leaving: int
    failed: int
    forgotten: int
    model: str
    dimension: int
    where: str
    threshold: float
    price: Decimal
    as_of: date | None
    spent: list[SpentOn]
    spent_tokens: int
    spent_dollars: Decimal
    reason: str
    needs_person: bool
    held_until: datetime | None
    backfill: BackfillView | None


def memory_status(hub: Hub, *, tenant_id: int) -> MemoryStatus:
    """Read from the database alone: it answers also while Voyage and Chroma are away. Raises Conflict where the memory
    is off.
    """
    memory = memory_of(hub)
    with hub.database.tenant(tenant_id, read=True) as session:
        counts = memory_entries.counts(session, tenant_id)
        work = memory_work.find(session, tenant_id)
        things = memory_entries.count_things(session, tenant_id)
        rows = memory_vectors.spent(session, tenant_id)
        stored = memory_entries.count_stored(session, space_of(memory, tenant_id))
    spent = [
        SpentOn(
            model=row.model,
            requests=row.requests,
            tokens=row.tokens,
            dollars=_dollars(
                row.model, row.tokens, memory.price_override if row.model == memory.embedder.model else None
            ),
        )
        for row in rows
    ]
    waiting = counts.get(EntryState.WAITING, 0)
    return MemoryStatus(
        documents=stored,
        things=things,
        waiting=waiting,
        leaving=counts.get(EntryState.REMOVING, 0),
        failed=counts.get(EntryState.FAILED, 0),
        forgotten=counts.get(EntryState.FORGOTTEN, 0),
        model=memory.embedder.model,
        dimension=memory.embedder.dimension,
        where=memory.where,
        threshold=memory.threshold,
        price=memory.price_per_million,
        as_of=AS_OF if memory.price_override is None else None,
        spent=spent,
        spent_tokens=sum(one.tokens for one in spent),
        spent_dollars=sum((one.dollars for one in spent if one.dollars is not None), Decimal(0)),
        reason=work.reason if work is not None else "",
        needs_person=work.needs_person if work is not None else False,
        held_until=work.held_until if work is not None else None,
        backfill=show_backfill(hub, tenant_id=tenant_id),
    )


def _dollars(model: str, tokens: int, override: Decimal | None) -> Decimal | None:
    try:
        return tokens * price_of(model, override) / 1_000_000
    except KeyError:
        return None
