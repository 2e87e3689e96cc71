"""The worker process is killed with -9 at each step of a drain into QuickBooks and another one goes on.

The provider's ledger then shows nothing lost and nothing doubled, to the cent, payments included.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.killing.steps import Step, each, kill_before_it_is_applied, kill_in_a_row, kill_once

from ledgerport.contract import Kind

PROVIDER = "quickbooks"
STEPS = [
    Step("lease taken", Kind.ITEM),
    Step("permit taken, claim not committed", Kind.ITEM),
    Step("claim committed", Kind.ITEM, 1),
    Step("claim committed", Kind.PAYMENT),
    Step("request about to leave", Kind.CUSTOMER),
    Step("half of the request left", Kind.INVOICE),
    Step("request left", Kind.CUSTOMER),
    Step("request left", Kind.ITEM, 1),
    Step("request left", Kind.INVOICE),
    Step("request left", Kind.PAYMENT, 1),
    Step("answer began", Kind.PAYMENT),
    Step("answer came", Kind.CUSTOMER),
    Step("answer came", Kind.INVOICE, 1),
    Step("answer came", Kind.PAYMENT),
    Step("settled, not committed", Kind.ITEM),
    Step("settled, not committed", Kind.PAYMENT, 1),
    Step("settle committed", Kind.INVOICE),
    Step("settle committed", Kind.PAYMENT),
    Step("before the look-up by e-mail", Kind.CUSTOMER),
    Step("after the look-up by e-mail", Kind.CUSTOMER),
    Step("lease about to be given back", Kind.PAYMENT),
]
RESOLVING = [
    Step("before the look-up of unknown outcomes", Kind.INVOICE),
    Step("after the look-up of unknown outcomes", Kind.PAYMENT),
    Step("resolved, not committed", Kind.ITEM),
    Step("resolved, not committed", Kind.PAYMENT),
]


@each(STEPS)
def test_a_worker_killed_at_this_point_loses_and_doubles_nothing(tmp_path: Path, step: Step) -> None:
    kill_once(tmp_path, PROVIDER, step)


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.PAYMENT])
def test_a_request_that_is_applied_only_after_the_worker_died_is_not_sent_again(tmp_path: Path, kind: Kind) -> None:
    kill_before_it_is_applied(tmp_path, PROVIDER, kind)


@each(RESOLVING)
def test_a_second_worker_killed_while_it_resolves_what_the_first_left_doubles_nothing(
    tmp_path: Path, step: Step
) -> None:
    kill_in_a_row(tmp_path, PROVIDER, [Step("request left", step.kind), step])


def test_three_workers_killed_one_after_the_other_double_no_payment(tmp_path: Path) -> None:
    points = ("request left", "before the look-up of unknown outcomes", "resolved, not committed")
    kill_in_a_row(tmp_path, PROVIDER, [Step(point, Kind.PAYMENT) for point in points])
