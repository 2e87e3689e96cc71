"""A plugin that fails again and again rests; one trial decides; one tenant's trouble is not another's."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.factories import HandClock

from ledgerport.host.breaker import Breaker, Circuit, Resting, Rules

RULES = Rules(failures=3, rest=timedelta(seconds=30), longest=timedelta(seconds=100))


class Desk:
    """A breaker, what it told, and a clock moved by hand."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.told: list[tuple[str, Circuit | None]] = []
        self.breaker = Breaker(clock=self.clock, rules=RULES, told=lambda of, circuit: self.told.append((of, circuit)))

    def fail(self, of: str, times: int = 1, *, weight: int = 1) -> None:
        for _ in range(times):
            self.breaker.bad(self.breaker.enter(of), "push_item: KeyError", weight=weight)

    def succeed(self, of: str) -> None:
        self.breaker.good(self.breaker.enter(of))

    def rests(self, of: str) -> bool:
        """Whether a call may not enter; one that may is handed back without a word."""
        try:
            ticket = self.breaker.enter(of)
        except Resting:
            return True
        self.breaker.give_back(ticket)
        return False

    def open(self) -> list[str]:
        return [circuit.of for circuit in self.breaker.circuits()]


def test_failures_in_a_row_open_the_circuit_until_a_moment() -> None:
    desk = Desk()
    desk.fail("blue", 2)
    assert not desk.rests("blue")
    desk.fail("blue")
    with pytest.raises(Resting) as caught:
        desk.breaker.enter("blue")
    assert caught.value.until == desk.clock.now() + timedelta(seconds=30)
    assert caught.value.circuit.failures == 3
    assert [(of, circuit is not None) for of, circuit in desk.told] == [("blue", True)]


def test_failures_that_are_not_in_a_row_open_nothing() -> None:
    desk = Desk()
    for _ in range(10):
        desk.fail("blue", 2)
        desk.succeed("blue")
    assert desk.open() == []


def test_answers_that_prove_nothing_do_not_break_the_row() -> None:
    desk = Desk()
    for _ in range(3):
        desk.fail("blue")
        desk.breaker.good(desk.breaker.enter("acme"), proof=False)
    assert desk.open() == ["blue"]


def test_a_trial_that_goes_right_closes_it() -> None:
    desk = Desk()
    desk.fail("blue", 3)
    desk.clock.pass_time(timedelta(seconds=30))
    desk.succeed("blue")
    assert desk.open() == []
    assert desk.told[-1] == ("blue", None)
    desk.fail("blue", 2)
    assert not desk.rests("blue"), "the count begins anew"


def test_each_trial_that_fails_doubles_the_rest_up_to_the_longest() -> None:
    desk = Desk()
    desk.fail("blue", 3)
    rests = []
    for _ in range(4):
        desk.clock.pass_time(desk.breaker.circuits()[0].until - desk.clock.now())
        desk.fail("blue")
        rests.append((desk.breaker.circuits()[0].until - desk.clock.now()).total_seconds())
    assert rests == [60, 100, 100, 100]
    opened = {circuit.opened_at for _, circuit in desk.told if circuit is not None}
    assert len(opened) == 1, "it is the same trouble, and told as that"


def test_only_one_trial_is_under_way_at_a_time() -> None:
    desk = Desk()
    desk.fail("blue", 3)
    desk.clock.pass_time(timedelta(seconds=31))
    trial = desk.breaker.enter("blue")
    assert trial.trial
    with pytest.raises(Resting) as caught:
        desk.breaker.enter("blue")
    assert caught.value.until > desk.clock.now()
    desk.breaker.give_back(trial)
    assert desk.breaker.enter("blue").trial, "a trial that never began leaves its place to the next"


def test_a_call_that_was_under_way_when_it_opened_does_not_lengthen_the_rest() -> None:
    desk = Desk()
    late = desk.breaker.enter("blue")
    desk.fail("blue", 3)
    until = desk.breaker.circuits()[0].until
    desk.breaker.bad(late, "push_item: KeyError")
    assert desk.breaker.circuits()[0].until == until


def test_one_companys_failures_leave_the_others_alone() -> None:
    desk = Desk()
    desk.fail("blue", 3)
    assert desk.rests("blue")
    assert not desk.rests("acme")


def test_failures_of_several_companies_open_the_whole_plugin() -> None:
    desk = Desk()
    desk.fail("blue")
    desk.fail("acme")
    desk.fail("blue")
    assert desk.open() == [""]
    assert desk.rests("blue")
    assert desk.rests("acme")


def test_a_company_that_has_not_failed_may_show_at_once_that_the_plugin_works() -> None:
    desk = Desk()
    for of in ("blue", "acme", "blue"):
        desk.fail(of)
    desk.succeed("gold")
    assert desk.open() == []
    assert not desk.rests("blue")


def test_a_plugin_that_is_broken_for_everybody_is_tried_once_by_each() -> None:
    desk = Desk()
    for of in ("blue", "acme", "blue"):
        desk.fail(of)
    entered = 0
    for of in ("gold", "gold", "iron", "iron", "blue"):
        if not desk.rests(of):
            desk.fail(of)
            entered += 1
    assert entered == 2


def test_what_hangs_weighs_more() -> None:
    desk = Desk()
    desk.fail("blue", 2, weight=2)
    assert desk.rests("blue")


def test_a_circuit_that_nobody_came_back_for_is_forgotten() -> None:
    desk = Desk()
    desk.fail("blue", 3)
    desk.clock.pass_time(timedelta(seconds=131))
    assert desk.open() == []


def test_many_threads_agree_on_one_trial_and_one_opening() -> None:
    desk = Desk()
    start = threading.Barrier(16)

    def fail() -> None:
        start.wait(10)
        for _ in range(50):
            try:
                desk.fail("blue")
            except Resting:
                return

    threads = [threading.Thread(target=fail) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [of for of, _ in desk.told] == ["blue"]
    desk.clock.pass_time(timedelta(seconds=31))
    assert sum(not _is_refused(desk) for _ in range(5)) == 1


def _is_refused(desk: Desk) -> bool:
    try:
        desk.breaker.enter("blue")
    except Resting:
        return True
    return False
