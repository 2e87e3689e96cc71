"""Messages to actors: a name and ids, nothing else. The database is the truth; a message only says that there is work."""

from __future__ import annotations

from typing import Protocol

import dramatiq

# Every job there is; each has exactly one actor (tests/architecture checks it).
JOBS = frozenset({"sync.drain", "tokens.refresh"})

QUEUE_NAME = "ledgerport"


class Queue(Protocol):
    """Where services put messages, after their transaction has committed."""

    def add(self, job: str, *ids: int) -> None:
        """Send one message. Raises ValueError for a job that is not in JOBS."""


class MessageQueue:
    """Messages through a Dramatiq broker."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self.broker = broker

    def add(self, job: str, *ids: int) -> None:
        if job not in JOBS:
            raise ValueError(f"There is no job named {job!r}.")
        self.broker.enqueue(
            dramatiq.Message(queue_name=QUEUE_NAME, actor_name=job, args=tuple(ids), kwargs={}, options={})
        )
