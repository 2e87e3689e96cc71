"""Tries stuck records again because a person asked: one, or all that are stuck for the same reason."""

from __future__ import annotations

from dataclasses import dataclass

from ledgerport.db.repositories import open_work, stuck_tasks
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import wake
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import Conflict
from ledgerport.services.stuck_task import MAYBE_THERE, Acted, acting_on, opening_of
from ledgerport.services.sync_connection import require_connection, require_usable, start_run


@dataclass(frozen=True, kw_only=True)
class Retried:
    """How many records are tried again, and the run that does it; None when there were none any more."""

    provider: str
    reason_code: str
    tasks: int
    run_id: int | None
    words: str


def retry_task(hub: Hub, *, tenant_id: int, task_id: int, by: str = "") -> Acted:
    """Try one record again now. Raises NotFound, and Conflict when nothing can be sent, or a choice comes first."""
    with acting_on(hub, tenant_id=tenant_id, task_id=task_id, by=by) as act:
        if not act.stuck:
            return act.over()
        act.refuse_maybe_there()
        require_usable(act.session, hub, act.connection)
        run_id = act.send()
        return act.acted(f"{act.called} is tried again now.", run_id)


def retry_all_alike(hub: Hub, *, tenant_id: int, provider: str, reason_code: str, by: str = "") -> Retried:
    """Try all records again that are stuck for one reason. Raises NotFound, Conflict."""
    label = label_of(hub, provider)
    if reason_code == MAYBE_THERE:
        raise Conflict(
            f"These records may be in {label} already, so they cannot be sent again together.",
            "Say of each which one is ours.",
        )
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        require_usable(session, hub, connection)
        run = start_run(session, hub, connection, by)
        which = stuck_tasks.is_alike(reason_code)
        count = open_work.wake_stuck(session, opening_of(hub, connection, run.id), connection.id, which)
        if not count:
            session.delete(run)
            words = "Nothing waits for this reason any more."
            return Retried(provider=provider, reason_code=reason_code, tasks=0, run_id=None, words=words)
        run.total = count
        session.flush()
        open_work.make_due(session, tenant_id, hub.clock.now(), connection.id)
        run_id, connection_id = run.id, connection.id
    wake(hub, [connection_id])
    words = f"{count:,} {'record is' if count == 1 else 'records are'} tried again now."
    return Retried(provider=provider, reason_code=reason_code, tasks=count, run_id=run_id, words=words)
