"""Lists what waits for a person or failed: by reason, so that alike ones are settled together, and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, ConnectionState, Task
from ledgerport.db.repositories import connections, connections_read, links, records_read, stuck_tasks
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged, from_cursor, to_cursor
from ledgerport.services.provider_labels import label_of, object_address
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.rename_record import present_name
from ledgerport.services.stuck_task import Act
from ledgerport.services.stuck_words import WAITS_FOR_ANOTHER, acts_for, retries_together, title_of
from ledgerport.services.sync_connection import require_connection


@dataclass(frozen=True, kw_only=True)
class CandidateView:
    """An object over there that could be the record. `linkable`: of the same kind, active, and nobody else's."""

    id: str
    kind: str
    name: str
    email: str
    number: str
    total: str
    active: bool
    url: str
    linkable: bool


@dataclass(frozen=True, kw_only=True)
class StuckView:
    """A record that waits for a person or failed. `acts` names what can be done about it, the best first; `detail`
    holds the provider's own words; `needs_kind` and `needs_ref` name the record it waits for."""

    id: int
    provider: str
    label: str
    kind: str
    ref: str
    name: str
    op: str
    state: str
    reason_code: str
    reason: str
    detail: str
    since: datetime
    tries: int
    acts: tuple[str, ...]
    candidates: list[CandidateView]
    needs_kind: str = ""
    needs_ref: str = ""


@dataclass(frozen=True, kw_only=True)
class StuckGroup:
    """All records of one connection that are stuck for the same reason; `rows` are the first of them."""

    provider: str
    label: str
    reason_code: str
    title: str
    tasks: int
    retries_together: bool
    rows: list[StuckView]


@dataclass(frozen=True, kw_only=True)
class StuckOne:
    """A stuck record with what it takes to decide: `rename_from` is its name over there so far, None where it cannot
    have another one. `settled`: somebody was first."""

    task: StuckView
    rename_from: str | None
    settled: bool


def list_stuck(hub: Hub, *, tenant_id: int, provider: str = "", rows: int = 5) -> list[StuckGroup]:
    """What is stuck by provider and reason, with the first `rows` of each.

    The largest group first, and causes above what only waits for them: settling a cause releases the others.
    """
    with hub.database.tenant(tenant_id, read=True) as session:
        live = {each.id: each for each in connections_read.all_live(session) if provider in ("", each.provider)}
        found = []
        groups = stuck_tasks.groups(session, live)
        for alike in sorted(groups, key=lambda one: one.reason_code == WAITS_FOR_ANOTHER):
            connection = live[alike.connection_id]
            first = stuck_tasks.page(session, connection.id, alike.reason_code, after=0, limit=rows) if rows else []
            label = label_of(hub, connection.provider)
            found.append(
                StuckGroup(
                    provider=connection.provider,
                    label=label,
                    reason_code=alike.reason_code,
                    title=title_of(alike.reason_code, label),
                    tasks=alike.tasks,
                    retries_together=retries_together(alike.reason_code),
                    rows=_views(session, hub, live, first),
                )
            )
    return found


def count_stuck(hub: Hub, *, tenant_id: int) -> int:
    """How many records wait for a person or failed."""
    with hub.database.tenant(tenant_id, read=True) as session:
        live = [each.id for each in connections_read.all_live(session)]
        return sum(alike.tasks for alike in stuck_tasks.groups(session, live))


def list_alike(
    hub: Hub, *, tenant_id: int, provider: str, reason_code: str, cursor: str = "", limit: int = 50
) -> Paged[StuckView]:
    """A page of the records that are stuck for one reason. Raises NotFound, BadChoice."""
    after = from_cursor(cursor) or 0
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        found = stuck_tasks.page(session, connection.id, reason_code, after=after, limit=limit + 1)
        rows = _views(session, hub, {connection.id: connection}, found[:limit])
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def stuck_of_record(hub: Hub, *, tenant_id: int, kind: Kind, ref: str) -> list[StuckView]:
    """What is stuck of one record, on any connection. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        row = records_read.one(session, kind, ref)
        if row is None:
            raise NotFound(f"There is no {kind} {ref}.")
        ids = records_read.all_allocation_ids(session, row.id) if kind is Kind.PAYMENT else [row.id]
        live = {each.id: each for each in connections_read.all_live(session)}
        return _views(session, hub, live, stuck_tasks.of_record(session, live, kind, ids))


def show_stuck(hub: Hub, *, tenant_id: int, task_id: int) -> StuckOne:
    """One stuck record, to decide about. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        task = stuck_tasks.one(session, task_id)
        connection = connections.find(session, task.connection_id) if task is not None else None
        if task is None or connection is None or connection.state == ConnectionState.DISCONNECTED:
            raise NotFound(f"There is nothing open with the number {task_id}.")
        (view,) = _views(session, hub, {connection.id: connection}, [task])
        act = Act(hub=hub, session=session, connection=connection, task=task, ref=view.ref, name=view.name, by="")
        rename_from = _rename_from(act) if "rename" in view.acts else None
        return StuckOne(task=view, rename_from=rename_from, settled=not act.stuck)


def _rename_from(act: Act) -> str | None:
    try:
        return present_name(act)
    except Conflict:
        return None


def _views(session: Session, hub: Hub, live: dict[int, Connection], tasks: Sequence[Task]) -> list[StuckView]:
    wanted: dict[Kind, set[int]] = {}
    for task in tasks:
        wanted.setdefault(Kind(task.kind), set()).add(task.record_id)
        for needed, record_id in _needed(task):
            wanted.setdefault(needed, set()).add(record_id)
    names = records_read.refs_by_kind(session, wanted)
    views = []
    for task in tasks:
        connection = live[task.connection_id]
        kind, data = Kind(task.kind), task.reason_data or {}
        ref, name = names.get((kind.value, task.record_id), ("", ""))
        needs = [(its.value, names.get((its.value, record_id), ("", ""))[0]) for its, record_id in _needed(task)]
        views.append(
            StuckView(
                id=task.id,
                provider=connection.provider,
                label=label_of(hub, connection.provider),
                kind=kind.value,
                ref=ref,
                name=name or ref,
                op=str(task.op),
                state=str(task.state),
                reason_code=task.reason_code,
                reason=task.reason,
                detail=str(data.get("detail", "")),
                since=task.updated_at,
                tries=task.tries,
                acts=acts_for(task.reason_code, kind, str(task.op)),
                candidates=_candidates(session, hub, connection, task, data.get("candidates", ())),
                needs_kind=needs[0][0] if needs else "",
                needs_ref=needs[0][1] if needs else "",
            )
        )
    return views


def _needed(task: Task) -> list[tuple[Kind, int]]:
    """The record that a task waits for, out of `item:17`; nothing when it waits for something else."""
    kind, _, record_id = task.blocked_on.partition(":")
    if kind not in set(Kind) or not record_id.isdigit() or (kind, int(record_id)) == (task.kind, task.record_id):
        return []
    return [(Kind(kind), int(record_id))]


def _candidates(
    session: Session, hub: Hub, connection: Connection, task: Task, told: Sequence[dict[str, Any]]
) -> list[CandidateView]:
    if not told:
        return []
    kind = Kind(task.kind)
    owners = links.owners(session, connection.id, kind, [str(one.get("id", "")) for one in told])
    own = links.by_record(session, connection.id, kind, [task.record_id]).get(task.record_id)
    views = []
    for one in told:
        remote_id, its = str(one.get("id", "")), str(one.get("kind", ""))
        same = its == kind and bool(one.get("active", True))
        views.append(
            CandidateView(
                id=remote_id,
                kind=its,
                name=str(one.get("name", "")),
                email=str(one.get("email", "")),
                number=str(one.get("number", "")),
                total=str(one.get("total", "")),
                active=bool(one.get("active", True)),
                url=object_address(hub, connection.provider, kind, remote_id) if its == kind else "",
                linkable=same and remote_id not in owners and (own is None or own.gone),
            )
        )
    return views
