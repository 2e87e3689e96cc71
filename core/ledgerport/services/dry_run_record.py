"""The record of a dry run as a drain would take it up: its state, its push, and why it could not go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, DocumentStatus, Mark, Op, Priority, Task
from ledgerport.db.repositories import connections_read, drain_leases, open_work, records, sync_marks
from ledgerport.db.repositories.drain_leases import Held, NotActive
from ledgerport.db.repositories.drain_tasks import DueTask
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.draining.orders import Ready
from ledgerport.services.draining.prepare import Prepared, prepare
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.sync_connection import require_connection, require_usable


class DryRecord:
    """Read by `load`, in a transaction that the caller rolls back: preparing takes names, and may make a stand-in item.

    `ready`: what would be done, and with what. `apart`: ids of those that a person said are none of those over there.
    `notes`: what a sync would do otherwise, in sentences.
    """

    held: Held

    def __init__(
        self, hub: Hub, session: Session, plugin: Provider, tenant_id: int, kind: Kind, ref: str, with_reads: bool
    ) -> None:
        self.hub, self.session, self.plugin, self.tenant_id = hub, session, plugin, tenant_id
        self.kind, self.ref, self.with_reads = kind, ref, with_reads
        self.ready: list[tuple[Op, Ready]] = []
        self.apart: set[int] = set()
        self.notes: list[str] = []

    def load(self) -> DryRecord:
        terms = self.plugin.terms
        if self.kind not in terms.kinds or not terms.kinds[self.kind].push:
            raise Conflict(f"{terms.label} takes no {self.kind}s.", f"It takes {', '.join(terms.kinds)}.")
        connection = require_connection(self.session, self.hub, terms.slug)
        self._note_the_connection(connection)
        row = records.find(self.session, self.kind, self.tenant_id, [self.ref]).get(self.ref)
        if row is None:
            raise NotFound(f"There is no {self.kind} {self.ref}.")
        for op, ids in self._wanted(row).items():
            self._prepare(op, ids)
        if not self.ready:
            raise Conflict(f"{self.kind.capitalize()} {self.ref} is not in {terms.label}, so there is nothing to undo.")
        ids = [ready.task.record_id for _, ready in self.ready]
        self.apart = sync_marks.marked(self.session, self.held.id, self.kind, ids, Mark.APART)
        if terms.kinds[self.kind].batch_size > 1:
            most = terms.kinds[self.kind].batch_size
            self.notes.append(f"A sync of several sends up to {most} {self.kind}s in one request.")
        return self

    def _note_the_connection(self, connection: Connection) -> None:
        label = self.plugin.terms.label
        if self.with_reads or connection.provider in connections_read.switched_off(self.session):
            # A provider that is turned off is not asked for anything, not even for what it would do.
            require_usable(self.session, self.hub, connection)
        try:
            require_usable(self.session, self.hub, connection)
        except Conflict as conflict:
            self.notes.append(f"A sync would send nothing now. {conflict.reason} {conflict.next_step}")
        if connection.first_sync_waits:
            self.notes.append(f"A sync would send nothing now: the set-up of {label} is not finished.")
        try:
            self.held = drain_leases.load(self.session, connection.id, working=False)
        except NotActive as error:
            raise Conflict(
                f"The connection to {label} is {connection.state}, so its company is not known.",
                f"Finish connecting {label}.",
            ) from error
        if self.kind not in self.held.kinds:
            self.notes.append(f"A sync would leave it out: {self.kind}s are turned off for this connection.")

    def _wanted(self, row: Row[Any]) -> Mapping[Op, Sequence[int]]:
        """What would be done with which rows: the record, or the parts of a payment."""
        if self.kind is Kind.PAYMENT:
            parts = records.allocations_of(self.session, [row.id])[row.id]
            if not parts:
                raise Conflict(f"Payment {self.ref} pays no invoice, so nothing is sent.", "Allocate it to an invoice.")
            live = [part.id for part in parts if part.removed_at is None]
            return {Op.PUSH: live, Op.DELETE: [part.id for part in parts if part.removed_at is not None]}
        status = getattr(row, "status", None)
        if status == DocumentStatus.DRAFT:
            raise Conflict(
                f"{self.kind.capitalize()} {self.ref} is a draft.", "Send it first: PUT it with status SENT."
            )
        return {Op.VOID if status == DocumentStatus.VOID else Op.PUSH: [row.id]}

    def _prepare(self, op: Op, ids: Sequence[int]) -> None:
        prepared = self._prepared(op, ids)
        for task in prepared.unchanged:
            self.notes.append(
                f"It is in {self.plugin.terms.label} as it is here, so a sync would send nothing. "
                "This is what a resync sends."
            )
            prepared.ready += self._prepared(op, [task.record_id], force=True).ready
        for _, reason, _ in prepared.stuck:
            raise Conflict(reason.text)
        for _, needed in prepared.wanted:
            raise self._needs(needed.kind, needed.record_id)
        for _, other in prepared.early:
            awaited = self.session.get_one(Task, other.id)
            raise self._needs(awaited.kind, awaited.record_id)
        self.ready += [(op, ready) for ready in prepared.ready]

    def _prepared(self, op: Op, ids: Sequence[int], *, force: bool = False) -> Prepared:
        rank = open_work.rank_of(self.kind, op)
        tasks = [DueTask(0, self.kind, id_, op, Priority.CLICK, rank, 0, None, force) for id_ in ids]
        now = self.hub.clock.now()
        return prepare(self.session, self.held, self.plugin.terms, self.kind, op, tasks, now)

    def _needs(self, kind: Kind, record_id: int) -> Conflict:
        ref = records.refs_of(self.session, kind, self.tenant_id, [record_id]).get(record_id, "")
        return Conflict(
            f"{self.kind.capitalize()} {self.ref} needs {kind} {ref} in {self.plugin.terms.label} first: the id it has "
            "there is a part of the request.",
            f"Sync it first, or look at what that sends: --kind {kind} {ref}.",
        )
