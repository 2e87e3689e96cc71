"""The limiter that many processes share, on Redis: one Lua script per question, so that nobody decides on an old count.

Every lane is a sorted set whose scores say when a slot becomes free (microseconds since 1970 of the hub's clock,
which is passed in). A call under way is scored as if it ended with its lease: a killed process gives its slots back
without anybody cleaning up.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
import structlog

from ledgerport.contract import Clock
from ledgerport.engine.pacing import LEASE, MARGIN, RECHECK, Limiter, Permit, Route, Usage

_PREFIX = "ledgerport:pacing:"
# When Redis does not answer, nothing passes: ask again after this many seconds (of the clock).
_STORAGE_WAIT = timedelta(seconds=3)
# Keys outlive what they count by this many seconds (Redis' own time, which is never faster than the hub's clock).
_SLACK = 60
_MICRO = 1_000_000

_log = structlog.get_logger(__name__)

# KEYS: places, hold, lanes... ARGV: now, permit, lease, concurrency, recheck, slack, then (count, window) for each
# lane. Answers '' (go) or the moment to ask again. Numbers are written with %.0f: Lua would round 16 digits.
_ASK = """
local now, lease = tonumber(ARGV[1]), tonumber(ARGV[3])
local free_at = tonumber(redis.call('GET', KEYS[2]) or '0')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then
  free_at = math.max(free_at, now + tonumber(ARGV[5]))
end
for lane = 3, #KEYS do
  local count, window = tonumber(ARGV[2 * lane + 1]), tonumber(ARGV[2 * lane + 2])
  redis.call('ZREMRANGEBYSCORE', KEYS[lane], '-inf', ARGV[1])
  local missing = redis.call('ZCARD', KEYS[lane]) - count + 1
  if missing > 0 then
    local slot = redis.call('ZRANGE', KEYS[lane], missing - 1, missing - 1, 'WITHSCORES')
    free_at = math.max(free_at, math.min(tonumber(slot[2]), now + window))
  end
end
if free_at > now then
  return string.format('%.0f', free_at)
end
local function add(key, score)
  redis.call('ZADD', key, string.format('%.0f', score), ARGV[2])
  local keep = math.ceil((score - now) / 1000) + 1000 * tonumber(ARGV[6])
  if redis.call('PTTL', key) < keep then redis.call('PEXPIRE', key, keep) end
end
add(KEYS[1], now + lease)
for lane = 3, #KEYS do
  add(KEYS[lane], now + lease + tonumber(ARGV[2 * lane + 2]))
end
return ''
"""

# KEYS: places, lanes... ARGV: now, permit, left (1 or 0), slack, then the window of each lane.
_FINISH = """
redis.call('ZREM', KEYS[1], ARGV[2])
for lane = 2, #KEYS do
  if ARGV[3] == '1' then
    local window = tonumber(ARGV[lane + 3])
    redis.call('ZADD', KEYS[lane], string.format('%.0f', tonumber(ARGV[1]) + window), ARGV[2])
    local keep = math.ceil(window / 1000) + 1000 * tonumber(ARGV[4])
    if redis.call('PTTL', KEYS[lane]) < keep then redis.call('PEXPIRE', KEYS[lane], keep) end
  else
    redis.call('ZREM', KEYS[lane], ARGV[2])
  end
end
return ''
"""

# KEYS: hold. ARGV: until, milliseconds to keep it. A later hold stays.
_HOLD = """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return ''
"""


class RedisLimiter(Limiter):
    """Fails closed: while Redis does not answer, `ask` names a moment a few seconds away, and `end` and `hold` only
    log.

    `client` needs time-outs of its own (`socket_timeout`, `socket_connect_timeout`).
    """

    def __init__(self, client: redis.Redis, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._ask = client.register_script(_ASK)
        self._finish = client.register_script(_FINISH)
        self._hold = client.register_script(_HOLD)
        # What this process was told to hold, also when Redis could not be told.
        self._held: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def ask(self, route: Route) -> Permit | datetime:
        now = self._clock.now()
        held = self._held_here(route.calls_key, now)
        if held is not None:
            return held
        permit = uuid.uuid4().hex
        arguments: list[Any] = [
            _micros(now),
            permit,
            int(LEASE * _MICRO),
            route.concurrency,
            int(RECHECK * _MICRO),
            _SLACK,
        ]
        for lane in route.lanes:
            arguments += [lane.count, _window(lane.seconds)]
        keys = [_places(route), _hold(route), *_lanes(route)]
        try:
            answer = self._ask(keys=keys, args=arguments)
        except redis.RedisError as error:
            _log.warning("limiter_storage_failed", step="ask", error=type(error).__name__)
            return now + _STORAGE_WAIT
        if not answer:
            return _RedisPermit(self, route, permit)
        return datetime.fromtimestamp(int(answer) / _MICRO, UTC)

    def hold(self, route: Route, until: datetime) -> None:
        now = self._clock.now()
        with self._lock:
            self._held = {key: moment for key, moment in self._held.items() if moment > now}
            self._held[route.calls_key] = max(until, self._held.get(route.calls_key, until))
        keep = max(0, int((until - now).total_seconds() * 1000)) + 1000 * _SLACK
        try:
            self._hold(keys=[_hold(route)], args=[_micros(until), keep])
        except redis.RedisError as error:
            _log.warning("limiter_storage_failed", step="hold", error=type(error).__name__)

    def usage(self, routes: Sequence[Route]) -> Sequence[Usage] | None:
        now = self._clock.now()
        after = f"({_micros(now)}"
        asked = self._client.pipeline(transaction=False)
        for route in routes:
            asked.get(_hold(route))
            for key in (_places(route), *_lanes(route)):
                asked.zcount(key, after, "+inf")
        try:
            told = iter(asked.execute())
        except redis.RedisError as error:
            _log.warning("limiter_storage_failed", step="usage", error=type(error).__name__)
            return None
        return [
            self._usage(route, now, [int(next(told) or 0) for _ in range(2 + len(route.lanes))]) for route in routes
        ]

    def finish(self, route: Route, permit: str, *, left: bool) -> None:
        """End a permit; `left` False leaves no trace of it. When Redis cannot be told, its lease ends it."""
        arguments: list[Any] = [_micros(self._clock.now()), permit, int(left), _SLACK]
        arguments += [_window(lane.seconds) for lane in route.lanes]
        try:
            self._finish(keys=[_places(route), *_lanes(route)], args=arguments)
        except redis.RedisError as error:
            _log.warning("limiter_storage_failed", step="end", error=type(error).__name__)

    def close(self) -> None:
        """Give the connections to Redis back."""
        self._client.close()

    def _usage(self, route: Route, now: datetime, told: Sequence[int]) -> Usage:
        hold, under_way, *used = told
        until = max(datetime.fromtimestamp(hold / _MICRO, UTC), self._held_here(route.calls_key, now) or now)
        return Usage(used=tuple(used), under_way=under_way, held_until=until if until > now else None)

    def _held_here(self, key: str, now: datetime) -> datetime | None:
        with self._lock:
            until = self._held.get(key)
        return until if until is not None and until > now else None


class _RedisPermit(Permit):
    __slots__ = ("_done", "_limiter", "_permit", "_route")

    def __init__(self, limiter: RedisLimiter, route: Route, permit: str) -> None:
        self._limiter = limiter
        self._route = route
        self._permit = permit
        self._done = False

    def end(self) -> None:
        self._finish(left=True)

    def give_back(self) -> None:
        self._finish(left=False)

    def _finish(self, *, left: bool) -> None:
        if not self._done:
            self._done = True
            self._limiter.finish(self._route, self._permit, left=left)


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * _MICRO)


def _window(seconds: float) -> int:
    return round((seconds + MARGIN) * _MICRO)


def _places(route: Route) -> str:
    return f"{_PREFIX}{route.calls_key}"


def _hold(route: Route) -> str:
    return f"{_PREFIX}{route.calls_key}:hold"


def _lanes(route: Route) -> list[str]:
    return [f"{_PREFIX}{lane.key}" for lane in route.lanes]
