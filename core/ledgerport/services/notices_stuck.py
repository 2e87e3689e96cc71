"""Notices about records that a sync could not bring over: one for each connection and cause, with how many there are.

Counted again whenever a drain ends, and by the scheduler's sweep, because people settle records without a sync too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState
from ledgerport.db.repositories import connections, notices, stuck_tasks
from ledgerport.db.repositories.stuck_tasks import Alike
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of

PREFIX = "stuck:"
# Told by other notices: what waits for a record waits for that record's reason, and a lost grant has its own.
_TOLD_ELSEWHERE = frozenset({"", "waits_for", "reconnect"})
_LONGEST = 600
# What is so, of many records; `{label}` is the provider's name.
_PHRASES = {
    "unmapped_item": "have no income account in {label}, so they wait",
    "no_deposit_account": "wait: nobody has chosen the account of {label} that payments go to",
    "no_service_account": "have lines without an item, and services have no income account in {label} yet",
    "unmapped_tax": "have sales tax that stands for no tax of {label} yet",
    "kind_off": "need other records whose syncing to {label} is turned off",
    "no_name": "have no name that {label} could take",
    "several_matches": "match more than one object in {label}, and wait until you say which is which",
    "name_taken": "need another name in {label}, or a link to what has their name there",
    "already_linked": "match objects in {label} that belong to other records here",
    "conflict": "may be in {label} already; we send nothing until you say which are ours",
    "gone": "were deleted in {label}",
    "refused": "are not taken by {label} as they are",
    "gave_up": "could not be brought to {label}",
}


def cause_of(connection_id: int, reason_code: str) -> str:
    """The cause of the notice about records of a connection that are stuck for one reason."""
    return f"{PREFIX}{connection_id}:{reason_code}"


def reason_of(cause: str) -> str:
    """The reason code that a cause names; empty for causes of another sort."""
    return cause.split(":", 2)[2] if cause.startswith(PREFIX) else ""


def count_stuck(session: Session, hub: Hub, connection_id: int, now: datetime) -> None:
    """Open, update and close the notices of one connection, within the caller's transaction."""
    connection = connections.find(session, connection_id, lock=True)
    if connection is None:
        return
    live = connection.state != ConnectionState.DISCONNECTED
    groups = [
        group for group in stuck_tasks.groups(session, [connection_id]) if group.reason_code not in _TOLD_ELSEWHERE
    ]
    open_now = notices.open_with_prefix(session, f"{PREFIX}{connection_id}:", [connection_id])
    if not groups and not open_now:
        return
    stuck = {cause_of(connection_id, group.reason_code): group for group in groups if live}
    for notice in open_now:
        if notice.cause in stuck:
            continue
        if live and notices.is_tried_again(session, connection_id, notice.counted_at or notice.opened_at):
            # Whether it healed is known when it has been tried: until then it is neither closed nor opened again.
            continue
        notices.close(session, notice.tenant_id, notice.cause, now)
    told = {notice.cause: notice.count for notice in open_now}
    for cause, group in stuck.items():
        if told.get(cause) != group.tasks:
            _tell(session, hub, connection, cause, group, now)


def needs_counting(session: Session) -> Sequence[int]:
    """Connections whose open notices may say something else than their tasks do; for a session over all tenants."""
    told = {notice.cause: notice for notice in notices.open_with_prefix(session, PREFIX)}
    ids = {notice.connection_id for notice in told.values() if notice.connection_id is not None}
    if not ids:
        return []
    counts = {
        cause_of(group.connection_id, group.reason_code): group.tasks for group in stuck_tasks.groups(session, ids)
    }
    return sorted(
        {
            notice.connection_id
            for cause, notice in told.items()
            if notice.connection_id is not None and counts.get(cause) != notice.count
        }
    )


def words_of(*, label: str, count: int, reason_code: str, first: str) -> str:
    """`2 records have no income account in QuickBooks, so they wait. The first: Item "..." ...`."""
    if count == 1:
        return first[:_LONGEST]
    phrase = _PHRASES.get(reason_code, "wait for you before they can go to {label}").format(label=label)
    return f"{count:,} records {phrase}. The first: {first}"[:_LONGEST]


def _tell(session: Session, hub: Hub, connection: Connection, cause: str, group: Alike, now: datetime) -> None:
    examples = stuck_tasks.page(session, connection.id, group.reason_code, after=0, limit=1)
    if not examples:
        return
    label = label_of(hub, connection.provider)
    notices.open_once(
        session,
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        cause=cause,
        text=words_of(label=label, count=group.tasks, reason_code=group.reason_code, first=examples[0].reason),
        action=str(examples[0].reason_data.get("action", "")),
        now=now,
        count=group.tasks,
    )
