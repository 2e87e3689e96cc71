"""Messages to actors: a name and ids, nothing else.

The database is the truth; a message only says that there is work.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Protocol

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import Callbacks, Middleware, Retries, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

# Every job there is; each has exactly one actor (tests/architecture checks it).
JOBS = frozenset({"books.compare", "imports.work", "memory.embed", "outbox.deliver", "sync.drain", "tokens.refresh"})

QUEUE_NAME = "ledgerport"
# A drain stops by itself after 270 s; one that does not is taken off its thread, and its lease runs out.
_TIME_LIMIT_MS = 600_000
# Failed messages that a process remembers, for whoever debugs it.
_DEAD_LETTERS = 100

_log = structlog.get_logger(__name__)
_Key = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Depth:
    """Messages at the broker: `waiting` for a free thread, put off until `later`, `given_up` after their retries.

    Work itself is counted in the database; a message only says that there is some.
    """

    waiting: int
    later: int
    given_up: int


class Queue(Protocol):
    """Where services put messages, after their transaction has committed."""

    def add(self, job: str, *ids: int) -> None:
        """Send one message. Raises ValueError for a job that is not in JOBS, and nothing when the broker is away."""

    def depth(self) -> Depth | None:
        """How many messages there are. None while the broker does not answer."""


class MessageQueue:
    """Messages through a Dramatiq broker.

    A message that cannot be sent is logged and not missed: what it stands for is committed, and the scheduler sends it
    again until it is done. So a broker that is away delays work and fails nobody's request.
    """

    def __init__(self, broker: dramatiq.Broker) -> None:
        self.broker = broker
        # Sending must work in a process that runs no actor.
        broker.declare_queue(QUEUE_NAME)

    def add(self, job: str, *ids: int) -> None:
        if job not in JOBS:
            raise ValueError(f"There is no job named {job!r}.")
        message: dramatiq.Message[Any] = dramatiq.Message(
            queue_name=QUEUE_NAME, actor_name=job, args=tuple(ids), kwargs={}, options={}
        )
        try:
            self.broker.enqueue(message)
        except (BrokerConnectionError, redis.RedisError) as error:
            _log.warning("message_not_sent", job=job, ids=ids, error=type(error).__name__)

    def depth(self) -> Depth | None:
        try:
            return _depth(self.broker)
        except (BrokerConnectionError, redis.RedisError) as error:
            _log.warning("queue_not_counted", error=type(error).__name__)
            return None


class InProcessBroker(StubBroker):
    """Messages inside this process.

    A message that waits already is not put a second time: a thousand records saved in a minute wake their connection
    once. One whose job has started does not count as waiting, since that job may have looked before our commit.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[_Key] = set()
        # First, because a middleware before it could skip the message and so leave it waiting for ever.
        super().__init__([_Started(self._waiting, self._lock), *_middleware()])
        self.dead_letters_by_queue = defaultdict(_few)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        if delay is None:
            with self._lock:
                key = _key(message)
                if key in self._waiting:
                    return message
                self._waiting.add(key)
        return super().enqueue(message, delay=delay)

    def waiting(self) -> int:
        """How many messages no job was started for yet, those too that a worker has fetched ahead."""
        with self._lock:
            return len(self._waiting)


class _Started(Middleware):
    """Forgets a waiting message when its job starts."""

    def __init__(self, waiting: set[_Key], lock: threading.Lock) -> None:
        self._waiting = waiting
        self._lock = lock

    def before_process_message(self, _broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        with self._lock:
            self._waiting.discard(_key(message))

    def after_worker_shutdown(self, _broker: dramatiq.Broker, _worker: dramatiq.Worker) -> None:
        """A stopped worker drops what it had fetched and not begun; the next send must not count on that."""
        with self._lock:
            self._waiting.clear()


def redis_client(url: str) -> redis.Redis:
    """A client of Redis that gives up within seconds: whoever asks has something better to do than wait.

    One repetition, at once, is for a connection that was closed while it lay idle.
    """
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), 1))


def redis_broker(url: str) -> RedisBroker:
    """Messages through Redis (`redis://...`), for any number of processes.

    Dramatiq gives a dead worker's messages to others only in a random share of its commands, out of a million. The
    default (1000) left one undelivered for more than seven minutes; here one command in ten does it.
    """
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=redis_client(url),
        middleware=_middleware(),
        namespace="ledgerport:jobs",
        heartbeat_timeout=60_000,
        maintenance_chance=100_000,
    )


def _depth(broker: dramatiq.Broker) -> Depth | None:
    """Neither broker counts by a method of its own."""
    if isinstance(broker, RedisBroker):
        name = f"{broker.namespace}:{QUEUE_NAME}"
        asked = broker.client.pipeline(transaction=False)
        asked.llen(name)
        asked.hlen(f"{name}.DQ.msgs")
        asked.zcard(f"{name}.XQ")
        # What a worker has fetched ahead is not among the waiting.
        waiting, put_off, given_up = asked.execute()
        return Depth(waiting=waiting, later=put_off, given_up=given_up)
    if isinstance(broker, InProcessBroker):
        later = broker.queues.get(f"{QUEUE_NAME}.DQ")
        return Depth(
            waiting=broker.waiting(),
            later=later.qsize() if later is not None else 0,
            given_up=len(broker.dead_letters_by_queue[QUEUE_NAME]),
        )
    return None


def _few() -> Any:
    return deque(maxlen=_DEAD_LETTERS)


def _middleware() -> list[Middleware]:
    # Few retries and soon: the scheduler re-sends whatever is still due.
    return [
        TimeLimit(time_limit=_TIME_LIMIT_MS),
        ShutdownNotifications(),
        Callbacks(),
        Retries(max_retries=1, min_backoff=1_000, max_backoff=5_000),
    ]


def _key(message: Any) -> _Key:
    return message.actor_name, tuple(message.args)
