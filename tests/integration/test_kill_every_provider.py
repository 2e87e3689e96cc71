"""The worker process is killed with -9 at steps of a drain into each other provider and another one goes on.

FreshBooks and Wave have no idempotency keys, Xero's live six minutes: what is found by number, code, marker or by
listing decides. QuickBooks, at every step there is, stands in test_kill_quickbooks.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.killing.steps import Step, each, kill_before_it_is_applied, kill_in_a_row, kill_once

from ledgerport.contract import Kind

pytestmark = pytest.mark.parametrize("provider", ["freshbooks", "wave", "xero"])
STEPS = [
    Step("permit taken, claim not committed", Kind.ITEM),
    Step("claim committed", Kind.PAYMENT),
    Step("request about to leave", Kind.PAYMENT),
    Step("half of the request left", Kind.INVOICE),
    Step("request left", Kind.CUSTOMER),
    Step("request left", Kind.ITEM, 1),
    Step("request left", Kind.INVOICE),
    Step("request left", Kind.PAYMENT),
    Step("answer began", Kind.PAYMENT),
    Step("answer came", Kind.CUSTOMER),
    Step("answer came", Kind.PAYMENT, 1),
    Step("settled, not committed", Kind.PAYMENT),
]
RESOLVING = [
    Step("after the look-up of unknown outcomes", Kind.PAYMENT),
    Step("resolved, not committed", Kind.INVOICE),
]


@each(STEPS)
def test_a_worker_killed_at_this_point_loses_and_doubles_nothing(tmp_path: Path, provider: str, step: Step) -> None:
    kill_once(tmp_path, provider, step)


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.PAYMENT])
def test_a_request_that_is_applied_only_after_the_worker_died_is_not_sent_again(
    tmp_path: Path, provider: str, kind: Kind
) -> None:
    kill_before_it_is_applied(tmp_path, provider, kind)


@each(RESOLVING)
def test_a_second_worker_killed_while_it_resolves_what_the_first_left_doubles_nothing(
    tmp_path: Path, provider: str, step: Step
) -> None:
    kill_in_a_row(tmp_path, provider, [Step("request left", step.kind), step])
