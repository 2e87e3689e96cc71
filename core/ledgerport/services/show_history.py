"""Shows what was tried, for people: a run's records or one record's own history, each with what is still stuck."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Attempt
from ledgerport.db.repositories import connections_read, history_read, records_read, stuck_tasks
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged, from_cursor, to_cursor
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import NotFound


@dataclass(frozen=True, kw_only=True)
class TryView:
    """One try to bring one record over. `detail` holds the provider's own words, `trace_id` its id for the call;
    `operation_id` and `sent_at` are of the request, where one left. `stuck_id`: the number under which the record waits
    for a person now, None when it does not."""

    id: int
    at: datetime
    provider: str
    label: str
    run_id: int | None
    kind: str
    ref: str
    name: str
    op: str
    verdict: str
    reason: str
    detail: str
    trace_id: str
    operation_id: str
    sent_at: datetime | None
    stuck_id: int | None


def run_tries(
    hub: Hub, *, tenant_id: int, run_id: int, verdicts: Collection[str] = (), cursor: str = "", limit: int = 50
) -> Paged[TryView]:
    """What a run tried, newest first; with `verdicts` only what ended so. Raises NotFound, BadChoice."""
    before = from_cursor(cursor)
    with hub.database.tenant(tenant_id, read=True) as session:
        if records_read.run(session, run_id) is None:
            raise NotFound(f"There is no run {run_id}.")
        found = history_read.attempts_of_run(session, run_id, verdicts=verdicts, before=before, limit=limit + 1)
        rows = _views(session, hub, found[:limit])
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def record_tries(
    hub: Hub, *, tenant_id: int, kind: Kind, ref: str, cursor: str = "", limit: int = 50
) -> Paged[TryView]:
    """Every try to bring a record over, newest first. Raises NotFound, BadChoice."""
    before = from_cursor(cursor)
    with hub.database.tenant(tenant_id, read=True) as session:
        row = records_read.one(session, kind, ref)
        if row is None:
            raise NotFound(f"There is no {kind} {ref}.")
        ids = records_read.all_allocation_ids(session, row.id) if kind is Kind.PAYMENT else [row.id]
        found = records_read.attempts(session, kind=kind, ids=ids, run_id=None, before=before, limit=limit + 1)
        rows = _views(session, hub, found[:limit])
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def _views(session: Session, hub: Hub, attempts: Sequence[Attempt]) -> list[TryView]:
    wanted: dict[Kind, set[int]] = {}
    for attempt in attempts:
        wanted.setdefault(Kind(attempt.kind), set()).add(attempt.record_id)
    names = records_read.refs_by_kind(session, wanted)
    connection_ids = {attempt.connection_id for attempt in attempts}
    providers = connections_read.providers(session, connection_ids)
    sends = history_read.sends(session, {attempt.send_id for attempt in attempts if attempt.send_id is not None})
    stuck = {
        (task.connection_id, str(task.kind), task.record_id): task.id
        for kind, ids in wanted.items()
        for task in stuck_tasks.of_record(session, connection_ids, kind, ids)
    }
    views = []
    for attempt in attempts:
        kind, provider = str(attempt.kind), providers.get(attempt.connection_id, "")
        ref, name = names.get((kind, attempt.record_id), ("", ""))
        send = sends.get(attempt.send_id or 0)
        views.append(
            TryView(
                id=attempt.id,
                at=attempt.at,
                provider=provider,
                label=label_of(hub, provider),
                run_id=attempt.run_id,
                kind=kind,
                ref=ref,
                name=name or ref,
                op=str(attempt.op),
                verdict=attempt.verdict,
                reason=attempt.reason,
                detail=attempt.detail,
                trace_id=attempt.trace_id,
                operation_id=send.operation_id if send is not None else "",
                sent_at=send.sent_at if send is not None else None,
                stuck_id=stuck.get((attempt.connection_id, kind, attempt.record_id)),
            )
        )
    return views
