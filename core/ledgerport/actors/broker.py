"""Actors as plain functions of a hub, and the worker that runs them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import FrameType

import dramatiq

from ledgerport.services.context import Hub
from ledgerport.wiring import QUEUE_NAME, broker_of

# How often an idle thread looks around, in milliseconds: the longest that stopping waits for an idle thread, and on
# Redis, which is polled, the longest that a message waits for an idle worker.
_POLL_MS = 50


@dataclass(frozen=True, kw_only=True)
class Actor:
    """What is done on a message named `actor_name`: `run(hub, row_id)`."""

    actor_name: str
    run: Callable[[Hub, int], None]


def actor(name: str) -> Callable[[Callable[[Hub, int], None]], Actor]:
    """Make a function of a hub and an id the actor of a job."""
    return lambda run: Actor(actor_name=name, run=run)


class RunningWorker:
    """Threads that take messages. Stopping waits for jobs that are under way, at most so many seconds."""

    def __init__(self, worker: dramatiq.Worker) -> None:
        self._worker = worker

    def stop(self, seconds: float = 30.0) -> None:
        """Take no more messages. A job that is not done in time goes on until its process ends; its lease covers it."""
        self._worker.stop(timeout=int(seconds * 1000))


def bind(
    hub: Hub, actors: Iterable[Actor], done: Callable[[], None] | None = None
) -> Mapping[str, dramatiq.Actor[[int], None]]:
    """Declare actors at the hub's broker; `done` is called after every job, however it ended."""
    return {one.actor_name: _declare(hub, one, done) for one in actors}


def start_worker(
    hub: Hub, actors: Iterable[Actor], *, threads: int, done: Callable[[], None] | None = None
) -> RunningWorker:
    """Run a hub's jobs in threads of this process. Once for a hub: its actors cannot be declared twice (ValueError)."""
    bind(hub, actors, done)
    broker = broker_of(hub)
    # Only Dramatiq's own command line sends this signal; without it no time limit is ever looked at.
    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=_POLL_MS)
    worker.start()
    return RunningWorker(worker)


def run_until_signal(stop: Callable[[], None], ready: Callable[[], None]) -> None:
    """Wait for SIGTERM or SIGINT (Ctrl-C), then call `stop`. For the main thread; `ready` is called once they are
    heard."""
    told = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        ready()
        told.wait()
        stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _declare(hub: Hub, one: Actor, done: Callable[[], None] | None) -> dramatiq.Actor[[int], None]:
    def run(row_id: int) -> None:
        try:
            one.run(hub, row_id)
        finally:
            if done is not None:
                done()

    return dramatiq.actor(actor_name=one.actor_name, queue_name=QUEUE_NAME, broker=broker_of(hub))(run)
