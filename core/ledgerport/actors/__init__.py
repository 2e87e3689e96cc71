"""All jobs, and how a process starts to work on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ledgerport.actors import compare, embedding, imports, notices, sync, tokens
from ledgerport.actors.broker import Actor, RunningWorker, run_until_signal
from ledgerport.actors.broker import start_worker as _start_worker
from ledgerport.actors.schedule import Scheduler
from ledgerport.services.context import Hub

__all__ = ["ACTORS", "Background", "Scheduler", "run_scheduler", "run_worker", "start_background", "start_worker"]

ACTORS: Mapping[str, Actor] = {
    one.actor_name: one
    for one in (sync.drain, tokens.refresh, imports.work, notices.deliver, compare.compare, embedding.embed)
}


class Background:
    """The embedded mode's threads: a worker, and a scheduler that looks again whenever a job has ended."""

    def __init__(self, worker: RunningWorker, scheduler: Scheduler) -> None:
        self.worker = worker
        self.scheduler = scheduler

    def stop(self, seconds: float = 30.0) -> None:
        """Stop both; waits for jobs under way, at most so many seconds."""
        self.scheduler.stop()
        self.worker.stop(seconds)


def start_worker(hub: Hub, *, threads: int) -> RunningWorker:
    """Work on the hub's messages in threads of this process."""
    return _start_worker(hub, ACTORS.values(), threads=threads)


def start_background(hub: Hub, *, threads: int) -> Background:
    """Everything that must run beside the doors when there is only this process."""
    scheduler = Scheduler(hub)
    worker = _start_worker(hub, ACTORS.values(), threads=threads, done=scheduler.poke)
    scheduler.start()
    return Background(worker, scheduler)


def run_worker(hub: Hub, *, threads: int, ready: Callable[[], None]) -> None:
    """`ledgerport worker`: work until SIGTERM or Ctrl-C, then finish what is under way."""
    worker = start_worker(hub, threads=threads)
    run_until_signal(worker.stop, ready)


def run_scheduler(hub: Hub, *, ready: Callable[[], None]) -> None:
    """`ledgerport scheduler`: tick until SIGTERM or Ctrl-C."""
    scheduler = Scheduler(hub)
    scheduler.start()
    run_until_signal(scheduler.stop, ready)
