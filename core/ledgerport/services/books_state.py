"""How records stand at each provider: link and open tasks put together."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, Link, Task, TaskState
from ledgerport.db.repositories import records_read
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of, object_address
from ledgerport.services.views import BookState, InBooks

# Of several open tasks of a record the one that matters most to a person is shown.
_WEIGHT = (TaskState.BLOCKED, TaskState.FAILED, TaskState.SENDING, TaskState.WAITING)


def books_of(
    session: Session, hub: Hub, connections: Sequence[Connection], kind: Kind, ids: Collection[int]
) -> dict[int, list[InBooks]]:
    """For each record (for payments: allocation) how it stands with each connection, in the connections' order."""
    books: dict[int, list[InBooks]] = {record_id: [] for record_id in ids}
    if not connections or not ids:
        return books
    connection_ids = [connection.id for connection in connections]
    links = {(row.connection_id, row.record_id): row for row in records_read.links(session, connection_ids, kind, ids)}
    tasks: dict[tuple[int, int], list[Task]] = {}
    for task in records_read.open_tasks(session, connection_ids, kind, ids):
        tasks.setdefault((task.connection_id, task.record_id), []).append(task)
    for connection in connections:
        for record_id, shown in books.items():
            place = (connection.id, record_id)
            shown.append(_stands(hub, connection.provider, kind, links.get(place), tasks.get(place, ())))
    return books


def _stands(hub: Hub, provider: str, kind: Kind, link: Link | None, tasks: Sequence[Task]) -> InBooks:
    task = min(tasks, key=lambda task: _WEIGHT.index(TaskState(task.state)), default=None)
    if task is not None:
        state = BookState(task.state)
    elif link is None:
        state = BookState.NOT_SYNCED
    else:
        state = BookState.GONE if link.gone else BookState.SYNCED
    return InBooks(
        provider=provider,
        label=label_of(hub, provider),
        state=state,
        remote_id=link.remote_id if link is not None else "",
        url=object_address(hub, provider, kind, link.remote_id) if link is not None else "",
        origin=link.origin if link is not None else "",
        synced_at=link.synced_at if link is not None else None,
        task_id=task.id if task is not None else None,
        reason_code=task.reason_code if task is not None else "",
        reason=task.reason if task is not None else "",
        remote_total=link.remote_total if link is not None else None,
        variance=link.variance if link is not None else None,
    )
