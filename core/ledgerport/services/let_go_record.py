"""Stops syncing one record on one connection; a person's resync takes it up again."""

from __future__ import annotations

from ledgerport.db.models import Mark, TaskState
from ledgerport.db.repositories import stuck_tasks, sync_marks
from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict
from ledgerport.services.stuck_task import Acted, acting_on, by_words


def let_go_record(hub: Hub, *, tenant_id: int, task_id: int, by: str = "") -> Acted:
    """Send nothing of this record any more by itself, whatever changes here. Raises NotFound, Conflict."""
    with acting_on(hub, tenant_id=tenant_id, task_id=task_id, by=by) as act:
        if not act.stuck:
            return act.over()
        act.refuse_maybe_there()
        place = (act.connection.id, act.kind, act.task.record_id)
        every = stuck_tasks.open_of_record(act.session, *place)
        if any(task.state == TaskState.SENDING for task in every):
            raise Conflict(f"{act.called} is being sent just now.", "Try again in a minute.")
        act.note("let_go", f"{by_words(by)} stopped syncing it. It had waited: {act.task.reason}")
        stuck_tasks.close(act.session, [task.id for task in every], hub.clock.now())
        sync_marks.put(act.session, act.connection.tenant_id, *place, Mark.LET_GO, by, hub.clock.now())
        return act.acted(f"{act.called} is not synced with {act.label} any more. Resync it to take it up again.")
