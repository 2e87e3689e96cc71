"""The limiter's rules over Redis, and what only a shared limiter must keep."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.test_pacing import HandClock, LimiterRules, go, lane, route, told_to_wait
from tests.unit.test_pacing_never_over import most_in_one_window, play

from ledgerport.engine.pacing import LEASE
from ledgerport.engine.pacing_redis import RedisLimiter
from ledgerport.queue import redis_client


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=2) as client:
        yield client


class TestTheLimiterOnRedis(LimiterRules):
    @pytest.fixture
    def limiter(self, client: redis.Redis, clock: HandClock) -> RedisLimiter:
        return RedisLimiter(client, clock)

    def test_two_processes_share_one_window(self, client: redis.Redis, clock: HandClock) -> None:
        one, other = RedisLimiter(client, clock), RedisLimiter(client, clock)
        go(one, route(lane(2))).end()
        go(other, route(lane(2))).end()
        assert told_to_wait(one, route(lane(2)), clock) == pytest.approx(60, abs=0.01)
        assert told_to_wait(other, route(lane(2)), clock) == pytest.approx(60, abs=0.01)

    def test_a_hold_reaches_the_other_processes(self, client: redis.Redis, clock: HandClock) -> None:
        RedisLimiter(client, clock).hold(route(), clock.now() + timedelta(seconds=30))
        assert told_to_wait(RedisLimiter(client, clock), route(), clock) == pytest.approx(30, abs=0.001)

    def test_many_threads_together_get_exactly_what_the_window_allows(
        self, limiter: RedisLimiter, clock: HandClock
    ) -> None:
        on, permits = route(lane(25), concurrency=100), []

        def ask() -> None:
            for _ in range(10):
                answer = limiter.ask(on)
                if not isinstance(answer, datetime):
                    permits.append(answer)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(permits) == 25

    def test_every_key_it_leaves_behind_expires(
        self, limiter: RedisLimiter, client: redis.Redis, clock: HandClock
    ) -> None:
        go(limiter, route(lane(5)))
        go(limiter, route(lane(5))).end()
        limiter.hold(route(), clock.now() + timedelta(seconds=30))
        lives = {key: client.ttl(key) for key in client.scan_iter()}
        assert len(lives) == 3
        assert all(30 < life <= LEASE + 60 + 61 for life in lives.values()), lives


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), allowed=st.integers(1, 5), concurrency=st.integers(1, 6))
def test_no_window_on_redis_ever_holds_more_calls_than_the_provider_allows(
    client: redis.Redis, data: st.DataObject, allowed: int, concurrency: int
) -> None:
    size = data.draw(st.integers(1, 25))
    spans = st.lists(st.floats(0, 3, allow_nan=False), min_size=size, max_size=size)
    calls = play(
        data.draw(spans), data.draw(spans), allowed, 10.0, concurrency, lambda clock: RedisLimiter(client, clock)
    )
    assert len(calls) == size
    assert most_in_one_window(calls, 10.0) <= allowed


class TestWithoutStorage:
    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def limiter(self, clock: HandClock) -> Iterator[RedisLimiter]:
        # Bound and never listening: connections are refused, and nobody else can take the port meanwhile.
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            client = redis_client(f"redis://127.0.0.1:{closed.getsockname()[1]}/0")
            yield RedisLimiter(client, clock)

    def test_nothing_passes_while_redis_does_not_answer(self, limiter: RedisLimiter, clock: HandClock) -> None:
        assert 1 <= told_to_wait(limiter, route(), clock) <= 10

    def test_a_hold_is_kept_here_when_redis_cannot_be_told(self, limiter: RedisLimiter, clock: HandClock) -> None:
        limiter.hold(route(), clock.now() + timedelta(seconds=30))
        assert told_to_wait(limiter, route(), clock) == pytest.approx(30, abs=0.001)

    def test_ending_a_call_does_not_fail_while_redis_does_not_answer(
        self, limiter: RedisLimiter, clock: HandClock
    ) -> None:
        limiter.finish(route(lane(1)), "a permit given before", left=True)
        assert told_to_wait(limiter, route(lane(1)), clock) == pytest.approx(3, abs=0.001)
