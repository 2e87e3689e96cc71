"""Shows sync history: runs and their attempts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ledgerport.db.models import Run
from ledgerport.db.repositories import connections_read, history_read, records_read
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged, from_cursor, to_cursor
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import NotFound
from ledgerport.services.show_records import attempt_views
from ledgerport.services.views import AttemptView, RunView


def list_runs(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str = "",
    state: str = "",
    trigger: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Paged[RunView]:
    """A page of runs, newest first. `state`: running, finished, or problems. Raises BadChoice."""
    before = from_cursor(cursor)
    with hub.database.tenant(tenant_id, read=True) as session:
        ids = connections_read.ids_of_provider(session, provider) if provider else None
        wanted = history_read.Wanted(connections=ids, state=state, trigger=trigger, before=before, limit=limit + 1)
        found = history_read.runs(session, wanted)
        rows = _views(session, hub, found[:limit])
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def show_run(hub: Hub, *, tenant_id: int, run_id: int) -> RunView:
    """One run as it stands now. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return _views(session, hub, [_run(session, run_id)])[0]


def run_attempts(hub: Hub, *, tenant_id: int, run_id: int, cursor: str = "", limit: int = 50) -> Paged[AttemptView]:
    """What a run tried, newest first. Raises NotFound, BadChoice."""
    before = from_cursor(cursor)
    with hub.database.tenant(tenant_id, read=True) as session:
        _run(session, run_id)
        found = history_read.attempts_of_run(session, run_id, verdicts=(), before=before, limit=limit + 1)
        rows = attempt_views(session, found[:limit])
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def _run(session: Session, run_id: int) -> Run:
    run = records_read.run(session, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    return run


def _views(session: Session, hub: Hub, runs: Sequence[Run]) -> list[RunView]:
    providers = connections_read.providers(session, {run.connection_id for run in runs})
    left = history_read.pending_of(session, [run.id for run in runs if run.state == "running"])
    return [
        RunView(
            id=run.id,
            provider=providers.get(run.connection_id, ""),
            label=label_of(hub, providers.get(run.connection_id, "")),
            trigger=run.trigger,
            requested_by=run.requested_by,
            state=run.state,
            total=run.total,
            left=left.get(run.id, 0),
            created=run.created,
            updated=run.updated,
            unchanged=run.unchanged,
            skipped=run.skipped,
            failed=run.failed,
            started_at=run.started_at,
            finished_at=run.finished_at,
        )
        for run in runs
    ]
