"""The book of verdicts: rows gathered over many records and written together, a statement per table, not per record."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from ledgerport.contract import Estimate, Invoice, Kind, Payment
from ledgerport.db.models import Op, TaskState
from ledgerport.db.repositories import drain_leases, drain_tasks, history, links
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import DueTask, Waiting
from ledgerport.engine.reasons import Reason
from ledgerport.engine.verdicts import Alone, Blocked, Done, Failed, Later, Removed, Uncertain, Verdict
from ledgerport.services.draining.orders import Memory, Parcel, reason_row


class Elsewhere:
    """Remote ids that belong to other records than this one."""

    __slots__ = ("_owners", "_record_id")

    def __init__(self, owners: dict[str, int], record_id: int) -> None:
        self._owners, self._record_id = owners, record_id

    def __contains__(self, remote_id: object) -> bool:
        return self._owners.get(remote_id, self._record_id) != self._record_id  # type: ignore[call-overload,no-any-return]


class Book:
    """Verdicts on records of one kind, until they are written."""

    def __init__(self, held: Held, kind: Kind, memory: Memory, now: datetime) -> None:
        self._held, self._kind, self._memory, self._now = held, kind, memory, now
        self._links: list[dict[str, Any]] = []
        self._gone: list[int] = []
        self._forget: list[int] = []
        self._done: list[DueTask] = []
        self._waits: dict[TaskState, list[Waiting]] = defaultdict(list)
        self._unknown: list[Waiting] = []
        self._clean: dict[str, list[int]] = defaultdict(list)
        self._attempts: list[dict[str, Any]] = []
        self._counts: dict[int, Counter[str]] = defaultdict(Counter)

    def note(
        self, op: Op, parcel: Parcel, verdict: Verdict, owners: dict[str, int], send_id: int | None, trace_id: str
    ) -> None:
        """Put one verdict down.

        `owners` learns at once what a record got, so that no other of the same answer gets it too.
        """
        task = parcel.task
        if isinstance(verdict, Done):
            owners[verdict.remote.id] = task.record_id
            self._links.append(self._link(op, parcel, verdict))
            word, counted = _word(verdict, parcel, op)
            if verdict.resend:
                self._waits[TaskState.WAITING].append(Waiting(task=task, due_at=self._now, tries=task.tries))
            else:
                self._done.append(task)
            self._count(task, counted)
            if send_id is not None and not verdict.resend and verdict.origin == "pushed":
                self._clean[word].append(task.id)
            else:
                self._attempt(op, task, word, None, send_id, trace_id)
        elif isinstance(verdict, Removed):
            self._forget.append(task.record_id)
            self._done.append(task)
            self._count(task, "updated")
            self._attempt(op, task, "deleted", None, send_id, trace_id)
        else:
            self._attempt(op, task, self._set_aside(parcel, verdict), verdict.reason, send_id, trace_id)

    def again(self, task: DueTask) -> None:
        """This record goes back to waiting as if it had never left."""
        self._waits[TaskState.WAITING].append(Waiting(task=task, due_at=self._now, tries=task.tries))

    def write(self, session: Session) -> None:
        """Write everything. The caller has checked the fence in this transaction."""
        held, kind, now = self._held, self._kind, self._now
        links.save(session, self._links)
        links.mark_gone(session, held.id, kind, self._gone)
        links.forget(session, held.id, kind, self._forget)
        for word, task_ids in self._clean.items():
            history.add_clean_attempts(session, word, task_ids, now)
        history.add_attempts(session, self._attempts)
        drain_tasks.finish(session, self._done, self._memory.run_id, now)
        for state, waits in self._waits.items():
            drain_tasks.reopen(session, waits, state, now)
        drain_tasks.tell_why(session, self._unknown, now)
        self._memory.any_blocked |= bool(self._waits[TaskState.BLOCKED])
        if self._memory.any_blocked and self._links:
            released = [f"{kind}:{row['record_id']}" for row in self._links]
            drain_tasks.release(session, held.id, released, now)
            self._memory.any_blocked = drain_tasks.any_blocked(session, held.id)
        history.count(session, self._counts)
        history.finish_runs(session, held.id, now)
        if self._links:
            drain_leases.succeeded(session, held.id, now)

    def _set_aside(self, parcel: Parcel, verdict: Verdict) -> str:
        """The record did not arrive: where its task goes, and the word for it."""
        task, now = parcel.task, self._now
        if isinstance(verdict, Later):
            self._wait(TaskState.WAITING, task, verdict.reason, verdict.at, task.tries + verdict.counts)
            return "later"
        if isinstance(verdict, Alone):
            self._memory.alone.add(task.id)
            self._wait(TaskState.WAITING, task, verdict.reason, now, task.tries + 1)
            return "alone"
        if isinstance(verdict, Blocked):
            self._wait(TaskState.BLOCKED, task, verdict.reason, now, task.tries)
            if verdict.gone:
                self._gone.append(task.record_id)
            self._count(task, "skipped")
            return "blocked"
        if isinstance(verdict, Failed):
            self._wait(TaskState.FAILED, task, verdict.reason, now, task.tries + 1)
            self._count(task, "failed")
            return "failed"
        assert isinstance(verdict, Uncertain)
        # Nothing more of this record leaves in this drain: it could be in the books twice.
        self._memory.unknown[task.kind, task.record_id] = task.rank
        self._unknown.append(_waiting(task, verdict.reason, now, task.tries))
        return "unknown"

    def _wait(self, state: TaskState, task: DueTask, reason: Reason, due_at: datetime, tries: int) -> None:
        self._waits[state].append(_waiting(task, reason, due_at, tries))

    def _count(self, task: DueTask, name: str) -> None:
        run_id = task.run_id or self._memory.run_id
        if run_id is not None:
            self._counts[run_id][name] += 1

    def _attempt(
        self, op: Op, task: DueTask, word: str, reason: Reason | None, send_id: int | None, trace_id: str
    ) -> None:
        self._attempts.append(
            {
                "tenant_id": self._held.tenant_id,
                "connection_id": self._held.id,
                "run_id": task.run_id or self._memory.run_id,
                "send_id": send_id,
                "kind": self._kind.value,
                "record_id": task.record_id,
                "op": op.value,
                "verdict": word,
                "reason": reason.text if reason else "",
                "detail": reason.detail if reason else "",
                "trace_id": trace_id,
                "at": self._now,
            }
        )

    def _link(self, op: Op, parcel: Parcel, done: Done) -> dict[str, Any]:
        remote, total = done.remote, done.remote.total
        return {
            "tenant_id": self._held.tenant_id,
            "connection_id": self._held.id,
            "kind": self._kind.value,
            "record_id": parcel.task.record_id,
            "remote_id": remote.id,
            "remote_version": remote.version,
            "fingerprint": "" if done.resend or op is not Op.PUSH else parcel.fingerprint,
            "origin": done.origin,
            "remote_total": total,
            "variance": None if total is None else total - _our_total(op, parcel, total),
            "gone": False,
            "synced_at": self._now,
        }


def _waiting(task: DueTask, reason: Reason, due_at: datetime, tries: int) -> Waiting:
    return Waiting(task=task, due_at=due_at, tries=tries, code=reason.code, text=reason.text, data=reason_row(reason))


def _our_total(op: Op, parcel: Parcel, otherwise: Decimal) -> Decimal:
    """What the provider's total should be; `otherwise` for kinds that have none."""
    if op is Op.VOID:
        return Decimal(0)
    value = parcel.push.value
    if isinstance(value, Payment):
        return value.amount
    return value.total if isinstance(value, Invoice | Estimate) else otherwise


def _word(done: Done, parcel: Parcel, op: Op) -> tuple[str, str]:
    if op is Op.VOID:
        return "voided", "updated"
    if done.origin != "pushed":
        return done.origin, "updated"
    return ("created", "created") if parcel.push.remote_id is None else ("updated", "updated")
