"""Shows what moves the work: messages at the broker, and the scheduler that sends them."""

from __future__ import annotations

from dataclasses import dataclass

from ledgerport.db.repositories import health_read
from ledgerport.services.context import Hub
from ledgerport.services.tick import LEASE, LEASE_NAME


@dataclass(frozen=True, kw_only=True)
class QueueView:
    """Messages `waiting` for a free thread, put off until `later`, `given_up` after their retries; None while the
    broker does not answer.

    `scheduler`: `ticking`, `silent` (its lease ran out: nothing becomes due by itself) or `none`. `last_tick_seconds`:
    how long ago it said last that it is there; it does so every 3 seconds.
    """

    waiting: int | None
    later: int | None
    given_up: int | None
    scheduler: str
    scheduler_owner: str
    last_tick_seconds: float | None


def queue_depth(hub: Hub) -> QueueView:
    """Look once at the broker and at the scheduler's lease."""
    depth = hub.queue.depth()
    with hub.database.everything(read=True) as session:
        lease = health_read.scheduler(session, LEASE_NAME)
    ago = None if lease is None else round(LEASE.total_seconds() - lease.beat_left, 1)
    state = "none" if lease is None else "ticking" if lease.beat_left > 0 else "silent"
    return QueueView(
        waiting=depth.waiting if depth is not None else None,
        later=depth.later if depth is not None else None,
        given_up=depth.given_up if depth is not None else None,
        scheduler=state,
        scheduler_owner=lease.owner if lease is not None else "",
        last_tick_seconds=None if ago is None else max(ago, 0.0),
    )
