"""Bringing rows of an import over: a record of ours for each, or a link to the one there is. Nothing is sent back to
the books they are from; to others it goes by itself, like any other record.

Runs inside a transaction that holds the connection (`imports.lock_books`), so that no drain and no other import of
the tenant links or creates the same meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, Import, ImportRow, Priority, RowChoice, RowState
from ledgerport.db.repositories import connections_read, import_matches, links, open_work, records
from ledgerport.db.repositories.import_matches import Among
from ledgerport.services.batch import Batch, Saved
from ledgerport.services.context import Hub
from ledgerport.services.imports.find_duplicates import Asked, propose
from ledgerport.services.imports.import_customers import as_customer
from ledgerport.services.imports.import_items import as_item, keep_item_codes
from ledgerport.services.imports.name_records import new_refs, taken_refs
from ledgerport.services.open_tasks import open_tasks
from ledgerport.services.provider_labels import label_of
from ledgerport.services.record_input import RecordInput
from ledgerport.services.rejections import Rejected, from_validation
from ledgerport.services.save_customer import save_customers
from ledgerport.services.save_item import save_items
from ledgerport.services.save_records import tenant_facts

_INPUTS: Mapping[Kind, Callable[[ImportRow], RecordInput]] = {Kind.CUSTOMER: as_customer, Kind.ITEM: as_item}
_SAVERS: Mapping[Kind, Callable[[Batch, Sequence[Any]], None]] = {Kind.CUSTOMER: save_customers, Kind.ITEM: save_items}


@dataclass
class _Bringing:
    """One batch of rows on its way."""

    session: Session
    hub: Hub
    row: Import
    connection: Connection
    now: datetime
    label: str
    linked: dict[int, ImportRow] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return Kind(self.row.kind)


def bring_over(session: Session, hub: Hub, row: Import, connection: Connection, rows: Sequence[ImportRow]) -> set[int]:
    """Create or link what these rows say, and note on each what became of it; the other connections that have work
    then, to be told after the commit."""
    bringing = _Bringing(session, hub, row, connection, hub.clock.now(), label_of(hub, connection.provider))
    there = links.owners(session, connection.id, bringing.kind, {one.remote_id for one in rows})
    todo = []
    for one in rows:
        if one.remote_id in there:
            # Somebody else linked it since it was read: a drain by its e-mail, or a second import.
            one.state, one.record_id, one.told = RowState.LINKED, there[one.remote_id], ""
            row.linked += 1
        else:
            todo.append(one)
    _propose_again(bringing, [one for one in todo if not one.chosen])
    _link(bringing, [one for one in todo if one.choice == RowChoice.LINK])
    _create(bringing, [one for one in todo if one.choice == RowChoice.CREATE])
    _write_links(bringing)
    return _open_elsewhere(bringing)


def _propose_again(bringing: _Bringing, rows: Sequence[ImportRow]) -> None:
    """What nobody decided is compared with records saved since it was read: another import, or the host app, may have
    brought the same people here."""
    session, row, kind = bringing.session, bringing.row, bringing.kind
    where = Among(tenant_id=row.tenant_id, connection_id=row.connection_id)
    asked = {one.remote_id: Asked(one.remote_id, one.name, one.email, one.data) for one in rows}
    newer = propose(session, replace(where, since=row.created_at), kind, list(asked.values()))
    changed = [one for one in rows if newer[one.remote_id].matches]
    found = propose(session, where, kind, [asked[one.remote_id] for one in changed])
    for one in changed:
        proposal = found[one.remote_id]
        one.choice, one.match_id, one.matches = proposal.choice, proposal.match_id, proposal.rows()


def _link(bringing: _Bringing, rows: Sequence[ImportRow]) -> None:
    session, connection, kind = bringing.session, bringing.connection, bringing.kind
    ids = {one.match_id for one in rows if one.match_id is not None}
    refs = records.refs_of(session, kind, bringing.row.tenant_id, ids)
    before = links.by_record(session, connection.id, kind, ids)
    busy = import_matches.under_way(session, connection.id, kind, ids)
    for one in rows:
        record_id = one.match_id
        ref = refs.get(record_id, "") if record_id is not None else ""
        link = before.get(record_id) if record_id is not None else None
        if record_id is None or not ref:
            _fail(bringing, one, f"The {kind} that it was to be linked to is not here any more.")
        elif record_id in bringing.linked or (link is not None and not link.gone):
            _fail(bringing, one, f"{kind.capitalize()} {ref} is linked to another {kind} in {bringing.label} already.")
        elif record_id in busy:
            _fail(bringing, one, f"{kind.capitalize()} {ref} is being sent to {bringing.label}. Import it afterwards.")
        else:
            _done(bringing, one, record_id, RowState.LINKED)
            bringing.row.linked += 1


def _create(bringing: _Bringing, rows: Sequence[ImportRow]) -> None:
    session, kind, tenant_id = bringing.session, bringing.kind, bringing.row.tenant_id
    in_use = taken_refs(session, kind, tenant_id, [one.ref for one in rows if one.ref])
    free = []
    for one in rows:
        if one.ref in in_use:
            _fail(bringing, one, f"There is another {kind} {one.ref} here. Choose another ref.")
        else:
            free.append(one)
            in_use.update([one.ref] if one.ref else [])
    refs = new_refs(session, kind, tenant_id, bringing.label, {one.remote_id: one.ref for one in free})
    batch = Batch(session=session, hub=bringing.hub, tenant=tenant_facts(session, tenant_id), now=bringing.now)
    given = []
    for number, one in enumerate(free):
        try:
            given.append((number, refs[one.remote_id], _INPUTS[kind](one)))
        except ValidationError as error:
            _fail(bringing, one, from_validation(kind, "", error.errors()).reason)
    # What the batch noted is not opened as it stands: these books have it already.
    _SAVERS[kind](batch, given)
    for number, _ref, _record in given:
        outcome, one = batch.outcomes[number], free[number]
        if isinstance(outcome, Saved):
            _done(bringing, one, outcome.record_id, RowState.CREATED)
            one.ref = outcome.ref
            bringing.row.created += 1
        elif isinstance(outcome, Rejected):
            _fail(bringing, one, outcome.reason)


def _write_links(bringing: _Bringing) -> None:
    session, connection, kind = bringing.session, bringing.connection, bringing.kind
    links.save(
        session,
        [
            {
                "tenant_id": connection.tenant_id,
                "connection_id": connection.id,
                "kind": kind.value,
                "record_id": record_id,
                "remote_id": one.remote_id,
                "remote_version": one.remote_version,
                "fingerprint": "",
                "origin": "imported",
                "remote_total": None,
                "variance": None,
                "gone": False,
                "synced_at": bringing.now,
            }
            for record_id, one in bringing.linked.items()
        ],
    )
    if kind is Kind.ITEM:
        keep_item_codes(session, bringing.hub, connection, bringing.linked)
    existing = [record_id for record_id, one in bringing.linked.items() if one.state == RowState.LINKED]
    held = import_matches.held_back(session, connection.id, kind, existing)
    if held:
        # It waited for somebody to say which one it is; that is said now.
        open_tasks(
            session,
            bringing.hub,
            tenant_id=connection.tenant_id,
            kind=kind,
            record_ids=held,
            priority=Priority.CLICK,
            connection_id=connection.id,
        )
    causes = [f"{kind}:{record_id}" for record_id in existing]
    open_work.release(session, connection.tenant_id, connection.id, causes, bringing.now)
    open_work.make_due(session, connection.tenant_id, bringing.now, connection.id)


def _open_elsewhere(bringing: _Bringing) -> set[int]:
    """New records reach the tenant's other books by themselves."""
    created = [record_id for record_id, one in bringing.linked.items() if one.state == RowState.CREATED]
    woken: set[int] = set()
    for other in connections_read.all_live(bringing.session):
        if created and other.id != bringing.connection.id:
            woken.update(
                open_tasks(
                    bringing.session,
                    bringing.hub,
                    tenant_id=bringing.row.tenant_id,
                    kind=bringing.kind,
                    record_ids=created,
                    connection_id=other.id,
                )
            )
    return woken


def _done(bringing: _Bringing, one: ImportRow, record_id: int, state: RowState) -> None:
    one.state, one.record_id, one.told = state, record_id, ""
    bringing.linked[record_id] = one


def _fail(bringing: _Bringing, one: ImportRow, why: str) -> None:
    one.state, one.told = RowState.FAILED, why
    bringing.row.failed += 1
