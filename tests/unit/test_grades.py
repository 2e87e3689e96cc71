"""Grades: which result, with which promises, is worth what, and what a person is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledgerport.conformance import (
    CheckResult,
    Grade,
    Level,
    Outcome,
    Quality,
    Result,
    Unasked,
    grade,
    read_quality,
    read_result,
    write_result,
)
from ledgerport.conformance.grades import BASICS

CODE = "ab" * 32
PROMISES = 'provider = "acme"\n[promises]\n'


def check(
    name: str,
    group: str = "names",
    *,
    failed: str = "",
    unasked: Unasked | None = None,
    money: bool = False,
    promise: str = "",
    reason: str = "",
) -> CheckResult:
    outcome = Outcome.NOT_ASKED if unasked else Outcome.FAILED if failed else Outcome.PASSED
    return CheckResult(
        name=name, group=group, outcome=outcome, money=money, promise=promise, reason=failed or reason, unasked=unasked
    )


BASE = tuple(check(f"{group}.works", group) for group in BASICS)
CUT = check("payment.cut_after_is_not_doubled", "unknown outcome", money=True, promise="look_before_repeat")


def result(*checks: CheckResult) -> Result:
    return Result(
        provider="acme", distribution="ledgerport-acme", version="1.0", contract=1, sha256=CODE, checks=(*BASE, *checks)
    )


def graded(won: Result | None, promises: str = 'customers = "done"') -> Grade:
    return grade(won, read_quality(PROMISES + promises), provider="acme", sha256=CODE, contract=1)


def test_all_green_and_nothing_to_do_is_gold_and_safe_for_money() -> None:
    told = graded(result(CUT), 'customers = "done"\nbatches = { exempt = "Acme has no call for it" }')
    assert (told.level, told.safe_for_money, told.reasons, told.risks) == (Level.GOLD, True, (), ())
    assert (told.passed, told.asked) == (5, 5)


@pytest.mark.parametrize(
    ("won", "reason"),
    [
        (None, "It ships no conformance.json."),
        (replace(result(CUT), sha256="cd" * 32), "won with other code: cdcdcdcdcdcd there, abababababab installed"),
        (replace(result(CUT), provider="other"), "about 'other', not 'acme'"),
        (replace(result(CUT), contract=2), "judged under contract 2, this hub speaks 1"),
        (replace(result(CUT), whole=False), "Only a part of the suite was run."),
        (replace(result(CUT), against="live"), "judged against live"),
    ],
)
def test_what_says_nothing_about_this_code_grades_nothing(won: Result | None, reason: str) -> None:
    told = graded(won)
    assert (told.level, told.safe_for_money, told.asked) == (Level.NOT_GRADED, False, 0)
    assert reason in told.reasons[0]
    assert told.risks


def test_an_installed_plugin_whose_code_nobody_knows_is_not_graded() -> None:
    told = grade(replace(result(CUT), sha256=""), None, provider="acme", sha256="", contract=1)
    assert (told.level, told.safe_for_money) == (Level.NOT_GRADED, False)


@pytest.mark.parametrize("group", BASICS)
def test_a_failure_in_the_basics_is_below_bronze_and_so_is_a_group_that_was_not_tried(group: str) -> None:
    failing = graded(result(check("one.more", group, failed="Two refreshes went out.")))
    assert failing.level is Level.BELOW
    assert failing.reasons == ("one.more failed: Two refreshes went out.",)
    won = result(CUT)
    untried = graded(replace(won, checks=tuple(each for each in won.checks if each.group != group)))
    assert untried.level is Level.BELOW
    assert untried.reasons == (f"Nothing of the group {group!r} passed.",)


def test_a_failure_elsewhere_is_bronze_unless_it_is_a_known_todo_which_is_silver() -> None:
    won = result(CUT, check("webhook.forged_is_refused", "webhooks", failed="It was taken.", promise="webhooks"))
    assert graded(won, 'webhooks = "done"').level is Level.BRONZE
    assert graded(won, 'webhooks = "done"').reasons == ("webhook.forged_is_refused failed: It was taken.",)
    for row in ("webhooks", '"webhook.forged_is_refused"'):
        told = graded(won, f'{row} = "todo"')
        assert told.level is Level.SILVER
        assert "webhook.forged_is_refused failed: It was taken." in told.reasons
        assert told.safe_for_money


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('pull_items = "todo"', "Pull items is still to do."),
        ('pull_items = { exempt = " " }', "Pull items is left out without a reason."),
    ],
)
def test_green_with_a_todo_or_an_unexplained_exemption_is_silver(row: str, reason: str) -> None:
    told = graded(result(CUT), row)
    assert (told.level, told.reasons) == (Level.SILVER, (reason,))


def test_without_promises_or_with_another_plugins_there_is_no_gold() -> None:
    none = grade(result(CUT), None, provider="acme", sha256=CODE, contract=1)
    other = Quality(provider="other", done=frozenset(), todo=frozenset(), exempt={})
    others = grade(result(CUT), other, provider="acme", sha256=CODE, contract=1)
    assert (none.level, others.level) == (Level.SILVER, Level.SILVER)
    assert "ships no quality.toml" in none.reasons[0]
    assert others.reasons == ("Its quality.toml is about 'other'.",)


def test_a_known_todo_in_what_loses_answers_is_silver_and_still_not_safe_for_money() -> None:
    won = result(CUT, check("payment.502_with_success", "unknown outcome", money=True, failed="Two.", promise="look"))
    told = graded(won, 'look = "todo"')
    assert told.level is Level.SILVER
    assert (told.safe_for_money, told.risks) == (False, ("payment.502_with_success failed: Two.",))


@pytest.mark.parametrize("why", [Unasked.EXEMPT, Unasked.TODO, Unasked.CANNOT_BE_TRIED])
def test_a_fault_that_was_not_tried_is_a_risk(why: Unasked) -> None:
    told = graded(result(CUT, check("batch.cut", "batches", money=True, unasked=why, reason="No such fault there.")))
    assert (told.level, told.safe_for_money) == (Level.GOLD, False)
    assert told.risks == ("batch.cut was not asked: No such fault there.",)


def test_a_fault_in_what_the_provider_does_not_offer_is_none() -> None:
    told = graded(result(CUT, check("batch.cut", "batches", money=True, unasked=Unasked.NOT_OFFERED)))
    assert told.safe_for_money
    assert (told.passed, told.asked) == (5, 5)


def test_a_plugin_whose_money_checks_were_all_left_out_is_not_safe() -> None:
    told = graded(result(check("batch.cut", "batches", money=True, unasked=Unasked.NOT_OFFERED)))
    assert told.risks == ("No check that loses an answer on purpose has passed.",)


def test_a_result_reads_back_as_it_was_written_whatever_order_its_checks_ran_in() -> None:
    won = result(CUT, check("batch.cut", "batches", unasked=Unasked.NOT_OFFERED, reason="Nö batches"))
    again = read_result(write_result(won))
    assert set(again.checks) == set(won.checks)
    assert replace(again, checks=()) == replace(won, checks=())
    assert write_result(replace(won, checks=won.checks[::-1])) == write_result(won)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting"),
        ("[]", "not of format 1"),
        ('{"format": 2}', "not of format 1"),
        ('{"format": 1}', "it has no 'provider'"),
        (write_result(result()).replace('"passed"', '"perfect"'), "perfect"),
        (write_result(result()).replace('"passed"', '"not asked"'), "does not say why it was not asked"),
        (write_result(result()).replace('"checks": [', '"checks": [7,'), "shape"),
    ],
)
def test_a_result_that_is_none_is_refused_with_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_result(text)


@pytest.mark.parametrize("row", ['webhooks = "perhaps"', "webhooks = true", 'webhooks = { why = "x" }'])
def test_a_promise_that_is_none_is_named(row: str) -> None:
    with pytest.raises(ValueError, match="its row 'webhooks' is neither"):
        read_quality(PROMISES + row)
    with pytest.raises(ValueError, match="no table"):
        read_quality('provider = "acme"')
