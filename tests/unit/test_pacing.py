"""The limiter's rules, told once and run over both bodies; here the one in memory."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from ledgerport.contract import (
    ClientAuth,
    Idempotency,
    KeyTrust,
    Limit,
    OAuthTerms,
    ProviderTerms,
    Scope,
    SystemClock,
)
from ledgerport.engine.pacing import LEASE, Lane, Limiter, Permit, Route, route_for
from ledgerport.engine.pacing_memory import MemoryLimiter

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def route(*lanes: Lane, company: str = "acme", concurrency: int = 10) -> Route:
    return Route(lanes=lanes, calls_key=f"{company}:calls", concurrency=concurrency)


def lane(count: int, seconds: float = 60.0, key: str = "acme:request") -> Lane:
    return Lane(key=key, count=count, seconds=seconds)


def go(limiter: Limiter, on: Route) -> Permit:
    answer = limiter.ask(on)
    assert not isinstance(answer, datetime), f"no permit before {answer}"
    return answer


def told_to_wait(limiter: Limiter, on: Route, clock: HandClock) -> float:
    answer = limiter.ask(on)
    assert isinstance(answer, datetime), "a permit was given"
    return (answer - clock.now()).total_seconds()


class LimiterRules:
    """Every body of the limiter keeps these; subclasses give the fixture `limiter`."""

    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    def test_as_many_calls_pass_as_the_window_allows(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(3))
        for _ in range(3):
            go(limiter, on).end()
        assert told_to_wait(limiter, on, clock) == pytest.approx(60, abs=0.01)

    def test_a_slot_counts_from_the_end_of_its_call(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(1))
        permit = go(limiter, on)
        clock.move(20)
        permit.end()
        clock.move(45)
        assert told_to_wait(limiter, on, clock) == pytest.approx(15, abs=0.01)
        clock.move(15.01)
        go(limiter, on)

    def test_the_moment_it_names_is_the_moment_it_lets_through(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(2))
        go(limiter, on).end()
        clock.move(10)
        go(limiter, on).end()
        clock.move(told_to_wait(limiter, on, clock))
        go(limiter, on).end()
        assert told_to_wait(limiter, on, clock) == pytest.approx(10, abs=0.01)

    def test_a_call_under_way_keeps_its_slot_however_long_it_takes(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(1))
        go(limiter, on)
        clock.move(100)
        # It may end now at the earliest, and then holds its slot for a whole window.
        assert told_to_wait(limiter, on, clock) == pytest.approx(60, abs=0.01)

    def test_a_permit_given_back_leaves_no_trace(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(1), concurrency=1)
        go(limiter, on).give_back()
        go(limiter, on)

    def test_ending_twice_counts_once(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(2), concurrency=1)
        permit = go(limiter, on)
        permit.end()
        permit.end()
        permit.give_back()
        go(limiter, on).end()
        assert told_to_wait(limiter, on, clock) == pytest.approx(60, abs=0.01)

    def test_no_more_calls_are_under_way_than_the_provider_takes_at_once(
        self, limiter: Limiter, clock: HandClock
    ) -> None:
        on = route(concurrency=2)
        first = go(limiter, on)
        go(limiter, on)
        assert 0 < told_to_wait(limiter, on, clock) <= 1
        first.end()
        go(limiter, on)

    def test_the_slowest_of_several_windows_decides(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(1, 1, key="second"), lane(2, 60, key="minute"))
        go(limiter, on).end()
        assert told_to_wait(limiter, on, clock) == pytest.approx(1, abs=0.01)
        clock.move(2)
        go(limiter, on).end()
        assert told_to_wait(limiter, on, clock) == pytest.approx(58, abs=0.01)

    def test_a_refused_call_takes_no_slot_in_any_window(self, limiter: Limiter, clock: HandClock) -> None:
        wide, narrow = lane(2, key="wide"), lane(1, key="narrow")
        go(limiter, route(wide, narrow)).end()
        told_to_wait(limiter, route(wide, narrow), clock)
        go(limiter, route(wide))

    def test_one_companys_calls_do_not_slow_another(self, limiter: Limiter, clock: HandClock) -> None:
        go(limiter, route(lane(1, key="acme:request"), company="acme", concurrency=1))
        go(limiter, route(lane(1, key="bolt:request"), company="bolt", concurrency=1))

    def test_a_limit_of_the_app_is_shared_by_its_companies(self, limiter: Limiter, clock: HandClock) -> None:
        go(limiter, route(lane(1, key="*:request"), company="acme")).end()
        assert told_to_wait(limiter, route(lane(1, key="*:request"), company="bolt"), clock) > 59

    def test_a_hold_stops_the_company_until_its_end(self, limiter: Limiter, clock: HandClock) -> None:
        limiter.hold(route(), clock.now() + timedelta(seconds=30))
        assert told_to_wait(limiter, route(lane(5)), clock) == pytest.approx(30, abs=0.001)
        go(limiter, route(lane(5), company="bolt"))
        clock.move(30)
        go(limiter, route(lane(5)))

    def test_a_shorter_hold_does_not_shorten_a_longer_one(self, limiter: Limiter, clock: HandClock) -> None:
        limiter.hold(route(), clock.now() + timedelta(seconds=30))
        limiter.hold(route(), clock.now() + timedelta(seconds=5))
        assert told_to_wait(limiter, route(), clock) == pytest.approx(30, abs=0.001)

    def test_the_calls_of_a_killed_process_count_as_ended_when_their_lease_is_over(
        self, limiter: Limiter, clock: HandClock
    ) -> None:
        on = route(lane(1), concurrency=1)
        go(limiter, on)
        clock.move(LEASE)
        assert told_to_wait(limiter, on, clock) == pytest.approx(60, abs=0.01)
        go(limiter, route(concurrency=1))
        clock.move(60.01)
        other_place = route(lane(1), company="acme-2")
        go(limiter, other_place)

    def test_a_call_that_outlives_its_lease_counts_from_its_true_end_too(
        self, limiter: Limiter, clock: HandClock
    ) -> None:
        on = route(lane(1))
        slow = go(limiter, on)
        clock.move(LEASE)
        told_to_wait(limiter, on, clock)
        clock.move(30)
        slow.end()
        clock.move(31)
        assert told_to_wait(limiter, on, clock) == pytest.approx(29, abs=0.01)

    def test_usage_counts_calls_under_way_and_those_of_the_window(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(5), lane(2, 1, key="second"))
        go(limiter, on).end()
        go(limiter, on)
        clock.move(2)
        told = limiter.usage([on, route(lane(9, key="other"), company="bolt")])
        assert told is not None
        assert [(one.used, one.under_way, one.held_until) for one in told] == [((2, 1), 1, None), ((0,), 0, None)]
        clock.move(58.1)
        assert [one.used for one in limiter.usage([on]) or ()] == [(1, 1)]

    def test_usage_names_the_moment_until_which_a_company_is_held(self, limiter: Limiter, clock: HandClock) -> None:
        until = clock.now() + timedelta(seconds=30)
        limiter.hold(route(), until)
        assert [one.held_until for one in limiter.usage([route(), route(company="bolt")]) or ()] == [until, None]
        clock.move(31)
        assert [one.held_until for one in limiter.usage([route()]) or ()] == [None]

    def test_looking_at_the_usage_takes_nothing(self, limiter: Limiter, clock: HandClock) -> None:
        on = route(lane(1), concurrency=1)
        for _ in range(3):
            limiter.usage([on])
        go(limiter, on)


class TestTheLimiterInMemory(LimiterRules):
    @pytest.fixture
    def limiter(self, clock: HandClock) -> MemoryLimiter:
        return MemoryLimiter(clock)

    def test_lanes_that_nobody_uses_any_more_are_dropped(self, limiter: MemoryLimiter, clock: HandClock) -> None:
        for number in range(5000):
            on = route(lane(1, 1.0, key=f"company-{number}"), company=f"company-{number}")
            go(limiter, on).end()
            clock.move(1)
        assert limiter.size() < 2000

    def test_asking_and_ending_take_less_than_twenty_microseconds(self) -> None:
        limiter = MemoryLimiter(SystemClock())
        on = route(lane(100_000, 1.0, key="second"), lane(100_000, 60.0, key="minute"))
        spent = []
        for _ in range(20):
            # The thread's own time: the machine of the tests is shared.
            began = time.thread_time()
            for _ in range(500):
                go(limiter, on).end()
            spent.append((time.thread_time() - began) / 500)
        assert min(spent) < 20e-6


def test_a_call_counts_on_every_limit_of_its_meters_and_on_no_other() -> None:
    terms = ProviderTerms(
        slug="acme",
        label="Acme Books",
        color="#123456",
        api_url="https://api.example",
        kinds={},
        limits=(
            Limit(count=500, per=timedelta(minutes=1)),
            Limit(count=40, per=timedelta(minutes=1), meter="batch"),
            Limit(count=9000, per=timedelta(minutes=1), scope=Scope.APP),
        ),
        concurrency=10,
        idempotency=Idempotency(trust=KeyTrust.NONE),
        oauth=OAuthTerms(
            authorize_url="https://a.example", token_url="https://t.example", client_auth=ClientAuth.BASIC
        ),
        contract=(1, 1),
    )
    plain = route_for(terms, client_id="app", company_id="7", meters=())
    batch = route_for(terms, client_id="app", company_id="7", meters=("batch",))
    assert [limit.count for limit in plain.lanes] == [500, 9000]
    assert [limit.count for limit in batch.lanes] == [500, 40, 9000]
    assert ":7:" in plain.lanes[0].key and ":*:" in plain.lanes[1].key
    assert plain.concurrency == 10
