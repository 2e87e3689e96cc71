"""Jobs on real brokers: a message reaches its actor, soon, and a failing job hurts nobody else."""

from __future__ import annotations

import dataclasses
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from dramatiq.middleware import TimeLimit
from tests.integration.small_hub import connected, small_hub, within

from ledgerport.actors import ACTORS, start_background
from ledgerport.actors.broker import Actor, start_worker
from ledgerport.db.models import Connection
from ledgerport.queue import InProcessBroker, MessageQueue, redis_broker
from ledgerport.services.context import Hub
from ledgerport.wiring import broker_of


@pytest.fixture(params=["in process", "redis"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    with small_hub(tmp_path) as hub:
        if request.param == "redis":
            broker = redis_broker(request.getfixturevalue("redis_url"))
            hub = dataclasses.replace(hub, queue=MessageQueue(broker))
        yield hub
        broker_of(hub).close()


class Job:
    """What an actor of the test did, by row."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, _hub: Hub, row_id: int) -> None:
        self.began.set()
        assert self.may_end.wait(10)
        self.rows.append(row_id)
        if row_id < 0:
            raise ValueError(f"row {row_id}")

    @property
    def actor(self) -> Actor:
        return Actor(actor_name="sync.drain", run=self)


def test_a_message_reaches_its_actor(hub: Hub) -> None:
    job = Job()
    worker = start_worker(hub, [job.actor], threads=2)
    hub.queue.add("sync.drain", 7)
    assert within(5, lambda: job.rows == [7])
    worker.stop()


def test_a_message_sent_before_the_worker_started_is_not_lost(hub: Hub) -> None:
    job = Job()
    hub.queue.add("sync.drain", 7)
    worker = start_worker(hub, [job.actor], threads=2)
    assert within(5, lambda: job.rows == [7])
    worker.stop()


def test_a_job_that_fails_is_tried_once_more_and_others_go_on(hub: Hub) -> None:
    job = Job()
    done = []
    worker = start_worker(hub, [job.actor], threads=2, done=lambda: done.append(1))
    hub.queue.add("sync.drain", -1)
    hub.queue.add("sync.drain", 5)
    assert within(10, lambda: sorted(job.rows) == [-1, -1, 5])
    assert within(5, lambda: len(done) == 3)
    worker.stop()


def test_stopping_waits_for_the_job_that_is_under_way(hub: Hub) -> None:
    job = Job()
    job.may_end.clear()
    worker = start_worker(hub, [job.actor], threads=2)
    hub.queue.add("sync.drain", 7)
    assert job.began.wait(5)
    threading.Timer(0.3, job.may_end.set).start()
    worker.stop(seconds=10)
    assert job.rows == [7]


def test_only_jobs_that_exist_can_be_sent(hub: Hub) -> None:
    with pytest.raises(ValueError, match=r"no job named 'sync\.everything'"):
        hub.queue.add("sync.everything", 7)


def test_time_limits_are_looked_at_outside_dramatiqs_own_command_line(hub: Hub) -> None:
    worker = start_worker(hub, [Job().actor], threads=1)
    limit = next(one for one in broker_of(hub).middleware if isinstance(one, TimeLimit))
    assert isinstance(limit.manager, threading.Thread) and limit.manager.is_alive()
    worker.stop()


def test_a_broker_that_is_away_fails_nobodys_request() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        queue = MessageQueue(redis_broker(f"redis://127.0.0.1:{closed.getsockname()[1]}/0"))
        began = time.monotonic()
        with structlog.testing.capture_logs() as said:
            queue.add("sync.drain", 7)
        assert time.monotonic() - began < 2
        assert [(one["event"], one["job"], one["ids"]) for one in said] == [("message_not_sent", "sync.drain", (7,))]


class TestInThisProcess:
    @pytest.fixture
    def hub(self, tmp_path: Path) -> Iterator[Hub]:
        with small_hub(tmp_path) as hub:
            yield hub

    def test_an_idle_worker_begins_within_ten_milliseconds(self, hub: Hub) -> None:
        times: list[float] = []
        ran = threading.Event()

        def run(_hub: Hub, _row: int) -> None:
            times.append(time.perf_counter())
            ran.set()

        worker = start_worker(hub, [Actor(actor_name="sync.drain", run=run)], threads=8)
        waits = []
        for row in range(10):
            ran.clear()
            sent = time.perf_counter()
            hub.queue.add("sync.drain", row)
            assert ran.wait(5)
            waits.append(times[-1] - sent)
        worker.stop()
        # The middle one: the machine of the tests is shared.
        assert sorted(waits)[5] < 0.010

    def test_a_message_that_waits_already_is_not_put_twice(self, hub: Hub) -> None:
        job = Job()
        for _ in range(100):
            hub.queue.add("sync.drain", 7)
        hub.queue.add("sync.drain", 8)
        worker = start_worker(hub, [job.actor], threads=1)
        assert within(5, lambda: job.rows == [7, 8])
        worker.stop()
        assert job.rows == [7, 8]

    def test_a_message_sent_while_its_job_runs_runs_it_again(self, hub: Hub) -> None:
        job = Job()
        job.may_end.clear()
        worker = start_worker(hub, [job.actor], threads=2)
        hub.queue.add("sync.drain", 7)
        assert job.began.wait(5)
        hub.queue.add("sync.drain", 7)
        job.may_end.set()
        assert within(5, lambda: job.rows == [7, 7])
        worker.stop()

    def test_failed_messages_do_not_fill_the_memory(self, hub: Hub) -> None:
        broker = broker_of(hub)
        assert isinstance(broker, InProcessBroker)
        letters = broker.dead_letters_by_queue["ledgerport"]
        for _ in range(1000):
            letters.append(None)  # type: ignore[arg-type]
        assert len(letters) == 100

    def test_a_due_connection_is_drained_by_the_hubs_own_threads(self, hub: Hub) -> None:
        background = start_background(hub, threads=2)
        connection = connected(hub, due_in=0.2)

        def drained() -> bool:
            with hub.database.everything(read=True) as session:
                row = session.get_one(Connection, connection)
                # Nothing waits to be sent, so the drain leaves it without a due moment.
                return row.fence == 1 and row.lease_until is None and row.due_at is None

        assert within(10, drained)
        background.stop()


WORKER = """
import sys
from pathlib import Path
from ledgerport import wiring
from ledgerport.actors import start_worker
from ledgerport.actors.broker import run_until_signal
from ledgerport.settings import Settings

hub = wiring.build(Settings(home=Path(sys.argv[1])))
worker = start_worker(hub, threads=2)

def stop():
    worker.stop()
    wiring.close(hub)
    print("stopped", flush=True)

run_until_signal(stop, lambda: print("ready", flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_process_stops_in_good_order_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            rest, _ = process.communicate(timeout=20)
        finally:
            process.kill()  # or leaving the block would wait for it as long as it lives
    assert (process.returncode, rest) == (0, "stopped\n")


def test_every_actor_is_listed_under_its_own_name() -> None:
    assert {name: one.actor_name for name, one in ACTORS.items()} == {name: name for name in ACTORS}
