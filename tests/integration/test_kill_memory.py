"""A backfill is killed at every step: nothing is lost, and what was paid for and kept is never paid for again.

Voyage knows no idempotency key. A request that was answered and whose answer was not yet committed is paid again: that
is one request at most for each kill, and these tests count it at the sandbox.
"""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.factories import HandClock
from tests.integration.killing.memory_worker import MemoryOrder, work
from tests.integration.killing.world import PROCESSES
from tests.memory_stage import (
    VoyageDesk,
    embed,
    passages,
    remembering,
    remembering_settings,
    shop,
    voyage,
)

from ledgerport.db.models import EntryState, MemoryEntry, MemoryLine, MemoryVector, MemoryWork
from ledgerport.db.session import database_now
from ledgerport.services.context import Hub
from ledgerport.services.memory.backfill import show_backfill, start_backfill, work_backfill
from ledgerport.services.memory.estimate_backfill import estimate_backfill

MORNING = datetime(2026, 10, 1, 9, tzinfo=UTC)
INVOICES, LINES, THINGS = 600, 2, 50
# Two parts, of 480 documents and of 120; the first one has the texts of all things, too. A request takes 512 texts.
# The thread that asks Voyage dies: whatever was answered is kept.
ASKING = [
    ("lease taken", 0),
    ("texts made, Voyage not asked", 0),
    ("texts made, Voyage not asked", 2),
    ("vectors kept", 0),
    ("vectors kept", 1),
    ("part handed over", 1),
    ("before the lease is given back", 0),
]
# The thread that fills the index dies, maybe while the next request is under way.
STORING = [
    ("lines in the index", 0),
    ("lines in the index", 1),
    ("lines in the index", 3),
    ("all in the index, nothing noted", 1),
    ("noted, not committed", 0),
    ("noted, not committed", 1),
    ("part done", 0),
    ("part done", 1),
]
ANSWERED = [
    ("Voyage answered, nothing kept", 0),
    ("Voyage answered, nothing kept", 1),
    ("vectors written, not committed", 0),
    ("vectors written, not committed", 2),
]
ONE_REQUEST = 512


@pytest.fixture
def desk() -> Iterator[VoyageDesk]:
    with voyage() as desk:
        yield desk


@dataclasses.dataclass
class Memories:
    """A hub's home and database, over which processes come and go."""

    home: Path
    desk: VoyageDesk
    database_url: str = ""
    tenant: int = 0
    clock: HandClock = dataclasses.field(default_factory=lambda: HandClock(MORNING))

    def hub(self) -> AbstractContextManager[Hub]:
        """A hub as a process that starts anew would build it."""
        settings = remembering_settings(self.home, self.desk.url, self.database_url)
        return remembering(settings, self.clock, own_process=True)

    def fill(self) -> None:
        """Invoices that were sent while the memory was off."""
        with self.hub() as hub:
            off = dataclasses.replace(hub, memory=None)
            self.tenant = shop(off, invoices=INVOICES, lines=LINES, things=THINGS)

    def kill_at(self, point: str, skip: int) -> None:
        """Let a process backfill until it kills itself."""
        order = MemoryOrder(
            home=str(self.home),
            voyage=self.desk.url,
            database_url=self.database_url,
            tenant=self.tenant,
            point=point,
            skip=skip,
            at=self.clock.now().isoformat(),
        )
        process = PROCESSES.Process(target=work, args=(order,), name=f"backfill until {point}")
        process.start()
        process.join(90)
        assert process.exitcode == -signal.SIGKILL, f"It was not killed at '{point}': it ended with {process.exitcode}"
        self.clock.pass_time(timedelta(minutes=2))

    def go_on(self) -> None:
        """Another process takes over when the dead one's lease has run out."""
        with self.hub() as hub:
            with hub.database.everything() as session:
                over = database_now(session) - timedelta(seconds=1)
                session.execute(update(MemoryWork).where(MemoryWork.lease_until.is_not(None)).values(lease_until=over))
            embed(hub, self.tenant)
            # What the dead process had not marked yet.
            start_backfill(hub, tenant_id=self.tenant)
            work_backfill(hub, tenant_id=self.tenant)
            self.assert_whole(hub)

    def assert_whole(self, hub: Hub) -> None:
        """Every document and every thing is in the index once, every line is known, and nothing is left to do."""
        assert passages(hub, self.tenant) == (INVOICES, THINGS)
        with hub.database.tenant(self.tenant, read=True) as session:
            states = session.scalars(select(MemoryEntry.state)).all()
            assert list(states) == [EntryState.STORED] * INVOICES
            assert len(session.scalars(select(MemoryLine.position)).all()) == INVOICES * LINES
            assert len(session.scalars(select(MemoryVector.id)).all()) == INVOICES + THINGS
        assert estimate_backfill(hub, tenant_id=self.tenant).documents == 0
        view = show_backfill(hub, tenant_id=self.tenant)
        assert view is not None and view.finished_at is not None


def kill_once(memories: Memories, point: str, skip: int) -> int:
    """A process dies, another one goes on: every text that was kept is paid once. How many were answered, not kept."""
    memories.fill()
    memories.kill_at(point, skip)
    with memories.hub() as hub, hub.database.tenant(memories.tenant, read=True) as session:
        kept = len(session.scalars(select(MemoryVector.id)).all())
    answered = memories.desk.settled().texts
    memories.go_on()
    paid = memories.desk.paid()
    assert paid.texts - answered == INVOICES + THINGS - kept
    assert paid.again == answered - kept <= ONE_REQUEST
    return answered - kept


@pytest.mark.parametrize(("point", "skip"), ASKING)
def test_a_backfill_killed_here_loses_nothing_and_pays_nothing_twice(
    tmp_path: Path, desk: VoyageDesk, point: str, skip: int
) -> None:
    assert kill_once(Memories(tmp_path, desk), point, skip) == 0


@pytest.mark.parametrize(("point", "skip"), STORING)
def test_a_backfill_killed_while_it_stores_pays_at_most_the_request_in_flight_again(
    tmp_path: Path, desk: VoyageDesk, point: str, skip: int
) -> None:
    assert kill_once(Memories(tmp_path, desk), point, skip) <= ONE_REQUEST


@pytest.mark.parametrize(("point", "skip"), ANSWERED)
def test_a_backfill_killed_between_answer_and_commit_pays_that_one_request_again_and_no_other(
    tmp_path: Path, desk: VoyageDesk, point: str, skip: int
) -> None:
    assert 0 < kill_once(Memories(tmp_path, desk), point, skip) <= ONE_REQUEST


def test_killed_again_and_again_it_still_ends(tmp_path: Path, desk: VoyageDesk) -> None:
    memories = Memories(tmp_path, desk)
    memories.fill()
    points = (("vectors kept", 0), ("lines in the index", 0), ("noted, not committed", 0), ("part done", 0))
    for point, skip in points:
        memories.kill_at(point, skip)
        with memories.hub() as hub, hub.database.everything() as session:
            session.execute(update(MemoryWork).values(lease_until=None))
    memories.go_on()
    assert desk.paid().again <= len(points) * ONE_REQUEST


@pytest.mark.parametrize(("point", "skip"), [("vectors kept", 1), ("noted, not committed", 1), ("part done", 0)])
def test_on_postgresql_a_backfill_killed_here_loses_nothing(
    tmp_path: Path, desk: VoyageDesk, migrated_postgres_url: str, point: str, skip: int
) -> None:
    assert kill_once(Memories(tmp_path, desk, migrated_postgres_url), point, skip) <= ONE_REQUEST
