"""Tasks that need no call: unchanged, nothing left to do, blocked, or waiting for another record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ledgerport.db.models import Priority, TaskState
from ledgerport.db.repositories import drain_tasks, history
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import DueTask, Waiting
from ledgerport.engine.reasons import Reason
from ledgerport.services.context import Hub
from ledgerport.services.draining.orders import Memory, reason_row
from ledgerport.services.draining.prepare import Prepared
from ledgerport.services.open_tasks import open_tasks

# A record that needs another one comes up again this much after it.
_SOON = timedelta(seconds=1)


def automatic_run(session: Session, held: Held, memory: Memory, now: datetime) -> int:
    """The run which tasks that nobody asked for count to."""
    if memory.run_id is None:
        memory.run_id = history.automatic_run(session, held.tenant_id, held.id, now)
    return memory.run_id


def run_of(session: Session, held: Held, memory: Memory, tasks: Iterable[DueTask], now: datetime) -> int | None:
    """The automatic run, made where somebody among `tasks` needs it: history shows no run of nothing."""
    if any(task.run_id is None for task in tasks):
        return automatic_run(session, held, memory, now)
    return memory.run_id


def count_in(session: Session, run_id: int, tasks: Iterable[DueTask]) -> None:
    """Count those among `tasks` that nobody asked for to the automatic run."""
    fresh = sum(task.run_id is None for task in tasks)
    if fresh:
        history.count(session, {run_id: Counter(total=fresh)})


def set_aside(hub: Hub, session: Session, held: Held, ready: Prepared, memory: Memory, now: datetime) -> bool:
    """Write what became of tasks that no provider is needed for. True when there were any."""
    done = [*ready.unchanged, *ready.nothing]
    stuck = [task for task, _, _ in ready.stuck]
    if not (done or stuck or ready.early or ready.wanted):
        return False
    run_id = run_of(session, held, memory, [*done, *stuck], now)
    if run_id is not None:
        count_in(session, run_id, [*done, *stuck])
    drain_tasks.finish(session, done, run_id, now)
    blocked = [
        Waiting(
            task=task,
            due_at=now,
            tries=task.tries,
            code=reason.code,
            text=reason.text,
            data=reason_row(reason),
            blocked_on=released_by,
        )
        for task, reason, released_by in ready.stuck
    ]
    drain_tasks.reopen(session, blocked, TaskState.BLOCKED, now, run_id)
    memory.any_blocked |= bool(blocked)
    _wait_for_others(hub, session, held, ready, now)
    attempts = [_attempt(held, task, "unchanged", None, run_id, now) for task in ready.unchanged]
    attempts += [_attempt(held, task, "nothing_to_do", None, run_id, now) for task in ready.nothing]
    attempts += [_attempt(held, task, "blocked", reason, run_id, now) for task, reason, _ in ready.stuck]
    history.add_attempts(session, attempts)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for name, tasks in (("unchanged", done), ("skipped", stuck)):
        for task in tasks:
            if its_run := task.run_id or run_id:
                counts[its_run][name] += 1
    history.count(session, counts)
    history.finish_runs(session, held.id, now)
    return True


def _wait_for_others(hub: Hub, session: Session, held: Held, ready: Prepared, now: datetime) -> None:
    """Records that need another one first come up again after it."""
    for task, other in ready.early:
        if other.due_at <= now:
            drain_tasks.hurry(session, [other.id], max(other.priority, task.priority))
    for _, needed in ready.wanted:
        # Not as automatic work: that an invoice needs it is reason enough, also where auto-sync is off.
        open_tasks(
            session,
            hub,
            tenant_id=held.tenant_id,
            kind=needed.kind,
            record_ids=[needed.record_id],
            priority=Priority.CLICK,
            connection_id=held.id,
        )
    waits = [(task, other.due_at) for task, other in ready.early] + [(task, now) for task, _ in ready.wanted]
    again = [Waiting(task=task, due_at=max(due_at, now + _SOON), tries=task.tries) for task, due_at in waits]
    drain_tasks.reopen(session, again, TaskState.WAITING, now)


def _attempt(
    held: Held, task: DueTask, verdict: str, reason: Reason | None, run_id: int | None, now: datetime
) -> dict[str, object]:
    return {
        "tenant_id": held.tenant_id,
        "connection_id": held.id,
        "run_id": task.run_id or run_id,
        "send_id": None,
        "kind": task.kind.value,
        "record_id": task.record_id,
        "op": task.op.value,
        "verdict": verdict,
        "reason": reason.text if reason else "",
        "detail": reason.detail if reason else "",
        "trace_id": "",
        "at": now,
    }
