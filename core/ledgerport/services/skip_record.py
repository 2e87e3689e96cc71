"""Skips a stuck record: it stays as it is in the books, until it is changed or somebody resyncs it."""

from __future__ import annotations

from ledgerport.db.models import Mark, Op
from ledgerport.db.repositories import sync_marks
from ledgerport.services.context import Hub
from ledgerport.services.stuck_task import Acted, acting_on, by_words


def skip_record(hub: Hub, *, tenant_id: int, task_id: int, by: str = "") -> Acted:
    """Settle a stuck task without sending anything. Raises NotFound, and Conflict when it may be in the books."""
    with acting_on(hub, tenant_id=tenant_id, task_id=task_id, by=by) as act:
        if not act.stuck:
            return act.over()
        act.refuse_maybe_there()
        act.note("skipped", f"Skipped by {by_words(by)}. It had waited: {act.task.reason}")
        act.close()
        if Op(act.task.op) is Op.PUSH:
            place = (act.connection.tenant_id, act.connection.id, act.kind, act.task.record_id)
            sync_marks.put(act.session, *place, Mark.SKIPPED, by, hub.clock.now())
        return act.acted(f"{act.called} is skipped until it is changed or resynced.")
