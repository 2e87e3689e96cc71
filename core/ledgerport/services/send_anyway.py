"""Sends a record as a new one although others over there look like it: a person said that none of them is it."""

from __future__ import annotations

from ledgerport.contract import Kind
from ledgerport.db.models import Mark
from ledgerport.db.repositories import sync_marks
from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict
from ledgerport.services.stuck_task import MAYBE_THERE, Acted, acting_on, by_words
from ledgerport.services.sync_connection import require_usable

# Reasons that ask "which one is it?", so that "none of them" is an answer.
ASKED_WHICH = (MAYBE_THERE, "several_matches")


def send_anyway(hub: Hub, *, tenant_id: int, task_id: int, by: str = "") -> Acted:
    """None of the candidates is ours: create the record.

    Raises NotFound, and Conflict when nobody asked which one it is, or nothing can be sent.
    """
    with acting_on(hub, tenant_id=tenant_id, task_id=task_id, by=by) as act:
        if not act.stuck:
            return act.over()
        act.require_push()
        if act.task.reason_code not in ASKED_WHICH:
            raise Conflict(f"{act.called} does not wait for a choice.", "Retry it instead.")
        require_usable(act.session, hub, act.connection)
        if act.kind is Kind.CUSTOMER:
            # Else the same e-mail would bring up the same question.
            place = (act.connection.tenant_id, act.connection.id, act.kind, act.task.record_id)
            sync_marks.put(act.session, *place, Mark.APART, by, hub.clock.now())
        act.note("chosen", f"{by_words(by)} said that none of those in {act.label} is it; it is created.")
        run_id = act.send()
        return act.acted(f"{act.called} is created in {act.label} now.", run_id)
