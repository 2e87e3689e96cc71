"""Creates a record again that somebody deleted in the books."""

from __future__ import annotations

from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict
from ledgerport.services.stuck_task import Acted, acting_on
from ledgerport.services.sync_connection import require_usable


def recreate_record(hub: Hub, *, tenant_id: int, task_id: int, by: str = "") -> Acted:
    """Send a record as a new one; what is known of the deleted one is forgotten as it arrives.

    Raises NotFound, and Conflict when the record was not deleted there, or nothing can be sent.
    """
    with acting_on(hub, tenant_id=tenant_id, task_id=task_id, by=by) as act:
        if not act.stuck:
            return act.over()
        act.require_push()
        if act.task.reason_code != "gone":
            raise Conflict(f"{act.called} was not deleted in {act.label}.", "Retry it instead.")
        require_usable(act.session, hub, act.connection)
        run_id = act.send(force=True)
        return act.acted(f"{act.called} is created again in {act.label} now.", run_id)
