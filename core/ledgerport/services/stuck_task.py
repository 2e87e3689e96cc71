"""Acting on one stuck task, in one transaction with the connection's row locked: no drain works on it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, ConnectionState, Op, Priority, Task, TaskState
from ledgerport.db.repositories import connections, history, open_work, records_read, stuck_tasks
from ledgerport.db.repositories.open_work import Opening
from ledgerport.engine.reasons import called
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import wake
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.sync_connection import require_usable, start_run

# The reason code of a record that may be in the books already: nothing may be sent before a person said which is ours.
MAYBE_THERE = "conflict"


@dataclass(frozen=True, kw_only=True)
class Acted:
    """What an act did, in `words` for a person. `run_id`: the run that carries it out, where something is sent."""

    task_id: int
    provider: str
    kind: str
    ref: str
    name: str
    words: str
    run_id: int | None = None


@dataclass(kw_only=True)
class Act:
    """One stuck task and the person who acts on it."""

    hub: Hub
    session: Session
    connection: Connection
    task: Task
    ref: str
    name: str
    by: str
    woken: set[int] = field(default_factory=set)

    @property
    def stuck(self) -> bool:
        """Whether there is anything left to decide: not after a second click."""
        return self.task.state in (TaskState.BLOCKED, TaskState.FAILED)

    @property
    def kind(self) -> Kind:
        return Kind(self.task.kind)

    @property
    def label(self) -> str:
        return label_of(self.hub, self.connection.provider)

    @property
    def called(self) -> str:
        """`Item "Drain snake 25 ft"`."""
        return called(self.kind, self.name)

    def acted(self, words: str, run_id: int | None = None) -> Acted:
        return Acted(
            task_id=self.task.id,
            provider=self.connection.provider,
            kind=str(self.task.kind),
            ref=self.ref,
            name=self.name,
            words=words,
            run_id=run_id,
        )

    def over(self) -> Acted:
        """What to say when somebody was first, or clicked twice."""
        waits = self.task.state in (TaskState.WAITING, TaskState.SENDING)
        told = "is on its way already." if waits else "is settled already."
        return self.acted(f"{self.called} {told}", self.task.run_id if waits else None)

    def require_push(self) -> None:
        """Raises Conflict for a void or a deletion, which have no name and nothing to choose."""
        if Op(self.task.op) is not Op.PUSH:
            raise Conflict(f"{self.called} is being taken back; there is nothing to choose.", "Retry it, or skip it.")

    def refuse_maybe_there(self) -> None:
        """Raises Conflict while the record may be in the books: forgetting that would double it."""
        if self.task.reason_code == MAYBE_THERE:
            raise Conflict(
                f"{self.called} may be in {self.label} already, so this cannot be done before you chose.",
                "Say which one is ours, or that none of them is.",
            )

    def send(self, *, force: bool = False) -> int | None:
        """Set the task to waiting, as a run of its own; without one while the connection cannot be used."""
        run_id = None
        if is_usable(self.session, self.hub, self.connection):
            run = start_run(self.session, self.hub, self.connection, self.by)
            run.total, run_id = 1, run.id
        opening = opening_of(self.hub, self.connection, run_id, force=force)
        open_work.wake_stuck(self.session, opening, self.connection.id, stuck_tasks.is_task(self.task.id))
        self.due()
        return run_id

    def close(self) -> None:
        """Nothing is sent."""
        stuck_tasks.close(self.session, [self.task.id], self.hub.clock.now())

    def release(self) -> None:
        """The record is in the books now: what waited for it goes on."""
        waits = [f"{self.kind}:{self.task.record_id}"]
        open_work.release(self.session, self.connection.tenant_id, self.connection.id, waits, self.hub.clock.now())
        self.due()

    def due(self) -> None:
        """There is work; the message follows the commit."""
        tenant_id, now = self.connection.tenant_id, self.hub.clock.now()
        self.session.flush()
        self.woken.update(open_work.make_due(self.session, tenant_id, now, self.connection.id))

    def note(self, verdict: str, reason: str) -> None:
        """Put it into the record's history."""
        row = {
            "tenant_id": self.connection.tenant_id,
            "connection_id": self.connection.id,
            "run_id": self.task.run_id,
            "send_id": None,
            "kind": self.kind.value,
            "record_id": self.task.record_id,
            "op": str(self.task.op),
            "verdict": verdict,
            "reason": reason,
            "detail": "",
            "trace_id": "",
            "at": self.hub.clock.now(),
        }
        history.add_attempts(self.session, [row])


@contextmanager
def acting_on(hub: Hub, *, tenant_id: int, task_id: int, by: str) -> Iterator[Act]:
    """The task, within a transaction that is committed when the block ends; then the workers are told.

    Raises NotFound for a task of nobody, of another tenant, or of books that are not connected any more.
    """
    with hub.database.tenant(tenant_id) as session:
        task = stuck_tasks.one(session, task_id)
        connection = connections.find(session, task.connection_id, lock=True) if task is not None else None
        if connection is None or connection.state == ConnectionState.DISCONNECTED:
            raise NotFound(f"There is nothing open with the number {task_id}.")
        task = stuck_tasks.one(session, task_id)
        assert task is not None
        kind = Kind(task.kind)
        names = records_read.refs_by_kind(session, {kind: [task.record_id]})
        ref, name = names.get((kind.value, task.record_id), ("", ""))
        act = Act(hub=hub, session=session, connection=connection, task=task, ref=ref, name=name or ref, by=by)
        yield act
    wake(hub, act.woken)


def opening_of(hub: Hub, connection: Connection, run_id: int | None, *, force: bool = False) -> Opening:
    """How tasks that a person wakes are opened."""
    return Opening(
        tenant_id=connection.tenant_id, now=hub.clock.now(), priority=Priority.CLICK, run_id=run_id, force=force
    )


def is_usable(session: Session, hub: Hub, connection: Connection) -> bool:
    """Whether something could be sent over a connection now."""
    try:
        require_usable(session, hub, connection)
    except Conflict:
        return False
    return True


def by_words(by: str) -> str:
    """`ann@example.com` for `user:ann@example.com`."""
    return by.split(":", 1)[-1] or "a person"
