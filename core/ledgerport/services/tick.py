"""The only timer: sends a message for everything that is due. The broker may forget; the next tick sends again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerport.db.repositories import schedules
from ledgerport.services.compare_books import JOB as COMPARE
from ledgerport.services.compare_books import due_comparisons
from ledgerport.services.context import Hub
from ledgerport.services.find_due import find_due
from ledgerport.services.imports.hand_out import due_imports
from ledgerport.services.keep_grants_fresh import due_grants
from ledgerport.services.memory.due import due_memories
from ledgerport.services.memory.embed_waiting import JOB as EMBED
from ledgerport.services.notices_quarantine import check_plugins
from ledgerport.services.notices_upkeep import count_again, due_deliveries, forget_delivered
from ledgerport.services.plugin_circuits import check_circuits, forget_circuits

LEASE_NAME = "scheduler"
# Longer than three beats, short enough that another scheduler takes over well within half a minute.
LEASE = timedelta(seconds=10)
# A message may wait for a free thread: after each sending we wait longer for its job to begin. Seconds of the machine.
_FIRST_WAIT = 5.0
_LONGEST_WAIT = 20.0
# A person waits for these, yet their message was sent already: this is for those that were lost.
_COMPARISONS_EVERY = 5.0
# Nobody waits for past prices; documents that come close together share requests.
_MEMORY_EVERY = 2.0
# Tokens are refreshed minutes ahead, imports wait for nobody long; looking once a second is often enough.
_GRANTS_EVERY = 1.0
# People settle records without a sync; their notices close this soon. Plugins come and go with a restart.
_NOTICES_EVERY, _PLUGINS_EVERY, _TIDY_EVERY = 3.0, 60.0, 3600.0


@dataclass(slots=True)
class _Sending:
    state: Hashable
    wait: float
    again_at: float


class Sent:
    """What one scheduler sent lately, so that a message that waits for its turn is not sent with every tick."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self.grants_at = float("-inf")
        self._sent: dict[int, _Sending] = {}
        self._done_at: dict[str, float] = {}

    def is_time(self, connection_id: int, state: Hashable) -> bool:
        """Whether to send now. A `state` other than last time says that a job has begun since: then at once."""
        now = self.monotonic()
        last = self._sent.get(connection_id)
        if last is None or last.state != state:
            self._sent[connection_id] = _Sending(state, _FIRST_WAIT, now + _FIRST_WAIT)
            return True
        if now < last.again_at:
            return False
        last.wait = min(2 * last.wait, _LONGEST_WAIT)
        last.again_at = now + last.wait
        return True

    def every(self, what: str, seconds: float) -> bool:
        """Whether so much time has passed since it was last asked for `what` and answered yes."""
        now = self.monotonic()
        if now < self._done_at.get(what, float("-inf")) + seconds:
            return False
        self._done_at[what] = now
        return True

    def keep_only(self, connection_ids: Set[int]) -> None:
        """Forget what is not due any more."""
        for gone in self._sent.keys() - connection_ids:
            del self._sent[gone]


def tick(hub: Hub, sent: Sent) -> datetime | None:
    """Send what is due; the next moment (UTC, the hub's clock) at which something becomes due, if it is known."""
    due = find_due(hub)
    for connection in due.now:
        if sent.is_time(connection.id, (connection.due_at, connection.fence)):
            hub.queue.add("sync.drain", connection.id)
    sent.keep_only({connection.id for connection in due.now})
    if sent.monotonic() >= sent.grants_at:
        sent.grants_at = sent.monotonic() + _GRANTS_EVERY
        # Each is handed out once a minute at most, so there is nothing to remember here.
        for _, grant_id in due_grants(hub):
            hub.queue.add("tokens.refresh", grant_id)
        for import_id in due_imports(hub):
            hub.queue.add("imports.work", import_id)
        if sent.every("comparisons", _COMPARISONS_EVERY):
            for connection_id in due_comparisons(hub):
                hub.queue.add(COMPARE, connection_id)
        if hub.memory is not None and sent.every("memory", _MEMORY_EVERY):
            for tenant_id in due_memories(hub):
                hub.queue.add(EMBED, tenant_id)
        _see_to_notices(hub, sent)
    return due.next_at


def _see_to_notices(hub: Hub, sent: Sent) -> None:
    if sent.every("plugins", _PLUGINS_EVERY):
        check_plugins(hub)
    if sent.every("notices", _NOTICES_EVERY):
        count_again(hub)
        check_circuits(hub)
    if sent.every("tidy", _TIDY_EVERY):
        forget_delivered(hub)
        forget_circuits(hub)
    for row_id in due_deliveries(hub):
        hub.queue.add("outbox.deliver", row_id)


def lead(hub: Hub) -> bool:
    """Become or stay the one scheduler that ticks. False when another one does."""
    with hub.database.everything() as session:
        return schedules.take_lease(session, LEASE_NAME, hub.owner, LEASE)


def step_down(hub: Hub) -> None:
    """Let another scheduler take over at once."""
    with hub.database.everything() as session:
        schedules.give_lease_back(session, LEASE_NAME, hub.owner)
